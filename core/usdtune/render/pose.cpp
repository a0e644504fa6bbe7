// SPDX-License-Identifier: Apache-2.0
//
// Rules read from UsdSkel's documentation and checked against UsdSkelSkinningQuery of usd-core. Dual quaternions after
// Kavan, Collins, Zara and O'Sullivan (2007); what a joint scales is mixed linearly beside them, as UsdSkel has it.
// Rotations are parted from scales by Higham's iteration for the polar decomposition (1986).
#include "usdtune/render/pose.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/render/blend_shapes.h"
#include "usdtune/render/mesh_at.h"
#include "usdtune/render/skeleton_pose.h"
#include "usdtune/render/tessellate_mesh.h"

namespace usdtune {

namespace {

/// Joints and weights of every point, or of the whole mesh.
struct Influences {
    std::vector<int> joints;
    std::vector<float> weights;
    size_t perPoint = 0;
    bool rigid = false;  ///< one row for all points

    size_t first(size_t point) const { return rigid ? 0 : point * perPoint; }
};

/// The nearest prim from `prim` up that has the attribute, as SkelBindingAPI hands bindings down.
PrimId carrierOf(const Scene& scene, PrimId prim, std::string_view name) {
    for (PrimId at = prim; at.valid(); at = scene.prim(at).parent) {
        const PropertyId id = scene.findProperty(at, name);
        if (!id.valid() || !scene.hasApiSchema(at, "SkelBindingAPI")) continue;
        const Property& row = scene.property(id);
        if (!row.value.empty() || row.flags.animated) return at;
    }
    return {};
}

/// A primvar's values, indices worked in.
template <class T>
std::vector<T> flattened(const Scene& scene, PrimId prim, std::string_view name, Element element, size_t perPoint,
                         TimeCode time) {
    std::vector<T> values = arrayAt<T>(scene, prim, name, element, 1, time);
    const std::string indicesName = std::string(name) + ":indices";
    const auto indices = arrayAt<int>(scene, prim, indicesName, Element::Int, 1, time);
    if (indices.empty() || perPoint == 0) return values;
    std::vector<T> out;
    for (const int index : indices) {
        const size_t from = static_cast<size_t>(std::max(index, 0)) * perPoint;
        if (index < 0 || from + perPoint > values.size()) return {};
        const auto row = values.begin() + static_cast<std::ptrdiff_t>(from);
        out.insert(out.end(), row, row + static_cast<std::ptrdiff_t>(perPoint));
    }
    return out;
}

bool isRootOfSkinning(const Scene& scene, PrimId prim) {
    for (PrimId at = prim; at.valid(); at = scene.prim(at).parent)
        if (scene.typeName(at) == "SkelRoot") return true;
    return false;
}

struct Matrix3 {
    std::array<Vec3d, 3> rows;

    Vec3d transform(const Vec3d& v) const { return rows[0] * v[0] + rows[1] * v[1] + rows[2] * v[2]; }
};

/// The inverse transposed linear part, which moves normals; the linear part itself where it is singular.
Matrix3 normalMatrix(const Matrix4d& m) {
    bool ok = false;
    const Matrix4d inverse = inverseAffine(m, ok);
    Matrix3 out;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) out.rows[r][c] = ok ? inverse[c][r] : m[r][c];
    return out;
}

Vec3d normalized(const Vec3d& v) {
    const double size = length(v);
    return size > 0 ? v * (1 / size) : v;
}

/// A joint's transform as a scale (and shear), then a rotation, then a translation.
struct Parted {
    Vec4d turn{{0, 0, 0, 1}};  ///< unit quaternion, real part last
    Vec4d dual;                ///< half the translation times `turn`
    Matrix4d scale;            ///< linear
    Matrix3 normalScale;
};

Vec4d product(const Vec4d& a, const Vec4d& b) {
    const Vec3d va{{a[0], a[1], a[2]}}, vb{{b[0], b[1], b[2]}};
    const Vec3d v = vb * a[3] + va * b[3] + cross(va, vb);
    return {{v[0], v[1], v[2], a[3] * b[3] - dot(va, vb)}};
}

Vec3d turned(const Vec4d& q, const Vec3d& v) {
    const Vec3d axis{{q[0], q[1], q[2]}};
    const Vec3d t = cross(axis, v) * 2.0;
    return v + t * q[3] + cross(axis, t);
}

/// Of a rotation in the row-vector convention; Shepperd's choice of the largest component (1978).
Vec4d quaternionOf(const Matrix4d& m) {
    const std::array<double, 4> squares = {1 + m[0][0] - m[1][1] - m[2][2], 1 - m[0][0] + m[1][1] - m[2][2],
                                           1 - m[0][0] - m[1][1] + m[2][2], 1 + m[0][0] + m[1][1] + m[2][2]};
    const size_t largest = static_cast<size_t>(std::max_element(squares.begin(), squares.end()) - squares.begin());
    Vec4d q;
    if (largest == 3) {
        q = {{m[1][2] - m[2][1], m[2][0] - m[0][2], m[0][1] - m[1][0], squares[3]}};
    } else {
        const size_t i = largest, j = (i + 1) % 3, k = (i + 2) % 3;
        q[i] = squares[i];
        q[j] = m[i][j] + m[j][i];
        q[k] = m[k][i] + m[i][k];
        q[3] = m[j][k] - m[k][j];
    }
    const double size = length(q);
    return size > 0 ? q * (1 / size) : Vec4d{{0, 0, 0, 1}};
}

Parted partedOf(const Matrix4d& m) {
    Parted out;
    Matrix4d rotation = m;
    rotation[3] = {0, 0, 0, 1};
    const Matrix4d linear = rotation;
    const double mirror = m.determinant3() < 0 ? -1 : 1;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) rotation[r][c] *= mirror;
    for (int step = 0; step < 60; ++step) {
        const Matrix3 inverse = normalMatrix(rotation);
        double change = 0;
        for (size_t r = 0; r < 3; ++r)
            for (size_t c = 0; c < 3; ++c) {
                const double next = (rotation[r][c] + inverse.rows[r][c]) / 2;
                change = std::max(change, std::abs(next - rotation[r][c]));
                rotation[r][c] = next;
            }
        if (!(change > 1e-15)) break;
    }
    bool ok = false;
    out.scale = linear * inverseAffine(rotation, ok);
    out.normalScale = normalMatrix(out.scale);
    out.turn = quaternionOf(rotation);
    out.dual = product({{m[3][0] / 2, m[3][1] / 2, m[3][2] / 2, 0}}, out.turn);
    return out;
}

class Skinning {
public:
    Skinning(const Influences& influences, std::vector<Matrix4d> joints, const Matrix4d& geomBind, bool dual)
        : influences_(influences),
          joints_(std::move(joints)),
          geomBind_(geomBind),
          normalBind_(normalMatrix(geomBind)),
          dual_(dual) {
        for (const Matrix4d& joint : joints_) {
            if (dual_)
                parted_.push_back(partedOf(joint));
            else
                normalJoints_.push_back(normalMatrix(joint));
        }
        for (const Parted& joint : parted_)
            for (size_t r = 0; r < 3; ++r)
                for (size_t c = 0; c < 3; ++c)
                    scales_ = scales_ || std::abs(joint.scale[r][c] - (r == c ? 1.0 : 0.0)) > 1e-6;
    }

    Vec3d point(size_t index, const Vec3f& authored) const {
        const Vec3d bound = geomBind_.transformPoint(toDouble(authored));
        Vec3d sum;
        if (!dual_) {
            each(index, [&](size_t joint, double w) { sum = sum + joints_[joint].transformPoint(bound) * w; });
            return sum;
        }
        if (scales_)
            each(index, [&](size_t joint, double w) { sum = sum + parted_[joint].scale.transformVector(bound) * w; });
        else
            sum = bound;
        const auto [turn, moved] = mixed(index);
        const Vec4d twice = product(moved, {{-turn[0], -turn[1], -turn[2], turn[3]}}) * 2.0;
        return turned(turn, sum) + Vec3d{{twice[0], twice[1], twice[2]}};
    }

    Vec3d normal(size_t index, const Vec3f& authored) const {
        const Vec3d bound = normalBind_.transform(toDouble(authored));
        Vec3d sum;
        if (!dual_) {
            each(index, [&](size_t joint, double w) { sum = sum + normalJoints_[joint].transform(bound) * w; });
            return normalized(sum);
        }
        if (scales_)
            each(index, [&](size_t joint, double w) { sum = sum + parted_[joint].normalScale.transform(bound) * w; });
        else
            sum = bound;
        return normalized(turned(mixed(index).first, sum));
    }

private:
    template <class Visit>
    void each(size_t index, Visit visit) const {
        const size_t first = influences_.first(index);
        for (size_t i = first; i < first + influences_.perPoint; ++i)
            if (influences_.weights[i] != 0)
                visit(static_cast<size_t>(influences_.joints[i]), static_cast<double>(influences_.weights[i]));
    }

    /// The unit dual quaternion of a point: each joint's on the side of the heaviest one's.
    std::pair<Vec4d, Vec4d> mixed(size_t index) const {
        const size_t first = influences_.first(index);
        size_t heaviest = first;
        for (size_t i = first; i < first + influences_.perPoint; ++i)
            if (influences_.weights[i] > influences_.weights[heaviest]) heaviest = i;
        const Vec4d pivot = parted_[static_cast<size_t>(influences_.joints[heaviest])].turn;
        Vec4d turn, moved;
        each(index, [&](size_t joint, double w) {
            const double signedWeight = dot(parted_[joint].turn, pivot) < 0 ? -w : w;
            turn = turn + parted_[joint].turn * signedWeight;
            moved = moved + parted_[joint].dual * signedWeight;
        });
        const double size = length(turn);
        if (!(size > 0)) return {Vec4d{{0, 0, 0, 1}}, Vec4d{}};
        turn = turn * (1 / size);
        moved = moved * (1 / size);
        return {turn, moved - turn * dot(turn, moved)};
    }

    const Influences& influences_;
    std::vector<Matrix4d> joints_;
    Matrix4d geomBind_;
    Matrix3 normalBind_;
    bool dual_;
    std::vector<Matrix3> normalJoints_;
    std::vector<Parted> parted_;
    bool scales_ = false;  ///< where none does, weights that do not add up to 1 shrink nothing
};

class Poser {
public:
    Poser(const Scene& scene, const Mesh& mesh, TimeCode time) : scene_(scene), mesh_(mesh), time_(time) {}

    Pose pose() {
        const PrimId skeleton = inheritedTarget(scene_, mesh_.prim, "skel:skeleton");
        if (!skeleton.valid() || mesh_.points.empty()) return {};
        if (!isRootOfSkinning(scene_, mesh_.prim)) return refuse("is bound to a Skeleton, but not below a SkelRoot");
        if (scene_.typeName(skeleton) != "Skeleton")
            return refuse("skel:skeleton names " + std::string(scene_.path(skeleton)) + ", which is no Skeleton");

        pose_.points.assign(mesh_.points.begin(), mesh_.points.end());
        readNormals();
        std::vector<Vec3f> none;
        const bool perPoint = pose_.normalsRate == PrimvarRate::Point;
        bool moved = applyBlendShapes(scene_, mesh_.prim, animationOf(scene_, skeleton), time_, pose_.points,
                                      perPoint ? pose_.normals : none, pose_.problem);
        if (carrierOf(scene_, mesh_.prim, "primvars:skel:jointIndices").valid()) {
            if (!skin(skeleton)) return std::move(pose_);
            moved = true;
        }
        if (!moved) {
            pose_.points.clear();
            pose_.normals.clear();
        }
        return std::move(pose_);
    }

private:
    Pose refuse(const std::string& why) {
        Pose out;
        out.problem = std::string(scene_.path(mesh_.prim)) + ": " + why + ", so that it is drawn as it was modelled";
        return out;
    }
    bool unposed(const std::string& why) {
        pose_ = refuse(why);
        return false;
    }

    /// The authored normals, one per point or per corner.
    void readNormals() {
        std::vector<Keeper> keepers;
        const RenderPrimvar authored = authoredNormals(scene_, mesh_, time_, keepers);
        if (authored.values.empty() || mesh_.flags.subdivided) return;
        if (authored.rate != PrimvarRate::Point && authored.rate != PrimvarRate::Corner) return;
        pose_.normalsRate = authored.rate;
        pose_.normals.resize(placeCount(authored));
        for (size_t i = 0; i < pose_.normals.size(); ++i) {
            const size_t place = authored.indices.empty() ? i : static_cast<size_t>(authored.indices[i]);
            std::copy_n(authored.values.data() + 3 * place, 3, pose_.normals[i].v.begin());
        }
    }

    bool readInfluences() {
        const std::string_view indicesName = "primvars:skel:jointIndices", weightsName = "primvars:skel:jointWeights";
        const PrimId carrier = carrierOf(scene_, mesh_.prim, indicesName);
        const PrimId weigher = carrierOf(scene_, mesh_.prim, weightsName);
        if (!weigher.valid()) return unposed("joints are given without weights");
        const Property& row = scene_.property(scene_.findProperty(carrier, indicesName));
        const auto size = scene_.metadatum(row.metadata, "elementSize").as<int>(Element::Int, 1);
        influences_.perPoint = size.size() == 1 && size[0] > 0 ? static_cast<size_t>(size[0]) : 1;
        influences_.rigid = scene_.textOf(scene_.metadatum(row.metadata, "interpolation")) == "constant";
        influences_.joints = flattened<int>(scene_, carrier, indicesName, Element::Int, influences_.perPoint, time_);
        influences_.weights =
            flattened<float>(scene_, weigher, weightsName, Element::Float, influences_.perPoint, time_);
        // A constant row of any length is one row, whatever elementSize says.
        if (influences_.rigid) influences_.perPoint = influences_.joints.size();
        const size_t expected = influences_.rigid ? influences_.perPoint : mesh_.points.size() * influences_.perPoint;
        if (expected > 0 && influences_.joints.size() == expected && influences_.weights.size() == expected)
            return true;
        return unposed(std::to_string(influences_.joints.size()) + " joint indices and " +
                       std::to_string(influences_.weights.size()) + " weights are given, but " +
                       std::to_string(mesh_.points.size()) + " points ask for " + std::to_string(expected));
    }

    /// The skinning transforms in the order that the mesh's indices mean.
    bool readJoints(const SkeletonPose& skeleton, std::vector<Matrix4d>& joints) {
        const PrimId carrier = carrierOf(scene_, mesh_.prim, "skel:joints");
        if (carrier.valid()) {
            for (const TokenId name : arrayAt<TokenId>(scene_, carrier, "skel:joints", Element::Text, 1, time_)) {
                const auto found = skeleton.jointOf.find(name);
                joints.push_back(found == skeleton.jointOf.end() ? Matrix4d() : skeleton.skinning[found->second]);
            }
        } else {
            joints = skeleton.skinning;
        }
        for (const int joint : influences_.joints)
            if (joint < 0 || static_cast<size_t>(joint) >= joints.size())
                return unposed("a point follows joint " + std::to_string(joint) + ", but there are " +
                               std::to_string(joints.size()));
        return true;
    }

    Matrix4d geomBind() const {
        const PrimId carrier = carrierOf(scene_, mesh_.prim, "primvars:skel:geomBindTransform");
        if (!carrier.valid()) return {};
        const OwnedValue owned = valueAt(scene_, carrier, "primvars:skel:geomBindTransform", time_);
        const auto matrix = owned.value.as<Matrix4d>(Element::Double, 16);
        return matrix.size() == 1 ? matrix[0] : Matrix4d();
    }

    bool skin(PrimId skeletonPrim) {
        if (!readInfluences()) return false;
        const SkeletonPose skeleton = poseSkeleton(scene_, skeletonPrim, time_);
        if (!skeleton.problem.empty()) pose_.problem = skeleton.problem;
        if (skeleton.skinning.empty()) {
            pose_.points.clear();
            pose_.normals.clear();
            return false;
        }
        std::vector<Matrix4d> joints;
        if (!readJoints(skeleton, joints)) return false;
        bool ok = false;
        const Matrix4d back = worldTransformAt(scene_, skeletonPrim, time_) *
                              inverseAffine(worldTransformAt(scene_, mesh_.prim, time_), ok);
        if (!ok) return unposed("its world transform cannot be inverted");

        const PrimId method = carrierOf(scene_, mesh_.prim, "primvars:skel:skinningMethod");
        const bool dual = method.valid() && tokenAt(scene_, method, "primvars:skel:skinningMethod", "classicLinear",
                                                    time_) == "dualQuaternion";
        const Skinning skinning(influences_, std::move(joints), geomBind(), dual);
        for (size_t i = 0; i < pose_.points.size(); ++i)
            pose_.points[i] = toFloat(back.transformPoint(skinning.point(i, pose_.points[i])));
        const Matrix3 normalBack = normalMatrix(back);
        const bool perCorner = pose_.normalsRate == PrimvarRate::Corner;
        for (size_t i = 0; i < pose_.normals.size(); ++i) {
            const size_t point = perCorner ? static_cast<size_t>(mesh_.faceVertexIndices[i]) : i;
            pose_.normals[i] = toFloat(normalized(normalBack.transform(skinning.normal(point, pose_.normals[i]))));
        }
        return true;
    }

    const Scene& scene_;
    const Mesh& mesh_;
    TimeCode time_;
    Pose pose_;
    Influences influences_;
};

}  // namespace

Pose poseMesh(const Scene& scene, const Mesh& authored, TimeCode time) {
    if (!authored.flags.skinned) return {};
    std::vector<Keeper> keepers;
    const bool moves = time && authored.flags.anySamples;
    const Mesh moved = moves ? meshAt(scene, authored, *time, keepers) : Mesh();
    const Mesh& mesh = moves ? moved : authored;
    if (!mesh.flags.validTopology) return {};
    return Poser(scene, mesh, time).pose();
}

}  // namespace usdtune
