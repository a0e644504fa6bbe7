// SPDX-License-Identifier: Apache-2.0
//
// Which meshes one point instancer can draw, and by which arrays. The arrays are decided by what they draw: every point
// of the prototype, through the rounded arrays as OpenUSD reads them, against every point of the member. Half floats
// (`orientations`) turn a part by up to 0.03°, which moves the end of a two metre beam by a millimetre, so they are
// taken alone only where they hold the rotation exactly (quarter turns about diagonals, half turns about axes).
#include <algorithm>
#include <cmath>
#include <optional>
#include <unordered_map>

#include <Eigen/Dense>

#include "usdtune/base/parallel.h"
#include "usdtune/ops/point_instancing.h"
#include "usdtune/scene/editability.h"
#include "usdtune/scene/point_instances.h"

namespace usdtune {

namespace {

constexpr size_t kMostParts = 64;

bool isPlainGroup(std::string_view typeName) { return typeName.empty() || typeName == "Xform" || typeName == "Scope"; }

bool isXformProperty(std::string_view name) { return name.starts_with("xformOp"); }

/// Scale along the axes, then a rotation: nothing where the rows are not at right angles or turn over.
struct Turn {
    Vec3d scale;
    Quaternion orientation;
};
std::optional<Turn> turnOf(const Matrix4d& m) {
    Turn out;
    Eigen::Matrix3d rotation;
    for (size_t r = 0; r < 3; ++r) {
        const Vec3d row{{m[r][0], m[r][1], m[r][2]}};
        out.scale[r] = length(row);
        if (!(out.scale[r] > 0) || !std::isfinite(out.scale[r])) return std::nullopt;
        for (size_t c = 0; c < 3; ++c)
            rotation(static_cast<Eigen::Index>(c), static_cast<Eigen::Index>(r)) = row[c] / out.scale[r];
    }
    // A coarse test; what is drawn decides.
    if (!(rotation.transpose() * rotation).isIdentity(1e-3) || rotation.determinant() < 0) return std::nullopt;
    Eigen::Quaterniond q(rotation);
    q.normalize();
    if (q.w() < 0) q.coeffs() = -q.coeffs();
    out.orientation = {q.x(), q.y(), q.z(), q.w()};
    return out;
}

Matrix4d linearOf(Matrix4d m) {
    m[3] = {0, 0, 0, 1};
    return m;
}

bool isHalf(double x) {
    static constexpr double kExact[] = {0, 0.5, 1};
    return std::any_of(std::begin(kExact), std::end(kExact),
                       [x](double e) { return std::abs(std::abs(x) - e) < 1e-9; });
}

/// The members of one group, being dealt out to instancers.
class Dealing {
public:
    Dealing(const Scene& scene, const PointInstancingOptions& options, const Matrix4d& parentWorld,
            const Matrix4d& fromWorld)
        : scene_(scene), options_(options), parentWorld_(parentWorld), fromWorld_(fromWorld) {}

    /// One instancer out of `left`, its members taken from it; nothing when fewer than two go together with the first,
    /// which is then given back in `alone`.
    std::optional<InstancedGroup> next(std::vector<GroupMember>& left, std::vector<GroupMember>& alone) const {
        InstancedGroup out;
        const GroupMember first = left.front();
        const Matrix4d toFirst = placeOf(first);
        if (!turnOf(toFirst)) out.prototypeLocal = linearOf(toFirst);
        bool invertible = false;
        const Matrix4d fromLocal = inverseAffine(out.prototypeLocal, invertible);
        bool mapInvertible = false;
        const Matrix4d fromMap = inverseAffine(first.map, mapInvertible);
        if (!invertible || !mapInvertible) {
            alone.push_back(first);
            left.erase(left.begin());
            return std::nullopt;
        }

        std::vector<Candidate> candidates;
        std::vector<GroupMember> others;
        for (const GroupMember& member : left) {
            GroupMember moved = member;
            moved.map = fromMap * member.map;  // from the first one's points
            const Matrix4d place = fromLocal * moved.map * worldOf(member) * fromWorld_;
            if (const auto turn = turnOf(place))
                candidates.push_back({moved, place, *turn});
            else
                others.push_back(member);
        }
        out.origin = originFor(candidates);
        out.orientationsFitHalf = std::all_of(candidates.begin(), candidates.end(), [](const Candidate& c) {
            return std::all_of(c.turn.orientation.begin(), c.turn.orientation.end(), isHalf);
        });
        for (const Candidate& candidate : candidates)
            if (!add(candidate, out)) others.push_back(original(candidate, first));
        std::sort(others.begin(), others.end(),
                  [](const GroupMember& a, const GroupMember& b) { return a.mesh < b.mesh; });
        if (out.group.members.empty() || out.group.members.front().mesh != first.mesh ||
            out.group.members.size() < options_.minimumDuplicates) {
            alone.push_back(first);
            left.erase(left.begin());
            return std::nullopt;
        }
        left = std::move(others);
        return out;
    }

private:
    struct Candidate {
        GroupMember member;
        Matrix4d place;
        Turn turn;
    };

    const Matrix4d& worldOf(const GroupMember& member) const {
        return scene_.xforms().world[scene_.meshes()[member.mesh.index].prim.index];
    }
    Matrix4d placeOf(const GroupMember& member) const { return worldOf(member) * fromWorld_; }
    static GroupMember original(const Candidate& candidate, const GroupMember& first) {
        GroupMember member = candidate.member;
        member.map = first.map * candidate.member.map;
        return member;
    }

    static Matrix4d inverseOf(const Matrix4d& matrix) {
        bool invertible = false;
        return inverseAffine(matrix, invertible);
    }

    double allowance(const Mesh& mesh) const {
        return options_.tolerance > 0 ? options_.tolerance
                                      : surfaceEpsilon(mesh, scene_.xforms().world[mesh.prim.index]);
    }

    /// Positions are float32: where that is too coarse the instancer itself stands in the middle of its instances.
    Vec3d originFor(const std::vector<Candidate>& candidates) const {
        Bounds box;
        double finest = std::numeric_limits<double>::infinity(), largest = 0;
        for (const Candidate& candidate : candidates) {
            const Vec3d at{{candidate.place[3][0], candidate.place[3][1], candidate.place[3][2]}};
            box.add(at);
            for (const double x : at.v) largest = std::max(largest, std::abs(x));
            finest = std::min(finest, allowance(scene_.meshes()[candidate.member.mesh.index]));
        }
        const double coarse = largest * 0x1p-24 * std::cbrt(std::abs(parentWorld_.determinant3()));
        return coarse > 0.25 * finest ? box.center() : Vec3d{};
    }

    bool add(const Candidate& candidate, InstancedGroup& out) const {
        Vec3f position, scale;
        std::array<float, 4> orientation{};
        for (size_t c = 0; c < 3; ++c) {
            position[c] = static_cast<float>(candidate.place[3][c] - out.origin[c]);
            scale[c] = static_cast<float>(candidate.turn.scale[c]);
            // A scale that is 1 but for rounding is 1.
            if (std::abs(candidate.turn.scale[c] - 1) < 1e-9) scale[c] = 1;
        }
        Quaternion read{};
        for (size_t c = 0; c < 4; ++c) {
            orientation[c] =
                static_cast<float>(out.orientationsFitHalf ? std::round(candidate.turn.orientation[c] * 2) / 2 + 0.0
                                                           : candidate.turn.orientation[c]);
            read[c] = orientation[c];
        }
        Matrix4d drawn = out.prototypeLocal * instanceTransform(position, read, scale);
        for (size_t c = 0; c < 3; ++c) drawn[3][c] += out.origin[c];
        const size_t firstMesh =
            out.group.members.empty() ? candidate.member.mesh.index : out.group.members.front().mesh.index;
        const Mesh& prototype = scene_.meshes()[firstMesh];
        const Mesh& mesh = scene_.meshes()[candidate.member.mesh.index];
        const double distance = worstDistance(prototype, drawn * parentWorld_, mesh);
        const double allowed = allowance(mesh);
        if (!(options_.tolerance > 0 ? distance < allowed : distance <= allowed)) return false;
        // The group's normals agreed with its representative's, not necessarily with this prototype's.
        if (!normalsAgree(scene_, prototype, mesh, drawn * parentWorld_ * inverseOf(worldOf(candidate.member))))
            return false;

        GroupMember member = candidate.member;
        member.worldDistance = distance;
        out.group.members.push_back(member);
        out.positions.push_back(position);
        out.scales.push_back(scale);
        out.orientations.push_back(orientation);
        return true;
    }

    double worstDistance(const Mesh& prototype, const Matrix4d& drawn, const Mesh& mesh) const {
        const Matrix4d& world = scene_.xforms().world[mesh.prim.index];
        double worst = 0;
        for (size_t i = 0; i < mesh.points.size(); ++i) {
            const Vec3d d =
                drawn.transformPoint(toDouble(prototype.points[i])) - world.transformPoint(toDouble(mesh.points[i]));
            worst = std::max(worst, dot(d, d));
        }
        return std::sqrt(worst);
    }

    const Scene& scene_;
    const PointInstancingOptions& options_;
    const Matrix4d& parentWorld_;
    const Matrix4d& fromWorld_;
};

}  // namespace

std::vector<const Property*> inheritedPrimvars(const Scene& scene, PrimId prim) {
    std::vector<const Property*> out;
    for (; prim.valid(); prim = scene.prim(prim).parent)
        for (const Property& row : scene.properties(prim)) {
            const std::string_view name = scene.text(row.name);
            if (row.flags.relationship || !name.starts_with("primvars:") || name.ends_with(":indices")) continue;
            const std::string_view interpolation = scene.textOf(scene.metadatum(row.metadata, "interpolation"));
            if (!interpolation.empty() && interpolation != "constant") continue;
            if (std::any_of(out.begin(), out.end(), [&](const Property* p) { return p->name == row.name; })) continue;
            out.push_back(&row);
            const PropertyId indices = scene.findProperty(prim, std::string(name) + ":indices");
            if (indices.valid()) out.push_back(&scene.property(indices));
        }
    return out;
}

InstancingPlaces::InstancingPlaces(const Scene& scene, const SharingContext& sharing)
    : scene_(scene), sharing_(sharing), anchor_(scene.prims().size()) {
    for (size_t row = 0; row < anchor_.size(); ++row) {
        const PrimId parent = scene.prim(PrimId(row)).parent;
        if (parent.valid()) anchor_[row] = mayLeave(parent) ? anchor_[parent.index] : parent;
    }
}

bool InstancingPlaces::mayLeave(PrimId group) const {
    const Prim& prim = scene_.prim(group);
    if (!isPlainGroup(scene_.typeName(group)) || prim.flags.hasArcs || prim.flags.instance) return false;
    for (const TokenId schema : scene_.tokenList(prim.apiSchemas))
        if (scene_.text(schema) != "MaterialBindingAPI") return false;
    if (!sharing_.incoming.at(group).empty()) return false;
    if (scene_.xforms().resets[group.index] != 0 || scene_.xforms().broken[group.index] != 0) return false;
    for (const Property& row : scene_.properties(group)) {
        if (row.flags.animated || row.flags.opaque) return false;
        if (scene_.text(row.name).starts_with("model:")) return false;
    }
    const RowRange bindings = scene_.materials().bindingsOfPrim[group.index];
    for (size_t i = bindings.begin; i < bindings.begin + bindings.size(); ++i) {
        const Binding& binding = scene_.materials().bindings[i];
        if (binding.strongerThanDescendants || binding.collection.valid()) return false;
    }
    return true;
}

std::string_view InstancingPlaces::whyNot(const Mesh& mesh) const {
    if (const std::string_view reason = whyNotShareable(scene_, mesh, sharing_); !reason.empty()) return reason;
    if (!sharing_.incoming.at(mesh.prim).empty()) return "is_target";
    if (scene_.xforms().resets[mesh.prim.index] != 0) return "resets_transform";
    if (scene_.hasApiSchema(mesh.prim, "CollectionAPI")) return "api_schema";
    for (const Metadatum& row : scene_.metadata(scene_.prim(mesh.prim).metadata))
        if (row.value.type.element == Element::Opaque) return "opaque_metadata";
    for (const Property& row : scene_.properties(mesh.prim)) {
        if (row.flags.animated) return "animated";
        if (row.flags.opaque || row.flags.mismatched) return "opaque";
        if (!row.flags.relationship && row.hasTargets && !row.targets.empty()) return "connected";
        for (const Metadatum& datum : scene_.metadata(row.metadata))
            if (datum.value.type.element == Element::Opaque) return "opaque_metadata";
    }
    return {};
}

Hash128 InstancingPlaces::placeHash(const Mesh& mesh) const {
    const Prim& prim = scene_.prim(mesh.prim);
    const PrimId parent = prim.parent;
    Hasher hasher;
    hasher.value(anchor_[mesh.prim.index].index);
    hasher.value(static_cast<uint8_t>(!parent.valid() || scene_.visible(parent)));
    hasher.value(parent.valid() ? scene_.purpose(parent) : Purpose::Default);
    for (const BindingPurpose purpose : kBindingPurposes) {
        hasher.value(resolveBinding(scene_, mesh.prim, purpose).index);
        hasher.value(parent.valid() ? resolveBinding(scene_, parent, purpose).index : TokenId::kInvalid);
        for (const Subset& subset : mesh.subsets) hasher.value(resolveBinding(scene_, subset.prim, purpose).index);
    }
    for (const Property* row : inheritedPrimvars(scene_, parent)) hashProperty(hasher, scene_, *row);
    for (const Property& row : scene_.properties(mesh.prim))
        if (!isGeometryProperty(scene_, mesh, row) && !isXformProperty(scene_.text(row.name)))
            hashProperty(hasher, scene_, row);
    hashMetadata(hasher, scene_, prim.metadata);
    hasher.span(scene_.tokenList(prim.apiSchemas));
    return hasher.finish();
}

namespace {

/// The prim that instancers of one group go under, or that their new parents do.
class Parents {
public:
    Parents(const Scene& scene, const InstancingPlaces& places) : scene_(scene), places_(places) {}

    /// An error when no instancer can stand at or below `path`.
    Result<bool> fix(const std::string& path) {
        fixed_ = true;
        const auto refuse = [&](const std::string& why) {
            return Error{"pointInstancerParentPath is " + path + ", but " + why + "."};
        };
        if (!isPrimPath(path)) return refuse("that is not the absolute path of a prim");
        std::string existing = path;
        while (!existing.empty() && !scene_.find(existing).valid()) existing.resize(existing.rfind('/'));
        if (existing.empty()) return true;
        parent_ = scene_.find(existing);
        const Prim& prim = scene_.prim(parent_);
        if (!prim.flags.active || !prim.flags.defined || prim.flags.abstract)
            return refuse(existing + " is not an active, defined prim");
        if (!isPlainGroup(scene_.typeName(parent_)))
            return refuse(existing + " is a " + std::string(scene_.typeName(parent_)) + " and no Xform or Scope");
        if (const std::string_view reason = whyNotEditable(scene_, parent_); !reason.empty())
            return refuse(existing + " cannot be edited (" + std::string(reason) + ")");
        return true;
    }

    /// The parent for meshes of one anchor: the fixed one, or the nearest common ancestor that is a plain group.
    PrimId of(const std::vector<GroupMember>& members) const {
        if (fixed_) return parent_;
        PrimId common = parentOf(members.front());
        for (const GroupMember& member : members) {
            const PrimId prim = meshPrim(member);
            while (common.valid() && !(prim.index > common.index && prim.index < scene_.prim(common).subtreeEnd))
                common = scene_.prim(common).parent;
        }
        return common;
    }

    /// Whether an instancer below `parent` can be given everything that the mesh inherits.
    bool suits(PrimId parent, const GroupMember& member) const {
        const PrimId prim = meshPrim(member), above = scene_.prim(prim).parent;
        const PrimId anchor = places_.anchor(prim);
        if (!parent.valid()) return !anchor.valid();
        if (!whyNotEditable(scene_, parent).empty()) return false;
        if (parent == anchor ? !isPlainGroup(scene_.typeName(parent)) && scene_.typeName(parent) != "SkelRoot"
                             : places_.anchor(parent) != anchor || !places_.mayLeave(parent))
            return false;
        if (!scene_.visible(parent) && (!above.valid() || scene_.visible(above))) return false;
        for (const BindingPurpose purpose : kBindingPurposes)
            if (resolveBinding(scene_, parent, purpose).valid() &&
                !(above.valid() && resolveBinding(scene_, above, purpose).valid()))
                return false;
        const auto wanted = inheritedPrimvars(scene_, above);
        for (const Property* row : inheritedPrimvars(scene_, parent))
            if (std::none_of(wanted.begin(), wanted.end(), [&](const Property* p) { return p->name == row->name; }))
                return false;
        return true;
    }

private:
    PrimId meshPrim(const GroupMember& member) const { return scene_.meshes()[member.mesh.index].prim; }
    PrimId parentOf(const GroupMember& member) const { return scene_.prim(meshPrim(member)).parent; }

    static bool isPrimPath(const std::string& path) {
        if (path.size() < 2 || path[0] != '/' || path.back() == '/') return false;
        for (size_t i = 1; i < path.size(); ++i) {
            const auto c = static_cast<unsigned char>(path[i]);
            const bool first = path[i - 1] == '/';
            if (c == '/' ? first : !(std::isalpha(c) != 0 || c == '_' || c >= 0x80 || (!first && std::isdigit(c) != 0)))
                return false;
        }
        return true;
    }

    const Scene& scene_;
    const InstancingPlaces& places_;
    bool fixed_ = false;
    PrimId parent_;
};

struct Dealt {
    std::vector<InstancedGroup> groups;
    std::vector<std::pair<MeshId, std::string_view>> declined;
};

Dealt deal(const Scene& scene, const Parents& parents, const GeometryGroup& group,
           const PointInstancingOptions& options) {
    Dealt out;
    const PrimId parent = parents.of(group.members);
    const Matrix4d parentWorld = parent.valid() ? scene.xforms().world[parent.index] : Matrix4d{};
    bool invertible = false;
    const Matrix4d fromWorld = inverseAffine(parentWorld, invertible);
    std::vector<GroupMember> left, alone;
    for (const GroupMember& member : group.members) {
        if (!invertible || !parents.suits(parent, member))
            out.declined.emplace_back(member.mesh, "other_surroundings");
        else
            left.push_back(member);
    }
    const Dealing dealing(scene, options, parentWorld, fromWorld);
    for (size_t part = 0; part < kMostParts && left.size() >= options.minimumDuplicates; ++part)
        if (auto found = dealing.next(left, alone)) {
            found->parent = parent;
            out.groups.push_back(std::move(*found));
        }
    for (const auto* rest : {&left, &alone})
        for (const GroupMember& member : *rest) out.declined.emplace_back(member.mesh, "no_trs_map");
    return out;
}

}  // namespace

Result<PointInstancing> placePointInstances(const Scene& scene, const InstancingPlaces& places,
                                            const std::vector<GeometryGroup>& groups,
                                            const PointInstancingOptions& options, const Context& context) {
    Parents parents(scene, places);
    if (!options.parentPath.empty())
        if (auto fixed = parents.fix(options.parentPath); !fixed) return Error{fixed.error()};
    std::vector<Dealt> dealt(groups.size());
    parallelFor(context, groups.size(), [&](size_t g) { dealt[g] = deal(scene, parents, groups[g], options); }, 1);
    PointInstancing out;
    for (Dealt& of : dealt) {
        for (InstancedGroup& group : of.groups) out.groups.push_back(std::move(group));
        for (const auto& [mesh, reason] : of.declined)
            out.declined.push_back({scene.prim(scene.meshes()[mesh.index].prim).path, std::string(reason)});
    }
    return out;
}

}  // namespace usdtune
