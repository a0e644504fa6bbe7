// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "usdtune/scene/rows.h"

namespace usdtune::scene_file {

/// Flags as numbers, bit by bit: how a compiler lays out bit-fields is its own affair.
inline uint32_t packFlags(const PrimFlags& f) {
    return uint32_t{f.active} | uint32_t{f.defined} << 1 | uint32_t{f.abstract} << 2 | uint32_t{f.loaded} << 3 |
           uint32_t{f.instanceable} << 4 | uint32_t{f.instance} << 5 | uint32_t{f.prototypeRoot} << 6 |
           uint32_t{f.inPrototype} << 7 | uint32_t{f.editable} << 8 | uint32_t{f.hasArcs} << 9 |
           uint32_t{f.latentOpinions} << 10 | uint32_t{f.opaque} << 11;
}

inline PrimFlags unpackPrimFlags(uint32_t bits) {
    const auto bit = [bits](int i) { return (bits >> i & 1u) != 0; };
    PrimFlags f;
    f.active = bit(0);
    f.defined = bit(1);
    f.abstract = bit(2);
    f.loaded = bit(3);
    f.instanceable = bit(4);
    f.instance = bit(5);
    f.prototypeRoot = bit(6);
    f.inPrototype = bit(7);
    f.editable = bit(8);
    f.hasArcs = bit(9);
    f.latentOpinions = bit(10);
    f.opaque = bit(11);
    return f;
}
constexpr uint32_t kPrimFlagCount = 12;

inline uint32_t packFlags(const PropertyFlags& f) {
    return uint32_t{f.relationship} | uint32_t{f.custom} << 1 | uint32_t{f.uniform} << 2 | uint32_t{f.blocked} << 3 |
           uint32_t{f.animated} << 4 | uint32_t{f.editable} << 5 | uint32_t{f.opaque} << 6 |
           uint32_t{f.mismatched} << 7;
}

inline PropertyFlags unpackPropertyFlags(uint32_t bits) {
    const auto bit = [bits](int i) { return (bits >> i & 1u) != 0; };
    PropertyFlags f;
    f.relationship = bit(0);
    f.custom = bit(1);
    f.uniform = bit(2);
    f.blocked = bit(3);
    f.animated = bit(4);
    f.editable = bit(5);
    f.opaque = bit(6);
    f.mismatched = bit(7);
    return f;
}
constexpr uint32_t kPropertyFlagCount = 8;

}  // namespace usdtune::scene_file
