// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "usdtune/mesh/topology.h"

namespace usdtune {

/// "No new element": a point, face or corner that the result no longer has.
inline constexpr uint32_t kRemoved = 0xFFFFFFFFu;

/// What a value of a primvar belongs to. USD's interpolations map onto it one to one, except that `vertex` and
/// `varying` are both `point`: constant → whole, uniform → face, vertex and varying → point, faceVarying → corner.
enum class MeshElement : uint8_t { whole, face, point, corner };

/// A change of topology: the new mesh, and for each of its points, faces and corners the old one whose values it takes.
///
/// Points may merge (several old points share one `pointOf`), vanish (kRemoved) and split (several new points have the
/// same `pointSource`; `pointOf` then names the first). Faces may vanish and split likewise. The order of corners in a
/// face may change: a reversed face is one whose `cornerSource` runs backwards.
struct MeshRemap {
    std::vector<uint32_t> pointOf;       ///< old point → new point, or kRemoved
    std::vector<uint32_t> pointSource;   ///< new point → old point whose values it takes
    std::vector<uint32_t> faceOf;        ///< old face → new face, or kRemoved
    std::vector<uint32_t> faceSource;    ///< new face → old face
    std::vector<uint32_t> cornerSource;  ///< new corner → old corner
    std::vector<int> counts;             ///< the new faceVertexCounts
    std::vector<int> indices;            ///< the new faceVertexIndices
    size_t oldCornerCount = 0;

    TopologyView topology() const { return {counts, indices, pointSource.size()}; }
    /// True when the new mesh is the old one, element by element.
    bool isIdentity() const;
    /// How many values a primvar on `element` has before and after.
    size_t oldCount(MeshElement element) const;
    size_t newCount(MeshElement element) const;
};

// ---- Builders. The caller guarantees a topology that passed validateTopology. All O(n).

MeshRemap identityRemap(const TopologyView& topology);

/// Moves points and leaves every face and corner in place. `pointOf` has one entry per point: below `newPointCount`,
/// or kRemoved for a point that no face uses. Every new point takes the values of the first old one that maps to it;
/// the caller leaves no gaps.
MeshRemap fromPointRemap(const TopologyView& topology, std::span<const uint32_t> pointOf, size_t newPointCount);

/// Keeps the faces whose entry in `keepFace` is not 0, in order, and all points.
MeshRemap fromKeptFaces(const TopologyView& topology, std::span<const uint8_t> keepFace);

/// Builds faces out of old corners: new face i has counts[i] corners, listed in `cornerSource`, and comes from old face
/// faceSource[i]. All points stay, used or not.
MeshRemap fromCorners(const TopologyView& topology, std::vector<int> counts, std::vector<uint32_t> faceSource,
                      std::vector<uint32_t> cornerSource);

/// The change that does `first` and then `second`, which was built on the result of `first`.
MeshRemap compose(const MeshRemap& first, const MeshRemap& second);

// ---- Appliers. They take what a scene says, so a size that does not fit is an answer (nothing), not a crash.

/// Moves `rowBytes`-sized values of a primvar: one per old element in, one per new element out.
/// Nothing when the number of values is not the old mesh's number of elements. Values are copied bit by bit.
std::optional<std::vector<std::byte>> applyRemap(const MeshRemap& remap, MeshElement element,
                                                 std::span<const std::byte> values, size_t rowBytes);

/// The same for typed values; `elementSize` of them form one row.
template <class T>
    requires std::is_trivially_copyable_v<T>
std::optional<std::vector<T>> applyRemap(const MeshRemap& remap, MeshElement element, std::span<const T> values,
                                         size_t elementSize = 1);

/// An indexed primvar after a remap. Where `valueSource` is empty the values stay as they are; otherwise new value i is
/// old value valueSource[i].
struct RemappedIndices {
    std::vector<int> indices;
    std::vector<uint32_t> valueSource;
};

/// Moves the indices of an indexed primvar and leaves its values alone; with `compact` values that nothing refers to
/// any more are dropped and the rest keep their order. Nothing when the number of indices does not fit or, with
/// `compact`, an index is out of range.
std::optional<RemappedIndices> applyRemapIndexed(const MeshRemap& remap, MeshElement element,
                                                 std::span<const int> indices, size_t valueCount, bool compact = false);

/// Moves a list of faces: a GeomSubset, or holeIndices. Order is kept, removed faces and entries out of range are left
/// out, a face that was split is replaced by its parts, and nothing is listed twice that was listed once.
std::vector<int> remapFaces(const MeshRemap& remap, std::span<const int> faces);

/// Moves a list of points, such as a point-typed GeomSubset. Points that merged are listed once; split ones with all
/// their copies.
std::vector<int> remapPoints(const MeshRemap& remap, std::span<const int> points);

/// Subdivision corners. Where merged points disagree the sharpest wins. Nothing when the two sizes differ.
struct SharpCorners {
    std::vector<int> indices;
    std::vector<float> sharpnesses;
};
std::optional<SharpCorners> remapCorners(const MeshRemap& remap, std::span<const int> indices,
                                         std::span<const float> sharpnesses);

/// Subdivision creases: `lengths[i]` consecutive `indices` form a chain of edges, with one sharpness per chain or one
/// per edge. An edge whose ends merged, or whose end was removed, is dropped and its chain broken there; an edge that
/// was split (makeManifold) is creased on every copy that a face still uses. Sharpness stays per chain where it was.
/// Nothing when the sizes do not add up.
struct Creases {
    std::vector<int> indices;
    std::vector<int> lengths;
    std::vector<float> sharpnesses;
};
std::optional<Creases> remapCreases(const MeshRemap& remap, std::span<const int> indices, std::span<const int> lengths,
                                    std::span<const float> sharpnesses);

// ---- Inline definitions

template <class T>
    requires std::is_trivially_copyable_v<T>
std::optional<std::vector<T>> applyRemap(const MeshRemap& remap, MeshElement element, std::span<const T> values,
                                         size_t elementSize) {
    if (element == MeshElement::whole) return std::vector<T>(values.begin(), values.end());
    if (values.size() != remap.oldCount(element) * elementSize) return std::nullopt;
    const std::vector<uint32_t>& source = element == MeshElement::face    ? remap.faceSource
                                          : element == MeshElement::point ? remap.pointSource
                                                                          : remap.cornerSource;
    std::vector<T> out;
    out.reserve(source.size() * elementSize);
    for (const uint32_t row : source) {
        const auto first = values.begin() + static_cast<std::ptrdiff_t>(row * elementSize);
        out.insert(out.end(), first, first + static_cast<std::ptrdiff_t>(elementSize));
    }
    return out;
}

}  // namespace usdtune
