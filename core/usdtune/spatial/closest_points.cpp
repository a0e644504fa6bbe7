// SPDX-License-Identifier: Apache-2.0
//
// Many closest-point queries at once: ordered along a Morton curve (Morton, 1966) so that neighbours in the list are
// neighbours in space, cut into blocks of one size whatever the number of threads, each query starting from the
// triangle that the one before it found.
#include <algorithm>
#include <array>
#include <bit>

#include "usdtune/base/assert.h"
#include "usdtune/base/parallel.h"
#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {

namespace {

constexpr size_t kBlock = 512;
constexpr uint32_t kSteps = (1u << 21) - 1;

/// The low 21 bits, two zeros after each.
uint64_t spread(uint64_t v) {
    v = (v | v << 32) & 0x001F00000000FFFFull;
    v = (v | v << 16) & 0x001F0000FF0000FFull;
    v = (v | v << 8) & 0x100F00F00F00F00Full;
    v = (v | v << 4) & 0x10C30C30C30C30C3ull;
    return (v | v << 2) & 0x1249249249249249ull;
}

struct Ordered {
    uint64_t code;
    uint32_t query;
};

/// Least significant digit first, so equal codes stay in order of queries.
void sortByCode(std::vector<Ordered>& rows) {
    constexpr size_t kBits = 11, kBuckets = size_t{1} << kBits;
    std::vector<Ordered> other(rows.size());
    // The upper 44 of 63 bits tell queries apart well enough: what is left in one cell stays in the order given.
    for (size_t shift = 63 - 4 * kBits; shift < 63; shift += kBits) {
        std::array<size_t, kBuckets + 1> begin{};
        for (const Ordered& row : rows) ++begin[((row.code >> shift) & (kBuckets - 1)) + 1];
        for (size_t i = 0; i < kBuckets; ++i) begin[i + 1] += begin[i];
        for (const Ordered& row : rows) other[begin[(row.code >> shift) & (kBuckets - 1)]++] = row;
        rows.swap(other);
    }
}

std::vector<Ordered> mortonOrder(std::span<const Vec3d> queries, const Context& context) {
    Bounds box;
    for (const Vec3d& query : queries)
        if (isFinite(query)) box.add(query);
    std::vector<Ordered> out(queries.size());
    const Vec3d size = box.empty() ? Vec3d{} : box.max - box.min;
    const double longest = std::max({size[0], size[1], size[2]});
    const double scale = longest > 0 ? kSteps / longest : 0;
    parallelFor(
        context, queries.size(),
        [&](size_t i) {
            uint64_t code = 0;
            for (size_t c = 0; c < 3 && isFinite(queries[i]); ++c)
                code |= spread(static_cast<uint64_t>((queries[i][c] - box.min[c]) * scale)) << c;
            out[i] = {code, static_cast<uint32_t>(i)};
        },
        8192);
    sortByCode(out);
    return out;
}

}  // namespace

void TriangleBvh::closestPoints(std::span<const Vec3d> queries, std::span<Closest> out, const Context& context) const {
    USDTUNE_ASSERT(queries.size() == out.size(), "every query has a place for its answer");
    const std::vector<Ordered> order = mortonOrder(queries, context);
    parallelFor(
        context, (order.size() + kBlock - 1) / kBlock,
        [&](size_t block) {
            uint32_t near = kNone;
            const size_t end = std::min(order.size(), (block + 1) * kBlock);
            for (size_t i = block * kBlock; i < end; ++i) {
                const uint32_t query = order[i].query;
                out[query] = closestFrom(queries[query], near);
                if (out[query].triangle != kNone) near = out[query].triangle;
            }
        },
        1);
}

}  // namespace usdtune
