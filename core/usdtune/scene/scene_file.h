// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

#include "usdtune/base/result.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Writes the Scene's tables to one file that another process of the same machine kind can map: no `pxr` needed, no
/// array copied on reading. The file appears whole or not at all (written beside its place, then renamed). Only
/// tokens that rows use are written, numbered by first use: equal tables give equal bytes whatever else the token
/// table holds. Answers the file's size.
Result<uint64_t> writeSceneFile(const Scene& scene, const std::filesystem::path& path);

/// Maps such a file and freezes it. Every offset, length, id and enumerator is checked, so a file that is truncated,
/// of another version or damaged is an Error; values themselves (points, say) carry no checksum. The map stays alive
/// with the Scene. O(rows); arrays are not touched, texts within values are.
Result<ScenePtr> readSceneFile(const std::filesystem::path& path);

/// The same from memory, which `keeper` holds. `bytes` begins at a multiple of 16.
Result<ScenePtr> readSceneBytes(std::span<const std::byte> bytes, Keeper keeper);

}  // namespace usdtune
