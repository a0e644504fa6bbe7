// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/draw_list.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "usdtune/base/parallel.h"
#include "usdtune/render/implicit_shape.h"
#include "usdtune/render/pose.h"
#include "usdtune/render/strands.h"
#include "usdtune/render/tessellate_mesh.h"
#include "usdtune/scene/occurrences.h"
#include "usdtune/scene/value_at.h"
#include "usdtune/scene/winning_binding.h"

namespace usdtune {

namespace {

enum class Kind : uint8_t { Other, Mesh, Implicit, Strands, NotDrawn };

Kind kindOf(std::string_view type) {
    if (type == "Mesh") return Kind::Mesh;
    if (isImplicitShape(type)) return Kind::Implicit;
    if (type == "NurbsPatch" || type == "TetMesh" || type == "Volume") return Kind::NotDrawn;
    return isStrands(type) ? Kind::Strands : Kind::Other;
}

constexpr std::array<std::string_view, 2> kNormals{"normals", "primvars:normals"};

class Collector {
public:
    Collector(const Scene& scene, const DrawOptions& options, const Context& context)
        : scene_(scene), options_(options), context_(context), roots_(options.roots.begin(), options.roots.end()) {
        kinds_.resize(scene.tokens().size());
        out_.displayColor = scene.tokens().intern("displayColor");
        out_.displayOpacity = scene.tokens().intern("displayOpacity");
        out_.constants.emplace_back();
        hasPrimvars_.resize(scene.prims().size());
        std::vector<uint8_t> isPrimvar(scene.tokens().size());
        for (size_t i = 0; i < isPrimvar.size(); ++i) isPrimvar[i] = scene.text(TokenId(i)).starts_with("primvars:");
        for (const Property& row : scene.properties())
            if (isPrimvar[row.name.index]) hasPrimvars_[row.prim.index] = true;
    }

    DrawList collect() {
        walkOccurrences(scene_, [this](const Occurrence& at) { visit(at); }, options_.time);
        noteDrawModes();
        compileMaterials();
        shareShapes();
        readShapes();
        readConstants();
        sortNames(itemNames_, out_.names, [this](size_t i, uint32_t place) { out_.items[i].name = place; });
        out_.materialNames.resize(materialPrims_.size());
        std::vector<std::string> names;
        for (const PrimId prim : materialPrims_) names.push_back(nameOf(scene_.path(prim)));
        sortNames(names, out_.materialNameTexts, [this](size_t i, uint32_t place) { out_.materialNames[i] = place; });
        std::erase_if(out_.items,
                      [this](const DrawnItem& item) { return out_.shapes[item.shape].elementCount() == 0; });
        for (const DrawnItem& item : out_.items) out_.bounds.add(out_.boundsOf(item));
        out_.notes.assign(notes_.begin(), notes_.end());
        return std::move(out_);
    }

private:
    Kind kind(PrimId prim) {
        const TokenId type = scene_.prim(prim).typeName;
        auto& known = kinds_[type.index];
        if (known == 0) known = static_cast<uint8_t>(1 + static_cast<int>(kindOf(scene_.text(type))));
        return static_cast<Kind>(known - 1);
    }

    std::string nameOf(std::string_view path) const {
        return options_.nameOf ? options_.nameOf(path) : std::string(path);
    }

    bool wanted(const Occurrence& at) const {
        if (!at.visible) return false;
        if (at.purpose == Purpose::Render && !options_.render) return false;
        if (at.purpose == Purpose::Proxy && !options_.proxy) return false;
        if (at.purpose == Purpose::Guide && !options_.guide) return false;
        return roots_.empty() || isBelowRoot(at.path);
    }

    /// Looks up the path and those above it: there may be thousands of roots.
    bool isBelowRoot(std::string_view path) const {
        for (size_t end = path.size(); end != std::string_view::npos && end > 0; end = path.rfind('/', end - 1))
            if (roots_.contains(path.substr(0, end))) return true;
        return roots_.contains("/");
    }

    void visit(const Occurrence& at) {
        const Kind what = kind(at.prim);
        if (what == Kind::Other || !wanted(at)) return;
        if (what == Kind::NotDrawn) {
            note(std::string(at.path) + ": a " + std::string(scene_.typeName(at.prim)) +
                 " is not drawn by this version.");
            return;
        }
        for (const auto& row : at.world.m)
            for (const double x : row)
                if (!std::isfinite(x)) {
                    note(std::string(at.path) + ": its transform is not finite, so it is not drawn.");
                    return;
                }
        DrawnItem item;
        item.shape = shapeOf(at.prim);
        item.world = at.world;
        item.mirrored = at.world.determinant3() < 0;
        item.constants = constantsOf(at);
        item.looks = looksOf(at, what);
        if (what == Kind::Mesh)
            if (const MeshId mesh = scene_.meshOf(at.prim); mesh.valid())
                item.epsilon = surfaceEpsilon(scene_.meshes()[mesh.index], at.world);
        out_.items.push_back(item);
        itemNames_.push_back(nameOf(at.path));
    }

    uint32_t shapeOf(PrimId prim) {
        const auto [found, isNew] = shapeOfPrim_.try_emplace(prim, static_cast<uint32_t>(out_.shapes.size()));
        if (isNew) out_.shapes.emplace_back().prim = prim;
        return found->second;
    }

    uint32_t looksOf(const Occurrence& at, Kind what) {
        const std::vector<PrimId> above = aboveThePrototype(scene_, at.prim, at.ancestors);
        std::vector<uint32_t> looks{materialOf(at.prim, above)};
        if (what == Kind::Mesh)
            if (const MeshId mesh = scene_.meshOf(at.prim); mesh.valid())
                for (const Subset& subset : scene_.meshes()[mesh.index].subsets)
                    looks.push_back(scene_.text(subset.familyName) == "materialBind" ? materialOf(subset.prim, above)
                                                                                     : looks.front());
        const auto [found, isNew] = looksRows_.try_emplace(looks, static_cast<uint32_t>(out_.looks.size()));
        if (isNew) out_.looks.insert(out_.looks.end(), looks.begin(), looks.end());
        return found->second;
    }

    uint32_t materialOf(PrimId prim, const std::vector<PrimId>& above) {
        const Binding* const binding = winningBinding(scene_, prim, BindingPurpose::Preview, above);
        if (binding == nullptr || !binding->target.valid()) return DrawList::kNoMaterial;
        const PrimId material = scene_.materials().rows[binding->target.index].prim;
        const auto [found, isNew] = materialRows_.try_emplace(material, static_cast<uint32_t>(materialPrims_.size()));
        if (isNew) materialPrims_.push_back(material);
        return found->second;
    }

    /// Who gives constant primvars to an occurrence, nearest first, as a row that occurrences share.
    uint32_t constantsOf(const Occurrence& at) {
        std::vector<PrimId> givers;
        if (hasPrimvars_[at.prim.index]) givers.push_back(at.prim);
        for (const PrimId above : at.ancestors)
            if (hasPrimvars_[above.index]) givers.push_back(above);
        if (givers.empty()) return 0;
        const auto [found, isNew] = constantsRows_.try_emplace(givers, static_cast<uint32_t>(out_.constants.size()));
        if (isNew) out_.constants.emplace_back();
        return found->second;
    }

    void compileMaterials() {
        auto textures = std::make_shared<TextureStore>(options_.textures);
        std::vector<std::shared_ptr<const PreviewMaterial>> made(materialPrims_.size());
        parallelFor(
            context_, made.size(),
            [&](size_t i) { made[i] = PreviewMaterial::compile(scene_, materialPrims_[i], textures, options_.time); },
            8);
        out_.materials = std::move(made);
        std::set<TokenId> read;
        for (const auto& material : out_.materials) {
            for (const TokenId name : material->primvarsRead()) read.insert(name);
            for (const std::string& reason : material->reasons()) note(reason);
        }
        read.insert(out_.displayColor);
        read.insert(out_.displayOpacity);
        wantedPrimvars_.assign(read.begin(), read.end());
        // Token ids follow the order of interning, which two runs may not share.
        std::sort(wantedPrimvars_.begin(), wantedPrimvars_.end(),
                  [this](TokenId a, TokenId b) { return scene_.text(a) < scene_.text(b); });
    }

    /// Prims of the same content become one shape: a hierarchy for rays is then built once.
    void shareShapes() {
        std::vector<std::optional<Hash128>> keys(out_.shapes.size());
        parallelFor(context_, keys.size(), [&](size_t i) { keys[i] = contentOf(out_.shapes[i].prim); }, 64);
        std::unordered_map<Hash128, uint32_t> rows;
        std::vector<uint32_t> to(out_.shapes.size());
        std::vector<DrawnShape> kept;
        for (size_t i = 0; i < keys.size(); ++i) {
            const auto next = static_cast<uint32_t>(kept.size());
            to[i] = keys[i] ? rows.try_emplace(*keys[i], next).first->second : next;
            if (to[i] == next) kept.push_back(std::move(out_.shapes[i]));
        }
        out_.shapes = std::move(kept);
        for (DrawnItem& item : out_.items) item.shape = to[item.shape];
    }

    /// Equal for meshes that give the same triangles, normals and varying primvars; nothing for what is not compared.
    std::optional<Hash128> contentOf(PrimId prim) const {
        const MeshId id = scene_.meshOf(prim);
        if (!id.valid()) return {};
        const Mesh& mesh = scene_.meshes()[id.index];
        if (mesh.flags.skinned || (options_.time && mesh.flags.anySamples)) return {};
        Hasher hasher;
        hasher.hash(mesh.topologyHash);
        hasher.hash(mesh.pointsHash);
        hasher.value(mesh.flags.doubleSided);
        hasher.value(mesh.normalsInterpolation);
        hasher.span(mesh.normals);
        for (const Primvar& primvar : mesh.primvars) {
            if (primvar.interpolation == Interpolation::Constant || !(isWanted(primvar.name) || isNormals(primvar)))
                continue;
            hasher.text(scene_.text(primvar.name));
            hasher.value(primvar.interpolation);
            hasher.value(primvar.elementSize);
            hasher.hash(hashValue(primvar.values));
            hasher.span(primvar.indices);
        }
        for (const Subset& subset : mesh.subsets) {
            hasher.text(scene_.text(subset.familyName));
            hasher.span(subset.indices);
        }
        return hasher.finish();
    }

    bool isNormals(const Primvar& primvar) const { return scene_.text(primvar.name) == "normals"; }

    bool isWanted(TokenId name) const {
        return std::find(wantedPrimvars_.begin(), wantedPrimvars_.end(), name) != wantedPrimvars_.end();
    }

    void readShapes() {
        std::vector<std::vector<std::string>> problems(out_.shapes.size());
        parallelFor(context_, out_.shapes.size(), [&](size_t i) { readShape(i, problems[i]); }, 32);
        for (const auto& some : problems)
            for (const std::string& problem : some) note(problem);
    }

    void readShape(size_t i, std::vector<std::string>& problems) {
        DrawnShape& shape = out_.shapes[i];
        const auto say = [&](const std::string& what) {
            if (!what.empty()) problems.push_back(what);
        };
        switch (kindOf(scene_.typeName(shape.prim))) {
            case Kind::Mesh:
                readMesh(i, say);
                break;
            case Kind::Implicit:
                shape.surface = tessellateImplicitShape(scene_, shape.prim, wantedPrimvars_, options_.time);
                break;
            case Kind::Strands:
                shape.isStrands = true;
                shape.strands = tessellateStrands(scene_, shape.prim, wantedPrimvars_, options_.time);
                break;
            case Kind::NotDrawn:
            case Kind::Other:
                break;
        }
        say(shape.surface.problem);
        say(shape.strands.problem);
        shape.box = boxOf(shape);
    }

    bool hasAuthoredNormals(PrimId prim) const {
        return std::any_of(kNormals.begin(), kNormals.end(), [&](std::string_view name) {
            const PropertyId found = scene_.findProperty(prim, name);
            return found.valid() && !scene_.property(found).value.empty();
        });
    }

    /// Cards, bounds and origins in place of models.
    void noteDrawModes() {
        const TokenId applied = scene_.tokens().find("model:applyDrawMode");
        size_t count = 0;
        std::string first;
        for (const Property& property : scene_.properties()) {
            if (property.name != applied || !hasDrawMode(property.prim)) continue;
            if (count++ == 0) first = scene_.path(property.prim);
        }
        if (count > 0)
            note(first + ": draw modes are not applied; " + std::to_string(count) +
                 (count == 1 ? " model" : " models") + " with one are drawn in full.");
    }

    /// A mode that is not authored here is handed down, so that only what says default is known to mean it.
    bool hasDrawMode(PrimId prim) const {
        return flagAt(scene_, prim, "model:applyDrawMode", false, options_.time) &&
               tokenAt(scene_, prim, "model:drawMode", "", options_.time) != "default";
    }

    static Bounds boxOf(const DrawnShape& shape) {
        Bounds box;
        for (const Vec4f& point : shape.strands.points) {
            const Vec3d middle{{point[0], point[1], point[2]}}, around{{point[3], point[3], point[3]}};
            box.add(middle - around);
            box.add(middle + around);
        }
        for (const auto& triangle : shape.surface.triangles)
            for (const uint32_t corner : triangle) box.add(toDouble(shape.surface.points[corner]));
        return box;
    }

    template <class Say>
    void readMesh(size_t i, const Say& say) {
        DrawnShape& shape = out_.shapes[i];
        const MeshId id = scene_.meshOf(shape.prim);
        if (!id.valid()) return;
        const Mesh& mesh = scene_.meshes()[id.index];
        TessellateOptions options;
        options.primvars = wantedPrimvars_;
        options.level = options_.subdivisionLevel;
        options.time = options_.time;
        Pose pose;
        if (mesh.flags.skinned) {
            pose = poseMesh(scene_, mesh, options_.time);
            say(pose.problem);
            options.posedPoints = pose.points;
            options.posedNormals = pose.normals;
            options.posedNormalsRate = pose.normalsRate;
        }
        shape.surface = tessellateMesh(scene_, mesh, options);
        if (!mesh.flags.subdivided && shape.surface.normals.values.empty() && hasAuthoredNormals(shape.prim))
            say(std::string(scene_.path(shape.prim)) +
                ": its normals do not fit its points or faces and are not drawn");
        if (!pose.points.empty()) shape.surface.keepers.push_back(std::make_shared<Pose>(std::move(pose)));
        std::erase_if(shape.surface.primvars,
                      [](const RenderPrimvar& primvar) { return primvar.rate == PrimvarRate::Constant; });
        if (mesh.subsets.empty()) return;
        shape.subsetOfFace.assign(mesh.faceCount(), 0);
        for (size_t s = 0; s < mesh.subsets.size(); ++s) {
            const Subset& subset = mesh.subsets[s];
            if (!subset.wellFormed || scene_.text(subset.elementType) != "face") continue;
            if (scene_.text(subset.familyName) != "materialBind") continue;
            for (const int face : subset.indices)
                shape.subsetOfFace[static_cast<size_t>(face)] = static_cast<uint16_t>(s + 1);
        }
    }

    void readConstants() {
        for (const auto& [givers, row] : constantsRows_) {
            std::vector<RenderPrimvar>& out = out_.constants[row];
            for (const PrimId giver : givers)
                for (const Primvar& primvar : primvarsOf(scene_, giver)) {
                    if (primvar.interpolation != Interpolation::Constant || !isWanted(primvar.name)) continue;
                    const bool nearer = std::any_of(
                        out.begin(), out.end(), [&](const RenderPrimvar& known) { return known.name == primvar.name; });
                    if (nearer) continue;
                    if (auto made = renderPrimvar(scene_, primvar, PrimvarRate::Constant, options_.time, out_.keepers))
                        out.push_back(*made);
                }
        }
    }

    template <class Tell>
    static void sortNames(const std::vector<std::string>& given, std::vector<std::string>& sorted, const Tell& tell) {
        sorted = given;
        std::sort(sorted.begin(), sorted.end());
        sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
        std::unordered_map<std::string_view, uint32_t> places;
        places.reserve(sorted.size());
        for (size_t i = 0; i < sorted.size(); ++i) places.emplace(sorted[i], static_cast<uint32_t>(i));
        for (size_t i = 0; i < given.size(); ++i) tell(i, places.at(given[i]));
    }

    void note(const std::string& text) { notes_.insert(text); }

    const Scene& scene_;
    const DrawOptions& options_;
    const Context& context_;
    std::unordered_set<std::string_view> roots_;
    DrawList out_;
    std::vector<uint8_t> kinds_;
    std::vector<bool> hasPrimvars_;
    std::vector<std::string> itemNames_;
    std::unordered_map<PrimId, uint32_t> shapeOfPrim_, materialRows_;
    std::vector<PrimId> materialPrims_;
    std::map<std::vector<uint32_t>, uint32_t> looksRows_;
    std::map<std::vector<PrimId>, uint32_t> constantsRows_;
    std::vector<TokenId> wantedPrimvars_;
    std::set<std::string> notes_;
};

}  // namespace

Bounds DrawList::boundsOf(const DrawnItem& item) const {
    const Bounds& own = shapes[item.shape].box;
    Bounds out;
    if (own.empty()) return out;
    for (size_t i = 0; i < 8; ++i) {
        Vec3d corner;
        for (size_t axis = 0; axis < 3; ++axis) corner[axis] = (i >> axis) & 1 ? own.max[axis] : own.min[axis];
        out.add(item.world.transformPoint(corner));
    }
    return out;
}

bool isDrawnType(std::string_view type) { return kindOf(type) != Kind::Other; }

DrawList drawList(const Scene& scene, const DrawOptions& options, const Context& context) {
    return Collector(scene, options, context).collect();
}

}  // namespace usdtune
