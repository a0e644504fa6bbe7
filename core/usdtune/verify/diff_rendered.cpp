// SPDX-License-Identifier: Apache-2.0
//
// The rendered relation: two scenes are the same when a renderer draws the same picture from any side, at any authored
// time. Occurrences are paired by path through the path map. Without one, what is not at its path, or looks different
// there, is searched for: as the content of an instance at its own path, then by what stands at the same place. Such
// pairings are reported as inferred.
#include <algorithm>
#include <cmath>
#include <sstream>
#include <unordered_set>
#include <utility>

#include "usdtune/base/parallel.h"
#include "usdtune/verify/asset_names.h"
#include "usdtune/verify/diff_sink.h"
#include "usdtune/verify/drawn.h"
#include "usdtune/verify/edited_prims.h"
#include "usdtune/verify/look_as_drawn.h"
#include "usdtune/verify/mesh_diff.h"
#include "usdtune/verify/pairing.h"
#include "usdtune/verify/path_mapping.h"
#include "usdtune/verify/twins.h"

namespace usdtune {

namespace {

/// Attributes that place a prim or describe its geometry are compared by what they draw, not byte for byte.
bool placedOrDrawn(std::string_view name) {
    return name.starts_with("xformOp") || name == "visibility" || name == "purpose" || name == "extent" ||
           name.starts_with("primvars:") || name.starts_with("material:binding");
}

/// Whether a path is one of some, or lies below one. They outlive it.
class Subtrees {
public:
    explicit Subtrees(const std::vector<std::string>& roots) : roots_(roots.begin(), roots.end()) {}

    bool hold(std::string_view path) const {
        for (; !path.empty(); path = path.substr(0, path.rfind('/')))
            if (roots_.contains(path)) return true;
        return roots_.contains("/");
    }

private:
    std::unordered_set<std::string_view> roots_;
};

class RenderedDiff {
public:
    /// Without a mapping one is inferred.
    RenderedDiff(const Scene& a, const Scene& b, const PathMapping* mapping, const DiffOptions& options,
                 const Context& context)
        : a_(a),
          b_(b),
          own_({}, a.tokens()),
          mapping_(mapping != nullptr ? mapping : &own_),
          assets_(a, b),
          options_(options),
          context_(context),
          sink_(options) {}

    DiffReport run() {
        const EditedPrims* edited = options_.edited;
        const auto only = [](const std::vector<uint8_t>& flags) { return std::span<const uint8_t>(flags); };
        drawnA_ = drawnOccurrences(a_, networksAsNamed(a_, assets_.naming(true), context_),
                                   edited ? only(edited->inA) : std::span<const uint8_t>());
        drawnB_ = drawnOccurrences(b_, networksAsNamed(b_, assets_.naming(false), context_),
                                   edited ? only(edited->inB) : std::span<const uint8_t>());
        context_.report("pair occurrences", 0.2);
        if (!options_.roots.empty()) {
            const Subtrees asked(options_.roots);
            std::erase_if(drawnA_, [&](const Drawn& drawn) { return !asked.hold(drawn.path); });
        }
        pairing_ = pairByPath(drawnA_, drawnB_, *mapping_);
        if (mapping_ == &own_) infer();
        unpaired();
        context_.report("compare occurrences", 0.4);
        compare();
        animatedAncestors();
        diffShared(a_, b_, *mapping_, assets_, sink_);
        stageFacts();
        DiffReport report = sink_.finish();
        report.inferredMoves = std::move(inferred_);
        return report;
    }

private:
    /// Pairs without a path map: what has no partner at its path, or one that looks different, finds its own.
    void infer() {
        pairInstanceContents(drawnA_, drawnB_, pairing_);
        std::vector<uint8_t> differs(pairing_.pairs.size(), 0);
        parallelFor(
            context_, pairing_.pairs.size(),
            [&](size_t i) {
                differs[i] = static_cast<uint8_t>(likeness(pairing_.pairs[i].a, pairing_.pairs[i].b) == Likeness::None);
            },
            64);
        std::vector<DrawnPair> doubtful, sure;
        for (size_t i = 0; i < pairing_.pairs.size(); ++i) {
            (differs[i] != 0 ? doubtful : sure).push_back(pairing_.pairs[i]);
            if (differs[i] == 0) continue;
            pairing_.taken[pairing_.pairs[i].b] = 0;
            pairing_.left.push_back(pairing_.pairs[i].a);
        }
        pairing_.pairs = std::move(sure);
        std::sort(pairing_.left.begin(), pairing_.left.end());
        takeTwins(Likeness::All);
        // What looks different and found no better partner is most likely itself, changed.
        std::vector<uint8_t> alone(drawnA_.size(), 0);
        for (const size_t i : pairing_.left) alone[i] = 1;
        for (const DrawnPair& pair : doubtful) {
            if (alone[pair.a] == 0 || pairing_.taken[pair.b] != 0) continue;
            alone[pair.a] = 0;
            pairing_.take(pair);
        }
        std::erase_if(pairing_.left, [&](size_t i) { return alone[i] == 0; });
        takeTwins(Likeness::Geometry);
        std::sort(pairing_.pairs.begin(), pairing_.pairs.end(),
                  [](const DrawnPair& x, const DrawnPair& y) { return x.a < y.a; });
        tellInferred();
    }

    enum class Likeness : uint8_t { None, Geometry, All };

    /// How much two occurrences have in common: nothing, what they are and where, or all that is drawn.
    Likeness likeness(size_t a, size_t b) const {
        std::vector<Difference> found;
        comparePair(drawnA_[a], drawnB_[b], found);
        if (found.empty()) return Likeness::All;
        static constexpr std::string_view kShape[] = {"surface", "subdivision", "facing", "transform", "attribute"};
        const bool shape = std::any_of(found.begin(), found.end(), [](const Difference& difference) {
            return std::find(std::begin(kShape), std::end(kShape), difference.law) != std::end(kShape);
        });
        return shape ? Likeness::None : Likeness::Geometry;
    }

    void takeTwins(Likeness wanted) {
        std::vector<size_t> free;
        for (size_t j = 0; j < drawnB_.size(); ++j)
            if (pairing_.taken[j] == 0) free.push_back(j);
        const auto twins = findTwins({a_, drawnA_, pairing_.left}, {b_, drawnB_, free}, options_.tolerance,
                                     [&](size_t i, size_t j) { return likeness(i, j) >= wanted; });
        for (const auto& [i, j] : twins) pairing_.take({i, j});
        std::erase_if(pairing_.left, [&](size_t i) {
            return std::binary_search(twins.begin(), twins.end(), std::pair(i, size_t{0}),
                                      [](const auto& x, const auto& y) { return x.first < y.first; });
        });
    }

    void tellInferred() {
        for (const DrawnPair& pair : pairing_.pairs) {
            const std::string &from = drawnA_[pair.a].path, &to = drawnB_[pair.b].path;
            if (from == to) continue;
            const bool within = to.starts_with(from) && to[from.size()] == '/';
            inferred_.push_back({a_.tokens().intern(from), a_.tokens().intern(to),
                                 within ? PathFate::Instanced : PathFate::Moved, "inferred", ""});
        }
        own_ = PathMapping(inferred_, a_.tokens());
    }

    void unpaired() {
        for (const size_t i : pairing_.left) unpairedA(i);
        std::vector<std::string> places = options_.roots;
        for (const std::string& root : options_.roots) places.push_back(mapping_->map(root).path);
        const Subtrees asked(places);
        for (size_t i = 0; i < drawnB_.size(); ++i)
            if (pairing_.taken[i] == 0 && draws(b_, drawnB_[i]) && (places.empty() || asked.hold(drawnB_[i].path)))
                sink_.add("surface", "", drawnB_[i].path,
                          std::string(b_.typeName(drawnB_[i].prim)) + " is drawn here that was not there before");
    }

    /// A mesh without faces, points or a surface of any size draws nothing, so nothing is lost with it. A point
    /// instancer draws nothing but its instances, which are occurrences of their own.
    static bool draws(const Scene& scene, const Drawn& drawn) {
        if (scene.typeName(drawn.prim) == "PointInstancer") return false;
        const MeshId mesh = scene.meshOf(drawn.prim);
        return !mesh.valid() || !scene.meshes()[mesh.index].faceVertexIndices.empty();
    }

    void unpairedA(size_t i) {
        const Drawn& drawn = drawnA_[i];
        if (!draws(a_, drawn)) return;
        const PathMapping::Target to = mapping_->map(drawn.path);
        if (to.path.empty() && isHiddenForGood(a_, drawn)) return;  // a row says so, and no picture changes
        sink_.add("surface", drawn.path, to.path, std::string(a_.typeName(drawn.prim)) + " is not drawn any more");
    }

    void compare() {
        std::vector<std::vector<Difference>> found(pairing_.pairs.size());
        parallelFor(
            context_, pairing_.pairs.size(),
            [&](size_t i) { comparePair(drawnA_[pairing_.pairs[i].a], drawnB_[pairing_.pairs[i].b], found[i]); }, 64);
        for (auto& rows : found)
            for (Difference& row : rows) sink_.add(std::move(row));
        size_t meshes = 0;
        for (const DrawnPair& pair : pairing_.pairs) meshes += a_.meshOf(drawnA_[pair.a].prim).valid() ? 1 : 0;
        for (const char* law : {"surface", "facing", "normals", "primvar", "subset", "bounds"})
            sink_.checked(law, meshes);
        for (const char* law : {"binding", "visibility", "purpose", "transform"})
            sink_.checked(law, pairing_.pairs.size());
    }

    void comparePair(const Drawn& a, const Drawn& b, std::vector<Difference>& out) const {
        const auto add = [&](const char* law, std::string message) {
            out.push_back({law, a.path, b.path, std::move(message), 0});
        };
        const std::string_view typeA = a_.typeName(a.prim), typeB = b_.typeName(b.prim);
        if (typeA != typeB) return add("surface", "a " + std::string(typeA) + " became a " + std::string(typeB));
        if (a.visible != b.visible) add("visibility", a.visible ? "it became invisible" : "it became visible");
        if (a.purpose != b.purpose) add("purpose", "its purpose is another one");
        if (a.look != b.look && !drawnAlike(a, b)) add("binding", "another material network is bound");
        if (a.animated != b.animated) add("transform_samples", "its transform is animated on one side only");
        if (a_.meshOf(a.prim).valid()) {
            diffMeshes(a_, a, b_, b, assets_, options_, out);
            meshSamples(a, b, add);
            return;
        }
        if (!transformAgrees(a, b)) add("transform", "it stands elsewhere");
        attributesAgree(a, b, add);
    }

    /// Networks that are written differently and read the same numbers; what differs by face is left to diffMeshes.
    bool drawnAlike(const Drawn& a, const Drawn& b) const {
        LookAsDrawn lookA(a_, a, assets_.naming(true)), lookB(b_, b, assets_.naming(false));
        const bool alike = lookA.whole() == lookB.whole();
        return alike || lookA.variesByFace() || lookB.variesByFace();
    }

    /// For what is not a mesh: the transform within float noise of the coordinates involved.
    bool transformAgrees(const Drawn& a, const Drawn& b) const {
        for (size_t r = 0; r < 4; ++r) {
            for (size_t c = 0; c < 3; ++c) {
                const double scale = std::max({1.0, std::abs(a.world[r][c]), std::abs(b.world[r][c])});
                if (std::abs(a.world[r][c] - b.world[r][c]) > 1e-9 * scale) return false;
            }
        }
        return true;
    }

    template <class Add>
    void attributesAgree(const Drawn& a, const Drawn& b, const Add& add) const {
        for (const Property& property : a_.properties(a.prim)) {
            const std::string_view name = a_.text(property.name);
            if (placedOrDrawn(name) || property.flags.relationship) continue;
            const PropertyId other = b_.findProperty(b.prim, name);
            if (!other.valid()) {
                add("attribute", std::string(name) + " is gone");
                continue;
            }
            if (!sameProperty(property, b_.property(other))) add("attribute", std::string(name) + " has another value");
        }
    }

    /// Time samples of everything on a mesh, by value: a mesh with samples is never edited.
    template <class Add>
    void meshSamples(const Drawn& a, const Drawn& b, const Add& add) const {
        for (const Property& property : a_.properties(a.prim)) {
            if (property.samples.empty() || placedOrDrawn(a_.text(property.name))) continue;
            const PropertyId other = b_.findProperty(b.prim, a_.text(property.name));
            if (!other.valid() || !sameProperty(property, b_.property(other)))
                add("samples", std::string(a_.text(property.name)) + " has other time samples");
        }
    }

    bool sameProperty(const Property& x, const Property& y) const {
        const auto sx = a_.samples(x), sy = b_.samples(y);
        const auto agree = [&](const Value& p, const Value& q) { return assets_.agree(p, x.layer, q, y.layer); };
        return agree(x.value, y.value) &&
               std::equal(sx.begin(), sx.end(), sy.begin(), sy.end(), [&](const TimeSample& p, const TimeSample& q) {
                   return p.time == q.time && p.blocked == q.blocked && (p.blocked || agree(p.value, q.value));
               });
    }

    /// Animated transforms and visibility anywhere above what is drawn.
    void animatedAncestors() {
        for (const Property& property : a_.properties()) {
            const std::string_view name = a_.text(property.name);
            if (property.samples.empty() || !(name.starts_with("xformOp") || name == "visibility")) continue;
            sink_.checked("transform_samples");
            const std::string path(a_.path(property.prim));
            const PathMapping::Target to = mapping_->map(path);
            if (to.path.empty()) continue;  // whether anything drawn went with it, its absence tells
            PrimId prim = b_.find(path);    // an instance keeps its site, and with it its transform
            if (!prim.valid()) prim = b_.findThroughInstances(to.path);
            const PropertyId other = prim.valid() ? b_.findProperty(prim, name) : PropertyId();
            if (!other.valid() || !sameProperty(property, b_.property(other)))
                sink_.add("transform_samples", path + "." + std::string(name), to.path,
                          "its time samples are not what they were");
        }
    }

    void stageFacts() {
        const StageInfo& x = a_.stage();
        const StageInfo& y = b_.stage();
        sink_.checked("stage", 5);
        if (x.upAxis != y.upAxis) sink_.add("stage", "/", "/", "upAxis differs");
        if (x.metersPerUnit != y.metersPerUnit) sink_.add("stage", "/", "/", "metersPerUnit differs");
        if (x.defaultPrim != y.defaultPrim)
            sink_.add("stage", "/", "/", "defaultPrim was " + x.defaultPrim + " and is " + y.defaultPrim);
        if (x.timeCodesPerSecond != y.timeCodesPerSecond) sink_.add("stage", "/", "/", "timeCodesPerSecond differs");
        if (x.startTimeCode != y.startTimeCode || x.endTimeCode != y.endTimeCode)
            sink_.add("stage", "/", "/", "the time range differs");
    }

    const Scene& a_;
    const Scene& b_;
    PathMapping own_;  ///< what was inferred
    const PathMapping* mapping_;
    AssetNames assets_;
    DiffOptions options_;
    const Context& context_;
    DiffSink sink_;
    std::vector<Drawn> drawnA_, drawnB_;
    DrawnPairing pairing_;
    std::vector<PathMove> inferred_;
};

}  // namespace

DiffReport diffRendered(const Scene& a, const Scene& b, const std::vector<PathMove>& moves, const DiffOptions& options,
                        const Context& context) {
    USDTUNE_ASSERT(&a.tokens() == &b.tokens(), "scenes are compared over one token table");
    if (moves.empty()) return RenderedDiff(a, b, nullptr, options, context).run();
    return diffRenderedBy(a, b, PathMapping(moves, a.tokens()), options, context);
}

DiffReport diffRenderedBy(const Scene& a, const Scene& b, const PathMapping& mapping, const DiffOptions& options,
                          const Context& context) {
    USDTUNE_ASSERT(&a.tokens() == &b.tokens(), "scenes are compared over one token table");
    return RenderedDiff(a, b, &mapping, options, context).run();
}

}  // namespace usdtune
