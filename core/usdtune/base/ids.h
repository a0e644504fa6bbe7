// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>

namespace usdtune {

/// An index into one table, typed by that table, so that a mesh index never addresses a prim.
/// The default value is invalid.
template <class Tag>
struct Id {
    static constexpr uint32_t kInvalid = std::numeric_limits<uint32_t>::max();
    uint32_t index = kInvalid;

    constexpr Id() = default;
    constexpr explicit Id(size_t i) : index(static_cast<uint32_t>(i)) {}
    constexpr bool valid() const { return index != kInvalid; }
    constexpr explicit operator bool() const { return valid(); }
    friend constexpr auto operator<=>(Id, Id) = default;
};

using TokenId = Id<struct TokenTag>;        ///< an interned string
using PrimId = Id<struct PrimTag>;          ///< a row of Scene::prims
using PropertyId = Id<struct PropertyTag>;  ///< a row of Scene::properties
using MeshId = Id<struct MeshTag>;          ///< a row of Scene::meshes
using MaterialId = Id<struct MaterialTag>;  ///< a row of Scene::materials
using LayerId = Id<struct LayerTag>;        ///< a row of Scene::layers

/// A half-open range of rows.
struct RowRange {
    uint32_t begin = 0;
    uint32_t end = 0;
    constexpr uint32_t size() const { return end - begin; }
    constexpr bool empty() const { return begin == end; }
};

}  // namespace usdtune

template <class Tag>
struct std::hash<usdtune::Id<Tag>> {
    size_t operator()(usdtune::Id<Tag> id) const noexcept { return std::hash<uint32_t>{}(id.index); }
};
