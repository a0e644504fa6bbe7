// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <string>
#include <vector>

#include "usdtune/scene/occurrences.h"

namespace usdtune {

/// The materials that one surface is drawn with, by binding purpose, as network hashes; zero where none is bound.
using MaterialLook = std::array<Hash128, 3>;

/// One occurrence of a prim that a renderer draws or that lights, views or deforms what is drawn.
struct Drawn {
    std::string path;
    PrimId prim;
    Matrix4d world;
    bool visible = true;
    bool animated = false;
    Purpose purpose = Purpose::Default;
    std::vector<PrimId> ancestors;  ///< innermost first
    MaterialLook look;
    std::vector<MaterialLook> subsetLooks;  ///< in the order of Mesh::subsets; nothing for inactive ones
    std::vector<MaterialId> materials;      ///< every material in `look` and `subsetLooks`, for the primvars they read
};

/// Every drawn occurrence in stage order. Grouping prims, materials and shaders are left out: what they contribute
/// (transform, visibility, purpose, binding, primvars) is in the entries below them.
/// `networks` holds one hash per material row, by which materials are told apart.
/// `only`, one flag per row, leaves out what is neither at a flagged row nor below one; empty for all.
std::vector<Drawn> drawnOccurrences(const Scene& scene, std::span<const Hash128> networks,
                                    std::span<const uint8_t> only = {});

/// Whether nobody ever sees it: it, or something above it, is invisible and stays so. A camera is not there to be seen.
bool isHiddenForGood(const Scene& scene, const Drawn& drawn);

/// True for type names that only group or describe others.
bool isStructural(std::string_view typeName);

/// A primvar as a renderer reads it on an occurrence: the prim's own, else the nearest ancestor's constant one.
struct ResolvedPrimvar {
    const Property* values = nullptr;  ///< null when there is none
    Interpolation interpolation = Interpolation::Constant;
    uint32_t elementSize = 1;
    std::span<const int> indices;
    bool indexed = false;
};

ResolvedPrimvar resolvePrimvar(const Scene& scene, const Drawn& drawn, std::string_view name);

}  // namespace usdtune
