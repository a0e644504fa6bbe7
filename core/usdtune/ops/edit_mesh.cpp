// SPDX-License-Identifier: Apache-2.0
#include "usdtune/ops/edit_mesh.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <array>
#include <cstring>

#include "usdtune/scene/editability.h"

namespace usdtune {

namespace {

/// Attributes of a Mesh with an array value that this file moves itself or that no index is tied to; sorted.
constexpr auto kKnownArrays = std::to_array<std::string_view>({
    "accelerations",
    "cornerIndices",
    "cornerSharpnesses",
    "creaseIndices",
    "creaseLengths",
    "creaseSharpnesses",
    "extent",
    "faceVertexCounts",
    "faceVertexIndices",
    "holeIndices",
    "normals",
    "points",
    "velocities",
    "xformOpOrder",
});
static_assert(std::is_sorted(kKnownArrays.begin(), kKnownArrays.end()));

constexpr auto kCreaseNames = std::to_array<std::string_view>(
    {"holeIndices", "cornerIndices", "cornerSharpnesses", "creaseIndices", "creaseLengths", "creaseSharpnesses"});

/// Per-point arrays of UsdGeomPointBased beside points and normals.
constexpr auto kMotionNames = std::to_array<std::string_view>({"velocities", "accelerations"});

bool isTiedCount(const Mesh& mesh, uint64_t count) {
    return count > 1 && (count == mesh.points.size() || count == mesh.faceCount() || count == mesh.cornerCount());
}

bool isIota(std::span<const uint32_t> values, size_t count) {
    if (values.size() != count) return false;
    for (size_t i = 0; i < count; ++i)
        if (values[i] != i) return false;
    return true;
}

std::span<const std::byte> bytesOf(const Value& value) {
    return {static_cast<const std::byte*>(value.data), value.byteSize()};
}

MeshColumn pointColumn(const Scene& scene, PropertyId attribute) {
    const Value& value = scene.property(attribute).value;
    return {attribute, {}, MeshElement::point, {{bytesOf(value), value.elementSize()}, {}, false}};
}

std::string_view subsetProblem(const Scene& scene, const Subset& subset) {
    if (subset.animated) return "animated";
    const std::string_view type = scene.text(subset.elementType);
    if (type != "face" && type != "point") return "subset_elements";
    return subset.wellFormed ? std::string_view() : "malformed_subset";
}

std::string_view primvarProblem(const Primvar& primvar) {
    if (primvar.interpolation == Interpolation::Constant && primvar.wellFormed) return {};
    if (primvar.animated) return "animated";
    // An empty array says nothing about any element and stays as it is.
    const bool empty = primvar.values.count == 0 && (!primvar.indexed || primvar.indices.empty());
    return primvar.wellFormed || empty ? std::string_view() : "malformed_primvar";
}

std::string_view propertyProblem(const Scene& scene, const Mesh& mesh, const Property& row) {
    if (row.flags.relationship) return {};
    const std::string_view name = scene.text(row.name);
    const bool known = std::binary_search(kKnownArrays.begin(), kKnownArrays.end(), name);
    if (known && name != "extent" && row.flags.animated && name != "xformOpOrder") return "animated";
    if (known && row.hasTargets && !row.targets.empty()) return "connected";
    if (!known && !name.starts_with("primvars:") && row.value.type.isArray && isTiedCount(mesh, row.value.count))
        return "index_tied_attribute";
    for (const std::string_view motion : kMotionNames)
        if (name == motion && row.value.count != 0 && row.value.count != mesh.points.size()) return "malformed_primvar";
    return {};
}

/// The edits of one mesh, one array after the other.
class MeshRewrite {
public:
    MeshRewrite(const Scene& scene, const Mesh& mesh, const MeshRemap& remap)
        : scene_(scene),
          mesh_(mesh),
          remap_(remap),
          changed_{false, !isIota(remap.faceSource, remap.faceOf.size()),
                   !isIota(remap.pointSource, remap.pointOf.size()),
                   !isIota(remap.cornerSource, remap.oldCornerCount)} {}

    std::vector<Edit> edits() {
        points();
        if (remap_.counts.size() != mesh_.faceCount() || !std::ranges::equal(remap_.counts, mesh_.faceVertexCounts))
            set(mesh_.countsAttribute, remap_.counts);
        if (!std::ranges::equal(remap_.indices, mesh_.faceVertexIndices)) set(mesh_.indicesAttribute, remap_.indices);
        for (const MeshColumn& column : meshColumns(scene_, mesh_))
            if (changed(column.element)) move(column);
        subdivisionData();
        for (const Subset& subset : mesh_.subsets) move(subset);
        return std::move(edits_);
    }

private:
    bool changed(MeshElement element) const { return changed_[static_cast<size_t>(element)]; }

    void setValue(PropertyId attribute, OwnedValue value) {
        const Property& row = scene_.property(attribute);
        if (sameBytes(row.value, value.value)) return;
        Edit edit;
        edit.kind = EditKind::SetAttribute;
        edit.path = scene_.prim(row.prim).path;
        edit.name = row.name;
        edit.typeName = row.typeName;
        edit.uniform = row.flags.uniform;
        edit.custom = row.flags.custom;
        edit.value = std::move(value);
        edits_.push_back(std::move(edit));
    }
    template <class T>
    void set(PropertyId attribute, std::vector<T> values) {
        setValue(attribute, OwnedValue::array<T>(scene_.property(attribute).value.type, std::move(values)));
    }
    template <class T>
    void setNamed(std::string_view name, std::vector<T> values) {
        if (const PropertyId attribute = scene_.findProperty(mesh_.prim, name); attribute.valid())
            set(attribute, std::move(values));
    }

    void points() {
        if (!changed(MeshElement::point)) return;
        auto moved = applyRemap(remap_, MeshElement::point, mesh_.points);
        USDTUNE_ASSERT(moved.has_value(), "a valid mesh has the points its remap speaks of");
        const Bounds before = mesh_.localBounds, after = boundsOf(*moved);
        set(mesh_.pointsAttribute, std::move(*moved));
        if (mesh_.extent.size() != 2 || before.empty() || after.empty()) return;
        const bool tight = mesh_.extent[0] == toFloat(before.min) && mesh_.extent[1] == toFloat(before.max);
        if (!tight || (before.min == after.min && before.max == after.max)) return;
        set(mesh_.extentAttribute, std::vector<Vec3f>{toFloat(after.min), toFloat(after.max)});
    }

    void move(const MeshColumn& column) {
        if (column.view.indexed) {
            auto moved = applyRemapIndexed(remap_, column.element, column.view.indices, column.view.values.rowCount());
            USDTUNE_ASSERT(moved.has_value(), "a well-formed primvar fits its mesh");
            set(column.indicesAttribute, std::move(moved->indices));
            return;
        }
        auto moved = applyRemap(remap_, column.element, column.view.values.bytes, column.view.values.rowBytes);
        USDTUNE_ASSERT(moved.has_value(), "a well-formed primvar fits its mesh");
        Value value = scene_.property(column.attribute).value;
        auto owner = std::make_shared<std::vector<std::byte>>(std::move(*moved));
        value.data = owner->data();
        value.count = owner->size() / value.elementSize();
        setValue(column.attribute, {value, owner});
    }

    void subdivisionData() {
        if (changed(MeshElement::face) && !mesh_.holeIndices.empty())
            setNamed("holeIndices", remapFaces(remap_, mesh_.holeIndices));
        if (!changed(MeshElement::point)) return;
        if (!mesh_.cornerIndices.empty()) {
            auto corners = remapCorners(remap_, mesh_.cornerIndices, mesh_.cornerSharpnesses);
            USDTUNE_ASSERT(corners.has_value(), "corners of a valid topology have one sharpness each");
            setNamed("cornerIndices", std::move(corners->indices));
            setNamed("cornerSharpnesses", std::move(corners->sharpnesses));
        }
        if (!mesh_.creaseIndices.empty()) {
            auto creases = remapCreases(remap_, mesh_.creaseIndices, mesh_.creaseLengths, mesh_.creaseSharpnesses);
            USDTUNE_ASSERT(creases.has_value(), "creases of a valid topology add up");
            setNamed("creaseIndices", std::move(creases->indices));
            setNamed("creaseLengths", std::move(creases->lengths));
            setNamed("creaseSharpnesses", std::move(creases->sharpnesses));
        }
    }

    void move(const Subset& subset) {
        if (subset.indices.empty()) return;
        const bool ofFaces = scene_.text(subset.elementType) == "face";
        // A merge of points changes lists of points even where it keeps their number in order.
        if (!changed(ofFaces ? MeshElement::face : MeshElement::point)) return;
        set(subset.indicesAttribute,
            ofFaces ? remapFaces(remap_, subset.indices) : remapPoints(remap_, subset.indices));
    }

    const Scene& scene_;
    const Mesh& mesh_;
    const MeshRemap& remap_;
    std::array<bool, 4> changed_;  ///< by MeshElement
    std::vector<Edit> edits_;
};

void refineByMembership(std::vector<uint32_t>& labels, std::span<const int> members, size_t count) {
    std::vector<uint8_t> member(count, 0);
    for (const int i : members) member[static_cast<size_t>(i)] = 1;
    if (labels.empty()) labels.assign(count, 0);
    refineLabels(labels, rowsOf(std::span<const uint8_t>(member)));
}

}  // namespace

std::vector<std::byte> MeshColumn::denseRows() const {
    if (!view.indexed) return {view.values.bytes.begin(), view.values.bytes.end()};
    const size_t size = view.values.rowBytes;
    std::vector<std::byte> rows(view.indices.size() * size);
    for (size_t i = 0; i < view.indices.size(); ++i)
        std::memcpy(rows.data() + i * size, view.values.row(static_cast<size_t>(view.indices[i])), size);
    return rows;
}

MeshElement meshElementOf(Interpolation interpolation) {
    switch (interpolation) {
        case Interpolation::Constant:
            return MeshElement::whole;
        case Interpolation::Uniform:
            return MeshElement::face;
        case Interpolation::Vertex:
        case Interpolation::Varying:
            return MeshElement::point;
        case Interpolation::FaceVarying:
            return MeshElement::corner;
    }
    return MeshElement::whole;
}

std::vector<MeshColumn> meshColumns(const Scene& scene, const Mesh& mesh) {
    std::vector<MeshColumn> columns;
    if (!mesh.normals.empty() && mesh.normalsInterpolation != Interpolation::Constant) {
        MeshColumn column = pointColumn(scene, mesh.normalsAttribute);
        column.element = meshElementOf(mesh.normalsInterpolation);
        columns.push_back(column);
    }
    for (const std::string_view name : kMotionNames)
        if (const PropertyId row = scene.findProperty(mesh.prim, name);
            row.valid() && !mesh.points.empty() && scene.property(row).value.count == mesh.points.size())
            columns.push_back(pointColumn(scene, row));
    for (const Primvar& primvar : mesh.primvars) {
        if (primvar.interpolation == Interpolation::Constant || !primvar.wellFormed) continue;
        if (primvar.values.count == 0) continue;
        const RowView rows{bytesOf(primvar.values), primvar.values.elementSize() * primvar.elementSize};
        columns.push_back({primvar.attribute,
                           primvar.indicesAttribute,
                           meshElementOf(primvar.interpolation),
                           {rows, primvar.indices, primvar.indexed}});
    }
    return columns;
}

std::string_view whyTopologyIsTied(const Scene& scene, const Mesh& mesh) {
    if (mesh.flags.animatedPoints) return "animated";
    if (!mesh.flags.validTopology) return "invalid_topology";
    if (mesh.flags.skinned) return "skinned";
    if (mesh.flags.physics)
        for (const TokenId schema : scene.tokenList(scene.prim(mesh.prim).apiSchemas))
            if (scene.text(schema).find("Deformable") != std::string_view::npos) return "deformable";
    if (!mesh.normalsWellFormed) return "malformed_normals";
    for (const Primvar& primvar : mesh.primvars)
        if (const std::string_view problem = primvarProblem(primvar); !problem.empty()) return problem;
    for (const Subset& subset : mesh.subsets)
        if (const std::string_view problem = subsetProblem(scene, subset); !problem.empty()) return problem;
    for (const Property& row : scene.properties(mesh.prim))
        if (const std::string_view problem = propertyProblem(scene, mesh, row); !problem.empty()) return problem;
    return {};
}

std::string_view whyTopologyIsNotEditable(const Scene& scene, const Mesh& mesh) {
    if (const std::string_view reason = whyNotEditable(scene, mesh.prim); !reason.empty()) return reason;
    std::vector<PropertyId> written = {mesh.pointsAttribute, mesh.countsAttribute, mesh.indicesAttribute};
    for (const MeshColumn& column : meshColumns(scene, mesh))
        written.push_back(column.view.indexed ? column.indicesAttribute : column.attribute);
    for (const Subset& subset : mesh.subsets) written.push_back(subset.indicesAttribute);
    for (const std::string_view name : kCreaseNames) written.push_back(scene.findProperty(mesh.prim, name));
    for (const PropertyId row : written) {
        if (!row.valid()) continue;
        if (const std::string_view reason = whyNotEditable(scene, scene.property(row)); !reason.empty()) return reason;
    }
    return {};
}

MeshLabels meshLabels(const Scene& scene, const Mesh& mesh) {
    MeshLabels labels;
    for (const MeshColumn& column : meshColumns(scene, mesh)) {
        std::vector<uint32_t>& of = column.element == MeshElement::face    ? labels.faces
                                    : column.element == MeshElement::point ? labels.points
                                                                           : labels.corners;
        const std::vector<std::byte> dense = column.denseRows();
        const RowView rows{dense, column.view.values.rowBytes};
        if (of.empty()) of.assign(rows.rowCount(), 0);
        refineLabels(of, rows);
    }
    for (const Subset& subset : mesh.subsets) {
        // Nothing is known about its members, and nobody will edit this mesh.
        if (!subsetProblem(scene, subset).empty()) continue;
        const bool ofFaces = scene.text(subset.elementType) == "face";
        refineByMembership(ofFaces ? labels.faces : labels.points, subset.indices,
                           ofFaces ? mesh.faceCount() : mesh.points.size());
    }
    if (!mesh.holeIndices.empty()) refineByMembership(labels.faces, mesh.holeIndices, mesh.faceCount());
    return labels;
}

std::vector<Edit> editMesh(const Scene& scene, const Mesh& mesh, const MeshRemap& remap) {
    return MeshRewrite(scene, mesh, remap).edits();
}

double largestStretch(const Matrix4d& matrix) {
    Eigen::Matrix3d linear;
    for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 3; ++c) linear(r, c) = matrix[static_cast<size_t>(r)][static_cast<size_t>(c)];
    const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(linear * linear.transpose(), Eigen::EigenvaluesOnly);
    return std::sqrt(std::max(0.0, solver.eigenvalues()[2]));
}

}  // namespace usdtune
