// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/authored_mesh.h"

#include <algorithm>
#include <array>
#include <bit>
#include <map>
#include <numeric>

#include "usdtune/example/placement.h"

namespace usdtune::example {

namespace {

/// A mesh on its way from shape to bytes.
struct Draft {
    std::vector<Vec3f> points;
    std::vector<int> counts, indices;
    std::vector<Vec3f> cornerNormals;
    std::vector<Vec2f> cornerSt;
};

template <class T>
Value array(SceneBuilder& memory, Element element, uint8_t components, const std::vector<T>& elements) {
    return memory.copy({element, components, true}, elements.data(), elements.size());
}

// Adding zero turns -0 into 0, so that equal numbers are equal bytes.
Vec3f rounded(const Vec3d& p) {
    Vec3f out = toFloat(p);
    for (float& x : out.v) x += 0.0f;
    return out;
}

const Shape& shapeOf(Part part) {
    static std::array<Shape, static_cast<size_t>(Part::Count)> shapes = [] {
        std::array<Shape, static_cast<size_t>(Part::Count)> made;
        for (size_t i = 0; i < made.size(); ++i) {
            made[i] = descriptorOf(static_cast<Part>(i)).make();
            shade(made[i]);
        }
        return made;
    }();
    return shapes[static_cast<size_t>(part)];
}

Draft draftOf(const Recipe& recipe, const Matrix4d& bake) {
    const Shape& shape = shapeOf(recipe.part);
    const Matrix4d place = scaling(descriptorOf(recipe.part).sizes[recipe.size]) * bake;
    bool invertible = false;
    const Matrix4d inverse = inverseAffine(place, invertible);
    Draft draft{.points = {},
                .counts = shape.counts,
                .indices = shape.indices,
                .cornerNormals = {},
                .cornerSt = shape.cornerSt};
    for (const Vec3d& p : shape.points) draft.points.push_back(rounded(place.transformPoint(p)));
    for (const Vec3d& n : shape.cornerNormals) {
        // Normals go with the inverse transpose. They are not averaged anew: copies of one shape must stay affine
        // copies, normals included.
        Vec3d out;
        for (size_t c = 0; c < 3; ++c) out[c] = n[0] * inverse[c][0] + n[1] * inverse[c][1] + n[2] * inverse[c][2];
        draft.cornerNormals.push_back(rounded(out * (1 / length(out))));
    }
    return draft;
}

void addFace(Draft& draft, std::initializer_list<int> corners) {
    draft.counts.push_back(static_cast<int>(corners.size()));
    draft.indices.insert(draft.indices.end(), corners);
    for (size_t i = 0; i < corners.size(); ++i) {
        draft.cornerNormals.push_back(draft.cornerNormals.front());
        draft.cornerSt.push_back(draft.cornerSt.front());
    }
}

// Flaws are planted into box-like parts only: their edges run along one axis, so the area of the flat triangle is
// zero to the last bit.
void plant(Flaw flaw, Draft& draft, MeshFacts& facts) {
    const int a = draft.indices[0], b = draft.indices[1];
    if (flaw == Flaw::ZeroAreaFace) {
        draft.points.push_back((draft.points[a] + draft.points[b]) * 0.5f);
        addFace(draft, {a, static_cast<int>(draft.points.size()) - 1, b});
        facts.zeroAreaFaces += 1;
    } else if (flaw == Flaw::RepeatedIndex) {
        addFace(draft, {a, b, b});
        facts.zeroAreaFaces += 1;
        facts.repeatedIndexFaces += 1;
    } else if (flaw == Flaw::DuplicateFace) {
        addFace(draft, {a, b, draft.indices[2], draft.indices[3]});
        facts.duplicateFaces += 1;
    } else if (flaw == Flaw::IsolatedPoints) {
        for (const float x : {0.125f, 0.15625f, 0.1875f}) draft.points.push_back({{x, 0.03125f, 0.03125f}});
        facts.isolatedPoints += 3;
    }
}

void windOtherWay(Draft& draft) {
    size_t corner = 0;
    for (const int count : draft.counts) {
        const auto turn = [&](auto& values) { std::reverse(values.begin() + corner, values.begin() + corner + count); };
        turn(draft.indices);
        turn(draft.cornerNormals);
        turn(draft.cornerSt);
        corner += static_cast<size_t>(count);
    }
}

// One point per corner, as converters do that know triangles only.
void explode(Draft& draft, MeshFacts& facts) {
    std::vector<Vec3f> points;
    for (const int i : draft.indices) points.push_back(draft.points[i]);
    facts.weldablePoints += static_cast<uint32_t>(points.size() - draft.points.size());
    draft.points = std::move(points);
    std::iota(draft.indices.begin(), draft.indices.end(), 0);
}

// One point per pair of place and normal.
std::vector<Vec3f> splitAlongHardEdges(Draft& draft, MeshFacts& facts) {
    std::map<std::array<uint32_t, 4>, int> known;
    std::vector<Vec3f> points, normals;
    for (size_t corner = 0; corner < draft.indices.size(); ++corner) {
        const Vec3f& n = draft.cornerNormals[corner];
        const std::array<uint32_t, 4> key = {static_cast<uint32_t>(draft.indices[corner]),
                                             std::bit_cast<uint32_t>(n[0]), std::bit_cast<uint32_t>(n[1]),
                                             std::bit_cast<uint32_t>(n[2])};
        const auto [place, isNew] = known.try_emplace(key, static_cast<int>(points.size()));
        if (isNew) {
            points.push_back(draft.points[draft.indices[corner]]);
            normals.push_back(n);
        }
        draft.indices[corner] = place->second;
    }
    facts.hardEdgePoints += static_cast<uint32_t>(points.size() - draft.points.size());
    draft.points = std::move(points);
    return normals;
}

/// Values in first-seen order, and an index per corner.
template <class V>
std::vector<int> indexed(std::vector<V>& values) {
    std::map<std::array<float, sizeof(V) / sizeof(float)>, int> known;
    std::vector<V> unique;
    std::vector<int> indices;
    for (const V& v : values) {
        const auto [place, isNew] = known.try_emplace(v.v, static_cast<int>(unique.size()));
        if (isNew) unique.push_back(v);
        indices.push_back(place->second);
    }
    values = std::move(unique);
    return indices;
}

void writeNormals(Draft& draft, SceneBuilder& memory, AuthoredMesh& mesh) {
    switch (mesh.style.normals) {
        case NormalsStyle::None:
            return;
        case NormalsStyle::PrimvarIndexed:
            mesh.normalIndices = array(memory, Element::Int, 1, indexed(draft.cornerNormals));
            break;
        case NormalsStyle::PrimvarFlat:
            mesh.facts.indexablePrimvars += 1;
            break;
        default:
            break;
    }
    mesh.normals = array(memory, Element::Float, 3, draft.cornerNormals);
}

void writeUvs(Draft& draft, SceneBuilder& memory, AuthoredMesh& mesh) {
    if (mesh.style.uvSets == 0) return;
    mesh.facts.uvSets = mesh.style.uvSets;
    if (mesh.style.uvIndexed)
        mesh.stIndices = array(memory, Element::Int, 1, indexed(draft.cornerSt));
    else
        mesh.facts.indexablePrimvars += mesh.style.uvSets;
    mesh.st = array(memory, Element::Float, 2, draft.cornerSt);
}

}  // namespace

uint64_t Recipe::key() const {
    return static_cast<uint64_t>(part) << 32 | static_cast<uint64_t>(size) << 16 | static_cast<uint64_t>(near) << 8 |
           static_cast<uint64_t>(flaw) << 4 | static_cast<uint64_t>(leftHanded) << 1 |
           static_cast<uint64_t>(secondExporter);
}

std::vector<Vec3f> extentOf(std::span<const Vec3f> points) {
    std::vector<Vec3f> extent = {points.front(), points.front()};
    for (const Vec3f& p : points)
        for (size_t i = 0; i < 3; ++i) {
            extent[0][i] = std::min(extent[0][i], p[i]);
            extent[1][i] = std::max(extent[1][i], p[i]);
        }
    return extent;
}

AuthoredMesh writeMesh(const Recipe& recipe, const Matrix4d& bake, SceneBuilder& memory) {
    AuthoredMesh mesh;
    mesh.style = descriptorOf(recipe.part).style;
    mesh.leftHanded = recipe.leftHanded != (bake.determinant3() < 0);
    Draft draft = draftOf(recipe, bake);
    // The odd point of a near duplicate leaves along a diagonal, so that no affine map explains it.
    if (recipe.near != 0) {
        Vec3f& p = draft.points[draft.points.size() * recipe.near / (kNearVariants + 1)];
        p = p + Vec3f{{0.6f, 0.48f, 0.64f}} * static_cast<float>(kNearOffset);
    }
    plant(recipe.flaw, draft, mesh.facts);
    if (recipe.leftHanded) windOtherWay(draft);
    if (recipe.secondExporter) {
        mesh.style.exploded = true;
        if (mesh.style.normals == NormalsStyle::VertexSplit) mesh.style.normals = NormalsStyle::FaceVarying;
    }
    if (mesh.style.exploded) explode(draft, mesh.facts);
    if (mesh.style.normals == NormalsStyle::VertexSplit) draft.cornerNormals = splitAlongHardEdges(draft, mesh.facts);
    if (recipe.part == Part::Collapsed) {
        mesh.facts.weldablePoints = static_cast<uint32_t>(draft.points.size()) - 1;
        mesh.facts.zeroAreaFaces = 1;
    }

    mesh.points = array(memory, Element::Float, 3, draft.points);
    mesh.counts = array(memory, Element::Int, 1, draft.counts);
    mesh.indices = array(memory, Element::Int, 1, draft.indices);
    mesh.extent = array(memory, Element::Float, 3, extentOf(draft.points));
    mesh.facts.points = static_cast<uint32_t>(draft.points.size());
    mesh.facts.faces = static_cast<uint32_t>(draft.counts.size());
    mesh.facts.corners = static_cast<uint32_t>(draft.indices.size());
    writeNormals(draft, memory, mesh);
    writeUvs(draft, memory, mesh);
    mesh.cage = std::move(draft.points);
    return mesh;
}

}  // namespace usdtune::example
