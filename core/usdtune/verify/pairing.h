// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/scene/networks.h"
#include "usdtune/verify/drawn.h"

namespace usdtune {

class PathMapping;

/// An occurrence of A and the one of B that stands for it, as rows of what `drawnOccurrences` gave.
struct DrawnPair {
    size_t a;
    size_t b;
};

/// Which occurrences of two scenes belong together, one to one.
struct DrawnPairing {
    std::vector<DrawnPair> pairs;  ///< by row of A
    std::vector<size_t> left;      ///< of A, without a partner; ascending
    std::vector<uint8_t> taken;    ///< of B: has a partner

    void take(const DrawnPair& pair) {
        taken[pair.b] = 1;
        pairs.push_back(pair);
    }
};

/// Pairs by path through the mapping. Instances of a point instancer share a path: first comes to first, second to
/// second. O(n).
DrawnPairing pairByPath(const std::vector<Drawn>& a, const std::vector<Drawn>& b, const PathMapping& mapping);

/// Pairs what has no partner with the content of an instance that took its place, where exactly one thing is drawn in
/// it. The pairs are not in order of A's rows afterwards.
void pairInstanceContents(const std::vector<Drawn>& a, const std::vector<Drawn>& b, DrawnPairing& pairing);

/// One hash per material row, by which materials are told apart: the network, with textures named by `naming`.
std::vector<Hash128> networksAsNamed(const Scene& scene, const AssetNaming& naming, const Context& context);

/// `/A/B` and `/A` are at or below `/A`.
bool primIsAtOrBelow(std::string_view path, std::string_view root);

}  // namespace usdtune
