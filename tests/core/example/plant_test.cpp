// SPDX-License-Identifier: Apache-2.0
// What was planted is counted again here by looking, so that the truth may judge rules and operations.
#include "usdtune/example/plant.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "usdtune/scene/scene_dump.h"

namespace usdtune::example {
namespace {

using nlohmann::json;
using testing::IsEmpty;

struct Grown {
    json truth;
    ScenePtr scene;
    std::vector<VariantOpinions> variants;
};

Grown grow(uint64_t meshes, uint64_t seed = 1, bool broken = false) {
    Result<Plant> made = makePlant({meshes, seed, broken});
    EXPECT_TRUE(made.ok());
    Plant& plant = made.value();
    return {json::parse(plant.truth), Scene::freeze(std::move(plant.tables)), std::move(plant.variants)};
}

const Grown& grown(uint64_t meshes) {
    static std::map<uint64_t, Grown> known;
    if (!known.contains(meshes)) known[meshes] = grow(meshes);
    return known[meshes];
}

std::string pathOf(const Scene& scene, const Mesh& mesh) { return std::string(scene.path(mesh.prim)); }

using Names = std::set<std::string>;

Names planted(const json& paths) { return paths.get<Names>(); }

template <class Test>
Names meshesWhere(const Scene& scene, Test test) {
    Names out;
    for (const Mesh& mesh : scene.meshes())
        if (test(mesh)) out.insert(pathOf(scene, mesh));
    return out;
}

std::vector<std::vector<int>> facesOf(const Mesh& mesh) {
    std::vector<std::vector<int>> faces;
    size_t corner = 0;
    for (const int count : mesh.faceVertexCounts) {
        faces.emplace_back(mesh.faceVertexIndices.begin() + corner, mesh.faceVertexIndices.begin() + corner + count);
        corner += count;
    }
    return faces;
}

double areaOf(const Mesh& mesh, const std::vector<int>& face) {
    Vec3d sum;
    const Vec3d origin = toDouble(mesh.points[face[0]]);
    for (size_t i = 1; i + 1 < face.size(); ++i)
        sum = sum + cross(toDouble(mesh.points[face[i]]) - origin, toDouble(mesh.points[face[i + 1]]) - origin);
    return length(sum) / 2;
}

uint64_t zeroAreaFaces(const Mesh& mesh) {
    const double size = mesh.localBounds.diagonal();
    uint64_t count = 0;
    for (const auto& face : facesOf(mesh)) count += areaOf(mesh, face) <= 1e-12 * size * size;
    return count;
}

uint64_t repeatedIndexFaces(const Mesh& mesh) {
    uint64_t count = 0;
    for (const auto& face : facesOf(mesh)) count += std::set<int>(face.begin(), face.end()).size() < 3;
    return count;
}

uint64_t duplicateFaces(const Mesh& mesh) {
    std::set<std::multiset<int>> seen;
    uint64_t count = 0;
    for (const auto& face : facesOf(mesh)) count += !seen.insert({face.begin(), face.end()}).second;
    return count;
}

uint64_t isolatedPoints(const Mesh& mesh) {
    const std::set<int> used(mesh.faceVertexIndices.begin(), mesh.faceVertexIndices.end());
    return mesh.points.size() - used.size();
}

// Points are equal when their places are, and their normals and primvars where these are given per point.
uint64_t weldablePoints(const Mesh& mesh) {
    std::set<std::vector<float>> seen;
    for (size_t p = 0; p < mesh.points.size(); ++p) {
        std::vector<float> key(mesh.points[p].v.begin(), mesh.points[p].v.end());
        if (mesh.normalsInterpolation == Interpolation::Vertex && !mesh.normals.empty())
            key.insert(key.end(), mesh.normals[p].v.begin(), mesh.normals[p].v.end());
        for (const Primvar& primvar : mesh.primvars) {
            if (primvar.interpolation != Interpolation::Vertex) continue;
            const size_t width = primvar.elementSize * primvar.values.type.components;
            if (primvar.values.type.element == Element::Float)
                for (size_t i = 0; i < width; ++i)
                    key.push_back(static_cast<const float*>(primvar.values.data)[p * width + i]);
        }
        seen.insert(key);
    }
    return mesh.points.size() - seen.size();
}

/// Distinct values of an unindexed primvar, by bytes.
size_t distinctValues(const Primvar& primvar) {
    std::set<std::string> seen;
    const size_t size = primvar.values.elementSize();
    for (size_t i = 0; i < primvar.values.count; ++i)
        seen.emplace(static_cast<const char*>(primvar.values.data) + i * size, size);
    return seen.size();
}

bool isIndexable(const Scene& scene, const Primvar& primvar) {
    if (primvar.indexed || primvar.interpolation == Interpolation::Constant ||
        scene.text(primvar.name).starts_with("skel:"))
        return false;
    return distinctValues(primvar) < primvar.values.count;
}

/// Everything that two copies share, bytes of points included unless `withPoints` is false.
Hash128 contentHash(const Scene& scene, const Mesh& mesh, bool withPoints) {
    Hasher hasher;
    hasher.hash(mesh.topologyHash);
    if (withPoints) {
        hasher.hash(mesh.pointsHash);
        hasher.span(mesh.normals);
        hasher.value(mesh.normalsInterpolation);
    }
    for (const Primvar& primvar : mesh.primvars) {
        hasher.text(scene.text(primvar.name));
        hasher.value(primvar.interpolation);
        hasher.span(primvar.indices);
        if (withPoints || scene.text(primvar.name) != "normals") hasher.hash(hashValue(primvar.values));
    }
    return hasher.finish();
}

struct Partition {
    size_t groups = 0, surplus = 0, distinct = 0;
};

template <class Key>
Partition partitionOf(const std::map<Key, size_t>& sizes) {
    Partition out;
    for (const auto& [key, size] : sizes) {
        out.distinct += 1;
        out.groups += size > 1;
        out.surplus += size - 1;
    }
    return out;
}

void expectEqual(const Partition& found, const json& told) {
    EXPECT_EQ(found.groups, told["groups"]);
    EXPECT_EQ(found.surplus, told["surplus"]);
    EXPECT_EQ(found.distinct, told["distinct"]);
}

bool emptyGroup(const Scene& scene, PrimId prim) {
    const std::string_view type = scene.typeName(prim);
    if (type != "Xform" && type != "Scope") return false;
    return std::ranges::all_of(scene.children(prim), [&](PrimId child) { return emptyGroup(scene, child); });
}

/// A frame of four far points, as matrix; all of a mesh's kind agree on which points these are.
struct Frame {
    std::array<size_t, 4> corners{};
    Matrix4d matrixOf(std::span<const Vec3f> points) const {
        Matrix4d m;
        const Vec3d origin = toDouble(points[corners[0]]);
        for (size_t r = 0; r < 3; ++r) {
            const Vec3d axis = toDouble(points[corners[r + 1]]) - origin;
            m[r] = {axis[0], axis[1], axis[2], 0};
        }
        m[3] = {origin[0], origin[1], origin[2], 1};
        return m;
    }
};

Frame frameOf(std::span<const Vec3f> points) {
    Frame frame;
    const auto best = [&](auto score) {
        size_t place = 0;
        double most = -1;
        for (size_t i = 0; i < points.size(); ++i)
            if (const double s = score(toDouble(points[i]) - toDouble(points[0])); s > most * (1 + 1e-7))
                most = s, place = i;
        return place;
    };
    const auto axis = [&](size_t i) { return toDouble(points[i]) - toDouble(points[0]); };
    frame.corners[1] = best([](const Vec3d& v) { return dot(v, v); });
    frame.corners[2] = best([&](const Vec3d& v) { return length(cross(axis(frame.corners[1]), v)); });
    const Vec3d normal = cross(axis(frame.corners[1]), axis(frame.corners[2]));
    frame.corners[3] = best([&](const Vec3d& v) { return std::abs(dot(normal, v)); });
    return frame;
}

/// Largest distance between b's points and a's under the affine map of four of them.
double affineDistance(std::span<const Vec3f> a, std::span<const Vec3f> b) {
    if (a.size() != b.size()) return INFINITY;  // points that no face uses do not show in the topology
    const Frame frame = frameOf(a);
    bool ok = false;
    const Matrix4d inverse = inverseAffine(frame.matrixOf(a), ok);
    if (!ok) return 0;
    const Matrix4d map = inverse * frame.matrixOf(b);
    double worst = 0;
    for (size_t i = 0; i < a.size(); ++i)
        worst = std::max(worst, length(map.transformPoint(toDouble(a[i])) - toDouble(b[i])));
    return worst;
}

class PlantOf : public testing::TestWithParam<uint64_t> {
protected:
    const Grown& plant() { return grown(GetParam()); }
    const Scene& scene() { return *plant().scene; }
    const json& counts() { return plant().truth["counts"]; }
    const json& rules() { return plant().truth["rules"]; }
    const json& paths() { return plant().truth["paths"]; }
};

INSTANTIATE_TEST_SUITE_P(Sizes, PlantOf, testing::Values(plantMinimumMeshes(), 200, 1000));

TEST_P(PlantOf, HasExactlyTheMeshesThatWereAskedFor) {
    EXPECT_EQ(scene().meshes().size(), GetParam());
    EXPECT_EQ(counts()["meshes"], GetParam());
    EXPECT_EQ(counts()["prims"], scene().prims().size());
    uint64_t points = 0, faces = 0, corners = 0;
    for (const Mesh& mesh : scene().meshes())
        points += mesh.points.size(), faces += mesh.faceCount(), corners += mesh.cornerCount();
    EXPECT_EQ(counts()["points"], points);
    EXPECT_EQ(counts()["faces"], faces);
    EXPECT_EQ(counts()["corners"], corners);
}

TEST_P(PlantOf, SaysNothingThatContradictsItsSchema) {
    for (const ContentProblem& problem : scene().problems()) ADD_FAILURE() << problem.message;
    for (const Mesh& mesh : scene().meshes()) EXPECT_TRUE(mesh.flags.validTopology) << pathOf(scene(), mesh);
}

TEST_P(PlantOf, ShowsEveryFeature) {
    for (const auto& [key, value] : counts().items()) {
        EXPECT_EQ(value.get<uint64_t>() > 0, key != "instanceables") << key;
        EXPECT_TRUE(plant().truth["meaning"].contains(key)) << key;
    }
    for (const auto& [key, value] : rules().items()) {
        if (!value.contains("count")) continue;
        EXPECT_EQ(value["count"].get<uint64_t>() > 0, key != "composition_missing_ref") << key;
    }
}

TEST_P(PlantOf, FlawedFacesAndPointsAreTheOnesPlanted) {
    const auto check = [&](const char* rows, const char* total, auto count) {
        EXPECT_EQ(meshesWhere(scene(), [&](const Mesh& m) { return count(m) > 0; }), planted(paths()[rows])) << rows;
        uint64_t sum = 0;
        for (const Mesh& mesh : scene().meshes()) sum += count(mesh);
        EXPECT_EQ(sum, counts()[total]) << total;
    };
    check("meshes_with_zero_area_faces", "zero_area_faces", zeroAreaFaces);
    check("meshes_with_repeated_indices", "repeated_index_faces", repeatedIndexFaces);
    check("meshes_with_duplicate_faces", "duplicate_faces", duplicateFaces);
    check("meshes_with_isolated_points", "isolated_points", isolatedPoints);
    uint64_t weldable = 0;
    for (const Mesh& mesh : scene().meshes()) weldable += weldablePoints(mesh);
    EXPECT_EQ(weldable, rules()["vertex_weld"]["points"]);
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return weldablePoints(m) > 0; }),
              planted(rules()["vertex_weld"]["prims"]));
}

TEST_P(PlantOf, DoubledPointsThatHoldAHardEdgeAreNotWeldable) {
    const Names hard = meshesWhere(scene(), [](const Mesh& m) {
        std::set<std::array<float, 3>> places;
        for (const Vec3f& p : m.points) places.insert(p.v);
        return places.size() < m.points.size() && weldablePoints(m) == 0;
    });
    EXPECT_EQ(hard, planted(paths()["meshes_with_hard_edges"]));
}

TEST_P(PlantOf, IndexablePrimvarsSaveBytes) {
    uint64_t count = 0;
    Names where;
    for (const Mesh& mesh : scene().meshes())
        for (const Primvar& primvar : mesh.primvars) {
            EXPECT_TRUE(primvar.wellFormed);
            if (!isIndexable(scene(), primvar)) continue;
            ++count;
            where.insert(pathOf(scene(), mesh));
            // Indexable by any sensible threshold, so that rules may choose theirs.
            EXPECT_LT(distinctValues(primvar) * 2, primvar.values.count) << pathOf(scene(), mesh);
        }
    EXPECT_EQ(count, rules()["primvar_indexability"]["primvars"]);
    EXPECT_EQ(where, planted(rules()["primvar_indexability"]["prims"]));
}

TEST_P(PlantOf, UnusedUvSetsAreReadByNoBoundMaterial) {
    uint64_t sets = 0, indices = 0;
    Names where;
    const auto reads = [&](PrimId prim, std::string_view name) {
        const TokenId material = resolveBinding(scene(), prim, BindingPurpose::AllPurpose);
        if (!material.valid()) return false;
        const MaterialId id = scene().materials().ofPrim[scene().find(material).index];
        const Material& row = scene().materials().rows[id.index];
        return std::ranges::any_of(row.readPrimvars, [&](TokenId read) { return scene().text(read) == name; });
    };
    for (const Mesh& mesh : scene().meshes())
        for (const Primvar& primvar : mesh.primvars) {
            const std::string_view name = scene().text(primvar.name);
            if (!name.starts_with("st") || reads(mesh.prim, name)) continue;
            if (std::ranges::any_of(mesh.subsets, [&](const Subset& subset) { return reads(subset.prim, name); }))
                continue;
            ++sets;
            indices += primvar.indexed;
            where.insert(pathOf(scene(), mesh));
        }
    EXPECT_EQ(sets, rules()["primvar_unused"]["primvars"]);
    EXPECT_EQ(indices, rules()["primvar_unused"]["indices"]);
    EXPECT_EQ(where, planted(rules()["primvar_unused"]["prims"]));
}

TEST_P(PlantOf, ExtentsAreRightExceptWherePlanted) {
    const auto wrong = [](const Mesh& m) {
        return !m.extent.empty() && std::vector(m.extent.begin(), m.extent.end()) != extentOf(m.points);
    };
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.extent.empty(); }),
              planted(paths()["meshes_extent_missing"]));
    EXPECT_EQ(meshesWhere(scene(), wrong), planted(paths()["meshes_extent_wrong"]));
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.localBounds.diagonal() == 0; }),
              planted(rules()["extents_zero"]["prims"]));
    const auto longest = [](const Mesh& m) {
        const Vec3d size = m.localBounds.max - m.localBounds.min;
        return std::max({size[0], size[1], size[2]});
    };
    EXPECT_EQ(meshesWhere(scene(), [&](const Mesh& m) { return longest(m) > 0 && longest(m) < 0.001; }),
              planted(paths()["meshes_tiny"]));
}

TEST_P(PlantOf, MeshKindsAreFlaggedByTheScene) {
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.flags.leftHanded; }),
              planted(paths()["meshes_left_handed"]));
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.flags.subdivided; }),
              planted(paths()["meshes_subdivided"]));
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.flags.skinned; }), planted(paths()["meshes_skinned"]));
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.flags.hasSubsets; }),
              planted(paths()["meshes_with_subsets"]));
    EXPECT_EQ(meshesWhere(scene(), [](const Mesh& m) { return m.flags.anySamples; }),
              planted(paths()["meshes_with_own_samples"]));
    EXPECT_EQ(
        meshesWhere(scene(), [&](const Mesh& m) { return scene().xforms().local[m.prim.index].determinant3() < 0; }),
        planted(paths()["meshes_mirrored_transform"]));
}

TEST_P(PlantOf, FacesLookOutwards) {
    // The signed volume of a closed mesh is positive when its faces look outwards.
    for (const Mesh& mesh : scene().meshes()) {
        if (mesh.localBounds.diagonal() == 0) continue;
        double volume = 0;
        const Vec3d center = mesh.localBounds.center();
        for (const auto& face : facesOf(mesh))
            for (size_t i = 1; i + 1 < face.size(); ++i)
                volume +=
                    dot(toDouble(mesh.points[face[0]]) - center,
                        cross(toDouble(mesh.points[face[i]]) - center, toDouble(mesh.points[face[i + 1]]) - center));
        EXPECT_GT(mesh.flags.leftHanded ? -volume : volume, 0) << pathOf(scene(), mesh);
    }
}

TEST_P(PlantOf, MaterialsGroupByNetwork) {
    std::map<Hash128, size_t> networks;
    for (const Material& material : scene().materials().rows) ++networks[material.networkHash];
    expectEqual(partitionOf(networks), rules()["material_duplicates"]);
    EXPECT_EQ(counts()["materials"], scene().materials().rows.size());
    Names dangling;
    std::set<uint32_t> bound;
    for (const Binding& binding : scene().materials().bindings)
        if (binding.target.valid())
            bound.insert(binding.target.index);
        else
            dangling.insert(std::string(scene().path(binding.prim)));
    EXPECT_EQ(scene().materials().rows.size() - bound.size(), counts()["materials_unbound"]);
    EXPECT_EQ(dangling, planted(rules()["material_dangling_binding"]["prims"]));
}

TEST_P(PlantOf, ExactCopiesHaveEqualBytes) {
    std::map<Hash128, size_t> all;
    for (const Mesh& mesh : scene().meshes()) ++all[contentHash(scene(), mesh, true)];
    expectEqual(partitionOf(all), plant().truth["duplicates"]["exact"]);
}

// Members of an affine group map onto each other within a micrometre, whole groups of one topology stay further apart
// than the tolerance that operations use.
TEST_P(PlantOf, AffineCopiesFitAndNearOnesDoNot) {
    const json& groups = plant().truth["duplicates"]["affine"];
    Names grouped;
    std::map<Hash128, std::vector<const Mesh*>> heads;
    const auto meshAt = [&](const std::string& path) {
        return &scene().meshes()[scene().meshOf(scene().find(path)).index];
    };
    for (const json& group : groups["members"]) {
        const Mesh* head = meshAt(group[0]);
        heads[contentHash(scene(), *head, false)].push_back(head);
        for (const json& path : group) {
            grouped.insert(path);
            const Mesh* member = meshAt(path);
            ASSERT_EQ(member->points.size(), head->points.size()) << path;
            EXPECT_TRUE(std::ranges::equal(member->faceVertexIndices, head->faceVertexIndices)) << path;
            EXPECT_LT(affineDistance(head->points, member->points), 5e-6) << path;
        }
    }
    for (const Mesh& mesh : scene().meshes())
        if (!grouped.contains(pathOf(scene(), mesh))) heads[contentHash(scene(), mesh, false)].push_back(&mesh);
    for (const auto& [topology, rows] : heads)
        for (size_t i = 0; i < rows.size(); ++i)
            for (size_t j = i + 1; j < rows.size(); ++j)
                EXPECT_GT(affineDistance(rows[i]->points, rows[j]->points), 0.0015)
                    << pathOf(scene(), *rows[i]) << " and " << pathOf(scene(), *rows[j]);
}

// Normals of affine copies agree under the inverse transpose; otherwise sharing the mesh would change shading.
TEST_P(PlantOf, NormalsAreUnitVectors) {
    const auto check = [&](const Mesh& mesh, std::span<const Vec3f> normals) {
        for (const Vec3f& n : normals) ASSERT_NEAR(length(n), 1, 1e-5) << pathOf(scene(), mesh);
    };
    for (const Mesh& mesh : scene().meshes()) {
        check(mesh, mesh.normals);
        for (const Primvar& primvar : mesh.primvars)
            if (scene().text(primvar.name) == "normals") check(mesh, primvar.values.as<Vec3f>(Element::Float, 3));
    }
}

TEST_P(PlantOf, EmptyAndInvisibleGroupsAreTheOnesPlanted) {
    Names empty, invisible, animated;
    for (size_t i = 0; i < scene().prims().size(); ++i) {
        const PrimId prim(i), parent = scene().prim(prim).parent;
        if (emptyGroup(scene(), prim) && !(parent.valid() && emptyGroup(scene(), parent)))
            empty.insert(std::string(scene().path(prim)));
        const PropertyId visibility = scene().findProperty(prim, "visibility");
        if (visibility.valid() && scene().textOf(scene().property(visibility).value) == "invisible")
            invisible.insert(std::string(scene().path(prim)));
        for (const Property& property : scene().properties(prim))
            if (!property.samples.empty()) animated.insert(std::string(scene().path(prim)));
    }
    EXPECT_EQ(empty, planted(rules()["structure_empty_leaf"]["prims"]));
    EXPECT_EQ(invisible, planted(rules()["structure_invisible"]["prims"]));
    EXPECT_EQ(animated, planted(paths()["animated_prims"]));
}

TEST_P(PlantOf, TargetsLeadSomewhereExceptWherePlanted) {
    Names lost, emptyTargets;
    for (const Property& property : scene().properties()) {
        if (!property.flags.relationship) continue;
        for (const TokenId target : scene().tokenList(property.targets)) {
            const PrimId prim = scene().find(target);
            if (!prim.valid())
                lost.insert(std::string(scene().path(property.prim)));
            else if (emptyGroup(scene(), prim))
                emptyTargets.insert(std::string(scene().text(target)));
        }
    }
    EXPECT_EQ(lost, planted(rules()["material_dangling_binding"]["prims"]));
    EXPECT_EQ(emptyTargets, planted(rules()["structure_empty_leaf"]["targeted"]["prims"]));
}

TEST_P(PlantOf, HiddenPartsLieInsideTheirHousing) {
    for (const char* key : {"meshes_inside_opaque", "meshes_inside_glass"})
        for (const json& path : paths()[key]) {
            const std::string name = path.get<std::string>();
            const std::string cabinet = name.substr(0, name.find("/Interior/"));
            const PrimId shell =
                scene().find(cabinet + (std::string_view(key) == "meshes_inside_opaque" ? "/Housing" : "/Tray"));
            ASSERT_TRUE(shell.valid()) << name;
            const Mesh& outer = scene().meshes()[scene().meshOf(shell).index];
            const Mesh& inner = scene().meshes()[scene().meshOf(scene().find(name)).index];
            // Both stand in the cabinet's own space.
            const Matrix4d& place = scene().xforms().local[inner.prim.index];
            for (const Vec3f& p : inner.points) {
                const Vec3d q = place.transformPoint(toDouble(p));
                for (size_t i = 0; i < 3; ++i) {
                    ASSERT_GT(q[i], outer.localBounds.min[i]) << name;
                    ASSERT_LT(q[i], outer.localBounds.max[i]) << name;
                }
            }
        }
}

TEST(Plant, IsDeterministic) {
    const Grown first = grow(400, 7), second = grow(400, 7), other = grow(400, 8);
    EXPECT_EQ(first.truth, second.truth);
    EXPECT_EQ(sceneDump(*first.scene), sceneDump(*second.scene));
    EXPECT_NE(sceneDump(*first.scene), sceneDump(*other.scene));
}

TEST(Plant, KeepsTheMixAtEverySize) {
    const json &small = grown(200).truth["counts"], &large = grown(1000).truth["counts"];
    for (const char* key : {"meshes_baked", "meshes_with_subsets", "meshes_inside_opaque", "meshes_tiny",
                            "variant_sets", "animated_prims", "invisible"})
        EXPECT_EQ(5 * small[key].get<uint64_t>(), large[key]) << key;
}

TEST(Plant, HasAnyNumberOfMeshesFromTheMinimumOn) {
    for (const uint64_t meshes : {plantMinimumMeshes(), uint64_t{199}, uint64_t{201}, uint64_t{377}, uint64_t{5001}}) {
        Result<Plant> made = makePlant({meshes, 3});
        ASSERT_TRUE(made.ok());
        EXPECT_EQ(made.value().planted.meshes.size(), meshes);
    }
}

TEST(Plant, RefusesFewerMeshesThanItsFeaturesNeed) {
    const Result<Plant> made = makePlant({plantMinimumMeshes() - 1, 1});
    ASSERT_FALSE(made.ok());
    EXPECT_THAT(made.error(), testing::HasSubstr(std::to_string(plantMinimumMeshes())));
}

TEST(Plant, HasABrokenReferenceOnRequestOnly) {
    EXPECT_EQ(grown(200).truth["rules"]["composition_missing_ref"]["count"], 0);
    EXPECT_EQ(grow(200, 1, true).truth["rules"]["composition_missing_ref"]["count"], 1);
}

TEST(Plant, ListsPathsOfSmallPlantsOnly) {
    EXPECT_TRUE(grown(200).truth.contains("paths"));
    EXPECT_FALSE(grow(kPathListLimit + 1).truth.contains("paths"));
}

TEST(Plant, VariantsChangeABindingAndAVisibility) {
    const Grown& plant = grown(200);
    ASSERT_EQ(plant.variants.size(), 3u);
    std::vector<std::string> changes;
    for (const VariantOpinions& row : plant.variants)
        for (const Edit& edit : row.edits) changes.emplace_back(plant.scene->text(edit.name));
    EXPECT_THAT(changes, testing::IsSupersetOf({"material:binding", "visibility"}));
    for (const TokenId target : plant.scene->tables().latentTargets) EXPECT_TRUE(plant.scene->find(target).valid());
}

}  // namespace
}  // namespace usdtune::example
