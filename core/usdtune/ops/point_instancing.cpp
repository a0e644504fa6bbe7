// SPDX-License-Identifier: Apache-2.0
//
// Writing point instancers. The prototype stands below its instancer, so that nobody draws it on its own, and holds all
// that its mesh held; what the meshes inherited from groups that the instancer does not stand under is said on the
// instancer (visibility, purpose, bindings) or on the prototype (primvars).
#include "usdtune/ops/point_instancing.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "usdtune/ops/prim_writer.h"
#include "usdtune/scene/point_instances.h"

namespace usdtune {

namespace {

constexpr struct {
    BindingPurpose purpose;
    std::string_view relationship;
} kBindings[] = {{BindingPurpose::AllPurpose, "material:binding"},
                 {BindingPurpose::Preview, "material:binding:preview"},
                 {BindingPurpose::Full, "material:binding:full"}};

std::string_view purposeName(Purpose purpose) {
    switch (purpose) {
        case Purpose::Render:
            return "render";
        case Purpose::Proxy:
            return "proxy";
        case Purpose::Guide:
            return "guide";
        case Purpose::Default:
            break;
    }
    return "default";
}

class Instancing {
public:
    explicit Instancing(const Scene& scene) : scene_(scene), tokens_(scene.tokens()), write_(scene, out_.edits) {}

    EditList run(const std::vector<InstancedGroup>& groups, const std::string& parentPath) {
        if (!groups.empty()) openParent(parentPath);
        for (const InstancedGroup& group : groups) instancer(group);
        return std::move(out_);
    }

private:
    /// Of a parent path, what is not there yet.
    void openParent(const std::string& path) {
        for (size_t end = path.find('/', 1); !path.empty(); end = path.find('/', end + 1)) {
            const std::string part = path.substr(0, end);
            fixedParent_ = tokens_.intern(part);
            if (!scene_.find(part).valid()) write_.define(fixedParent_, Specifier::Def, tokens_.intern("Xform"));
            if (end == std::string::npos) return;
        }
    }

    std::string freeName(const InstancedGroup& group, TokenId parent, std::string_view wanted) {
        const auto [at, isNew] = names_.try_emplace(parent.index);
        if (isNew) {
            const uint32_t begin = group.parent.valid() ? group.parent.index + 1 : 0;
            const size_t end = group.parent.valid() ? scene_.prim(group.parent).subtreeEnd : scene_.stagePrimCount();
            for (uint32_t row = begin; row < end; row = scene_.prim(PrimId(row)).subtreeEnd)
                at->second.take(scene_.text(scene_.prim(PrimId(row)).name));
        }
        return at->second.free(wanted);
    }

    void instancer(const InstancedGroup& group) {
        const Mesh& mesh = scene_.meshes()[group.group.members.front().mesh.index];
        const std::string name(scene_.text(scene_.prim(mesh.prim).name));
        const TokenId parent = fixedParent_.valid()   ? fixedParent_
                               : group.parent.valid() ? scene_.prim(group.parent).path
                                                      : tokens_.intern("");
        const TokenId path = write_.below(parent, freeName(group, parent, name + "Instances"));
        const TokenId scope = write_.below(path, "Prototypes"), prototype = write_.below(scope, name);
        write_.define(path, Specifier::Def, tokens_.intern("PointInstancer"));
        surroundings(group, mesh, path);
        arrays(group, path);
        write_.target(path, "prototypes", prototype);
        write_.define(scope, Specifier::Def, tokens_.intern("Scope"));
        prototypeMesh(group, mesh, prototype);
        for (const GroupMember& member : group.group.members) {
            const TokenId old = scene_.prim(scene_.meshes()[member.mesh.index].prim).path;
            write_.say(EditKind::RemovePrim, old);
            out_.moves.push_back({old, prototype, PathFate::Merged, "point_instanced", {}});
        }
    }

    /// What the meshes inherited and the instancer would not.
    void surroundings(const InstancedGroup& group, const Mesh& mesh, TokenId path) {
        const PrimId above = scene_.prim(mesh.prim).parent;
        if (above == group.parent || !above.valid()) return;
        const bool root = !group.parent.valid();
        if (!scene_.visible(above) && (root || scene_.visible(group.parent)))
            write_.set(path, "visibility", "token", text("invisible"));
        if (scene_.purpose(above) != (root ? Purpose::Default : scene_.purpose(group.parent)))
            write_.set(path, "purpose", "token", text(purposeName(scene_.purpose(above))), true);
        bindings(group.parent, above, path);
    }

    /// All purposes are said again where one differs: a new binding for all would hide an inherited one.
    void bindings(PrimId parent, PrimId above, TokenId path) {
        const auto inherited = [&](BindingPurpose purpose) {
            return parent.valid() ? resolveBinding(scene_, parent, purpose) : TokenId();
        };
        const bool same = std::all_of(std::begin(kBindings), std::end(kBindings), [&](const auto& binding) {
            return resolveBinding(scene_, above, binding.purpose) == inherited(binding.purpose);
        });
        if (same) return;
        write_.say(EditKind::SetApiSchemas, path).targets = {tokens_.intern("MaterialBindingAPI")};
        const TokenId forAll = resolveBinding(scene_, above, BindingPurpose::AllPurpose);
        for (const auto& [purpose, relationship] : kBindings) {
            const TokenId wanted = resolveBinding(scene_, above, purpose);
            const bool served =
                purpose != BindingPurpose::AllPurpose && wanted == forAll && !inherited(purpose).valid();
            if (wanted.valid() && !served) write_.target(path, relationship, wanted);
        }
    }

    void arrays(const InstancedGroup& group, TokenId path) {
        const size_t count = group.positions.size();
        if (group.origin != Vec3d{}) {
            write_.set(path, "xformOp:translate", "double3",
                       OwnedValue::scalar({Element::Double, 3, false}, group.origin));
            order(path, "xformOp:translate");
        }
        write_.set(path, "protoIndices", "int[]",
                   OwnedValue::array<int>({Element::Int, 1, true}, std::vector<int>(count, 0)));
        std::vector<int64_t> ids(count);
        for (size_t i = 0; i < count; ++i) ids[i] = static_cast<int64_t>(i);
        write_.set(path, "ids", "int64[]", OwnedValue::array<int64_t>({Element::Int64, 1, true}, std::move(ids)));
        write_.set(path, "positions", "point3f[]",
                   OwnedValue::array<Vec3f>({Element::Float, 3, true}, group.positions));
        const bool scaled = std::any_of(group.scales.begin(), group.scales.end(),
                                        [](const Vec3f& scale) { return scale != Vec3f{{1, 1, 1}}; });
        if (scaled)
            write_.set(path, "scales", "float3[]", OwnedValue::array<Vec3f>({Element::Float, 3, true}, group.scales));
        orientations(group, path);
        extent(group, path);
    }

    /// Where half floats are too coarse they are written all the same, for renderers that know nothing finer.
    void orientations(const InstancedGroup& group, TokenId path) {
        const bool turned = std::any_of(group.orientations.begin(), group.orientations.end(),
                                        [](const auto& q) { return q != std::array<float, 4>{0, 0, 0, 1}; });
        if (!turned) return;
        std::vector<std::array<uint16_t, 4>> halves;
        for (const auto& q : group.orientations)
            halves.push_back({halfOf(q[0]), halfOf(q[1]), halfOf(q[2]), halfOf(q[3])});
        write_.set(path, "orientations", "quath[]",
                   OwnedValue::array<std::array<uint16_t, 4>>({Element::Half, 4, true}, std::move(halves)));
        if (!group.orientationsFitHalf)
            write_.set(path, "orientationsf", "quatf[]",
                       OwnedValue::array<std::array<float, 4>>({Element::Float, 4, true}, group.orientations));
    }

    /// The box around the prototype's box at every place, as UsdGeomPointInstancer computes it.
    void extent(const InstancedGroup& group, TokenId path) {
        const Bounds box = scene_.meshes()[group.group.members.front().mesh.index].localBounds;
        Bounds all;
        for (size_t i = 0; i < group.positions.size(); ++i) {
            const auto& q = group.orientations[i];
            const Matrix4d place =
                group.prototypeLocal * instanceTransform(group.positions[i], {q[0], q[1], q[2], q[3]}, group.scales[i]);
            for (size_t corner = 0; corner < 8; ++corner) {
                Vec3d p;
                for (size_t c = 0; c < 3; ++c) p[c] = (corner >> c & 1) != 0 ? box.max[c] : box.min[c];
                all.add(place.transformPoint(p));
            }
        }
        write_.set(path, "extent", "float3[]",
                   OwnedValue::array<Vec3f>({Element::Float, 3, true}, {toFloat(all.min), toFloat(all.max)}));
    }

    void prototypeMesh(const InstancedGroup& group, const Mesh& mesh, TokenId path) {
        const Prim& prim = scene_.prim(mesh.prim);
        write_.define(path, Specifier::Def, tokens_.intern("Mesh"));
        write_.copySchemas(prim, path);
        write_.copyMetadata(prim, path);
        for (const Property& row : scene_.properties(mesh.prim)) {
            const std::string_view name = scene_.text(row.name);
            if (name != "extent" && !name.starts_with("xformOp")) write_.copy(row, path);
        }
        write_.extentOf(mesh, path);
        const auto known = inheritedPrimvars(scene_, group.parent);
        for (const Property* row : inheritedPrimvars(scene_, prim.parent)) {
            const std::string_view name = scene_.text(row->name);
            const std::string_view values = name.ends_with(":indices") ? name.substr(0, name.size() - 8) : name;
            const bool own = scene_.findProperty(mesh.prim, values).valid();
            if (!own && std::find(known.begin(), known.end(), row) == known.end()) write_.copy(*row, path);
        }
        if (!group.prototypeLocal.isIdentity()) {
            write_.set(path, "xformOp:transform", "matrix4d",
                       OwnedValue::scalar({Element::Double, 16, false}, group.prototypeLocal));
            order(path, "xformOp:transform");
        }
        for (const Subset& subset : mesh.subsets) write_.copySubset(subset, path);
    }

    void order(TokenId path, std::string_view op) {
        write_.set(path, "xformOpOrder", "token[]",
                   OwnedValue::array<TokenId>({Element::Text, 1, true}, {tokens_.intern(op)}), true);
    }
    OwnedValue text(std::string_view value) {
        return OwnedValue::scalar({Element::Text, 1, false}, tokens_.intern(value));
    }

    const Scene& scene_;
    TokenTable& tokens_;
    EditList out_;
    PrimWriter write_;
    TokenId fixedParent_;
    std::map<uint32_t, FreeNames> names_;  ///< by the parent's path
};

}  // namespace

EditList writePointInstancers(const Scene& scene, const std::vector<InstancedGroup>& groups,
                              const PointInstancingOptions& options) {
    return Instancing(scene).run(groups, options.parentPath);
}

}  // namespace usdtune
