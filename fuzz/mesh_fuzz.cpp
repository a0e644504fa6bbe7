// SPDX-License-Identifier: Apache-2.0
//
// Any counts, indices and points: what `validateTopology` lets through, the kernels take, and what they give is again a
// good mesh whose primvars can follow. Points lie on a coarse grid, so that equal ones are common.
#include <array>
#include <limits>
#include <vector>

#include "input.h"
#include "usdtune/mesh/cleanup.h"
#include "usdtune/mesh/triangulate.h"
#include "usdtune/mesh/weld.h"

using namespace usdtune;
using fuzz::demand;

namespace {

float coordinate(uint8_t byte) {
    static constexpr std::array<float, 4> odd = {std::numeric_limits<float>::quiet_NaN(),
                                                 std::numeric_limits<float>::infinity(), -0.0f, 3e38f};
    return byte < 252 ? static_cast<float>(byte % 7) - 3 : odd[byte - 252u];
}

void checkRemap(const MeshRemap& remap, const TopologyView& before, const std::vector<Vec3f>& points) {
    demand(validateTopology(remap.topology()).ok(), "a remap leads to a good mesh");
    demand(remap.pointOf.size() == before.pointCount, "every old point has a fate");
    demand(remap.faceOf.size() == before.faceCount(), "every old face has a fate");
    const auto moved = applyRemap<Vec3f>(remap, MeshElement::point, points);
    demand(moved && moved->size() == remap.newCount(MeshElement::point), "points follow");
    const std::vector<int> corners(before.indices.begin(), before.indices.end());
    const auto values = applyRemap<int>(remap, MeshElement::corner, corners);
    demand(values && values->size() == remap.newCount(MeshElement::corner), "face-varying values follow");
    const auto faces =
        applyRemap<int>(remap, MeshElement::face, std::vector<int>(before.counts.begin(), before.counts.end()));
    demand(faces && faces->size() == remap.newCount(MeshElement::face), "uniform values follow");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    fuzz::Input input(data, size);
    const uint8_t switches = input.byte(), more = input.byte();
    std::vector<Vec3f> points(input.below(40));
    for (Vec3f& point : points)
        for (size_t axis = 0; axis < 3; ++axis) point[axis] = coordinate(input.byte());
    std::vector<int> counts, indices;
    while (!input.empty() && counts.size() < 64) {
        const uint8_t word = input.byte();
        counts.push_back(word == 255 ? -1 : word % 7);
        for (int corner = 0; corner < counts.back(); ++corner) {
            const uint8_t index = input.byte();
            indices.push_back(index == 255 ? -1 : index % 41);
        }
    }
    const TopologyView topology{counts, indices, points.size()};
    if (!validateTopology(topology).ok()) return 0;

    CleanupOptions options;
    options.tolerance = (switches & 1) != 0 ? 0.5f : 0;
    options.mergeBoundaries = (switches & 2) != 0;
    options.mergeNeighbors = (switches & 4) != 0;
    options.contractDegenerateEdges = (switches & 8) != 0;
    options.removeDegenerateFaces = (switches & 16) != 0;
    options.removeDuplicateFaces = (switches & 32) != 0;
    options.reversedAreDuplicates = (switches & 64) != 0;
    options.removeIsolatedPoints = (switches & 128) != 0;
    options.coorientFaces = (more & 1) != 0;
    options.makeManifold = (more & 2) != 0;

    std::vector<uint32_t> welded(points.size());
    const size_t remaining = weldRemap(welded, points, options.tolerance);
    demand(remaining <= points.size(), "welding makes no points");
    checkRemap(fromPointRemap(topology, welded, remaining), topology, points);

    const MeshRemap triangles = triangulate(points, topology);
    checkRemap(triangles, topology, points);
    for (const int count : triangles.counts) demand(count <= 3, "triangles have three corners");

    const Cleanup cleaned = cleanupMesh(points, topology, options);
    checkRemap(cleaned.remap, topology, points);
    const auto left = applyRemap<Vec3f>(cleaned.remap, MeshElement::point, points).value();
    checkRemap(compose(cleaned.remap, triangulate(left, cleaned.remap.topology())), topology, points);
    return 0;
}
