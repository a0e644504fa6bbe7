// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "usdtune/base/result.h"
#include "usdtune/crate/crate_reader.h"

namespace usdtune {

/// All rows of a crate file as one JSON text, numbers as hexadecimal bytes: what tests hold against OpenUSD.
Result<std::string> dumpCrate(const std::filesystem::path& file, const CrateOptions& options = {});

/// Counts and seconds of a read, as JSON, without the rows.
Result<std::string> summarizeCrate(const std::filesystem::path& file, const CrateOptions& options = {});

}  // namespace usdtune
