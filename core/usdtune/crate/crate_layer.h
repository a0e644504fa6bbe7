// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <unordered_map>

#include "usdtune/crate/crate_file.h"

namespace usdtune {

/// A crate file whose structure is decoded. Immutable, and safe to read from several threads.
class CrateLayer {
public:
    /// Errors as those of `readCrate`.
    static Result<std::shared_ptr<const CrateLayer>> open(const std::filesystem::path& file);
    /// From memory, aligned to 16 bytes, that `keeper` keeps alive.
    static Result<std::shared_ptr<const CrateLayer>> open(std::span<const std::byte> bytes, Keeper keeper);

    const crate::CrateFile& file() const { return *file_; }
    const Keeper& keeper() const { return keeper_; }
    /// The node of a prim's spec, outside of variants; kNoNode when the layer says nothing at that path.
    uint32_t findPrim(std::string_view path) const;
    /// `wanted`, or when that is 0 what the file may need: 1 GiB and 64 times its size.
    uint64_t memoryBudget(uint64_t wanted) const;

private:
    CrateLayer(std::unique_ptr<crate::CrateFile> file, Keeper keeper);

    void index() const;

    std::unique_ptr<crate::CrateFile> file_;
    Keeper keeper_;
    // Made by who looks for a prim first: most files are walked over and never asked.
    mutable std::once_flag indexed_;
    mutable std::unordered_map<std::string_view, uint32_t> tokenOf_;  ///< of prims' names
    mutable std::unordered_map<uint64_t, uint32_t> childOf_;          ///< by node and token
};

}  // namespace usdtune
