// SPDX-License-Identifier: Apache-2.0
//
// One grid per power of two of ε, because a city and its bolts have no cell size in common. Set aside: hashing the
// points (welding, cleaning and instancing change them while the surface stays), and one grid as coarse as the largest
// ε (one terrain puts all bolts into one cell).
#include "usdtune/verify/twins.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <tuple>
#include <unordered_map>

#include "usdtune/base/hash.h"

namespace usdtune {

namespace {

struct Box {
    Vec3d low, high;
    double epsilon = 0;
    bool finite = true;
    Vec3d center() const { return (low + high) * 0.5; }
};

double largest(const Vec3d& v) { return std::max({std::abs(v[0]), std::abs(v[1]), std::abs(v[2])}); }

/// Of the points that faces use, in the world; of everything else, where its transform puts it.
Box boxOf(const Scene& scene, const Drawn& drawn) {
    Box box;
    const Vec3d origin = drawn.world.transformPoint(Vec3d{0, 0, 0});
    box.low = box.high = origin;
    const MeshId id = scene.meshOf(drawn.prim);
    if (id.valid() && scene.meshes()[id.index].flags.validTopology) {
        const Mesh& mesh = scene.meshes()[id.index];
        bool first = true;
        for (const int index : mesh.faceVertexIndices) {
            const Vec3d p = drawn.world.transformPoint(toDouble(mesh.points[static_cast<size_t>(index)]));
            if (!std::isfinite(largest(p))) continue;
            for (size_t axis = 0; axis < 3; ++axis) {
                box.low[axis] = first ? p[axis] : std::min(box.low[axis], p[axis]);
                box.high[axis] = first ? p[axis] : std::max(box.high[axis], p[axis]);
            }
            first = false;
        }
        box.epsilon = surfaceEpsilon(mesh, drawn.world);
    }
    const double size = std::max(largest(box.low), largest(box.high));
    box.finite = std::isfinite(size) && std::isfinite(box.epsilon);
    // Below float64's own noise nothing can be told apart.
    box.epsilon = std::max(box.epsilon, 1e-12 * std::max(1.0, size));
    return box;
}

using Cell = std::array<int64_t, 3>;
struct CellHash {
    size_t operator()(const Cell& cell) const { return static_cast<size_t>(hashBytes(cell.data(), sizeof(Cell)).low); }
};

class Grid {
public:
    Grid(double epsilon, const std::vector<Box>& boxes) : size_(4 * epsilon) {
        for (size_t i = 0; i < boxes.size(); ++i)
            if (boxes[i].finite) cells_[cellOf(boxes[i].center())].push_back(i);
    }

    template <class Visit>
    void around(const Vec3d& center, double reach, const Visit& visit) const {
        const Cell from = cellOf(center - Vec3d{reach, reach, reach}), to = cellOf(center + Vec3d{reach, reach, reach});
        for (int64_t x = from[0]; x <= to[0]; ++x)
            for (int64_t y = from[1]; y <= to[1]; ++y)
                for (int64_t z = from[2]; z <= to[2]; ++z)
                    if (const auto found = cells_.find({x, y, z}); found != cells_.end())
                        for (const size_t i : found->second) visit(i);
    }

private:
    Cell cellOf(const Vec3d& p) const {
        Cell cell;
        for (size_t axis = 0; axis < 3; ++axis)
            cell[axis] = static_cast<int64_t>(std::clamp(std::floor(p[axis] / size_), -9e18, 9e18));
        return cell;
    }
    double size_;
    std::unordered_map<Cell, std::vector<size_t>, CellHash> cells_;
};

std::string_view lastName(const Drawn& drawn) { return std::string_view(drawn.path).substr(drawn.path.rfind('/') + 1); }

Hash128 arraysOf(const Scene& scene, const Drawn& drawn) {
    const MeshId id = scene.meshOf(drawn.prim);
    return id.valid() ? scene.meshes()[id.index].pointsHash : Hash128{};
}

}  // namespace

std::vector<std::pair<size_t, size_t>> findTwins(const TwinPool& a, const TwinPool& b, double tolerance,
                                                 const std::function<bool(size_t, size_t)>& accept) {
    std::vector<std::pair<size_t, size_t>> pairs;
    if (a.rows.empty() || b.rows.empty()) return pairs;
    std::vector<Box> boxes;
    boxes.reserve(b.rows.size());
    for (const size_t row : b.rows) boxes.push_back(boxOf(b.scene, b.drawn[row]));
    std::vector<uint8_t> taken(b.rows.size(), 0);
    std::map<int, Grid> grids;

    using Rank = std::tuple<bool, bool, bool, double, size_t>;
    std::vector<Rank> candidates;
    for (const size_t row : a.rows) {
        const Drawn& mine = a.drawn[row];
        const Box box = boxOf(a.scene, mine);
        if (!box.finite) continue;
        const double epsilon = box.epsilon + tolerance;
        const int exponent = std::ilogb(epsilon) + 1;
        const auto grid = grids.try_emplace(exponent, std::ldexp(1.0, exponent), boxes).first;
        candidates.clear();
        grid->second.around(box.center(), epsilon, [&](size_t i) {
            if (taken[i] != 0) return;
            const double distance = std::max(largest(box.low - boxes[i].low), largest(box.high - boxes[i].high));
            const Drawn& theirs = b.drawn[b.rows[i]];
            if (distance > epsilon || a.scene.typeName(mine.prim) != b.scene.typeName(theirs.prim)) return;
            candidates.emplace_back(mine.look != theirs.look, arraysOf(a.scene, mine) != arraysOf(b.scene, theirs),
                                    lastName(mine) != lastName(theirs), distance, i);
        });
        const size_t asked = std::min(candidates.size(), kTwinsAsked);
        std::partial_sort(candidates.begin(), candidates.begin() + static_cast<ptrdiff_t>(asked), candidates.end());
        for (size_t k = 0; k < asked; ++k) {
            const size_t i = std::get<size_t>(candidates[k]);
            if (!accept(row, b.rows[i])) continue;
            taken[i] = 1;
            pairs.emplace_back(row, b.rows[i]);
            break;
        }
    }
    return pairs;
}

}  // namespace usdtune
