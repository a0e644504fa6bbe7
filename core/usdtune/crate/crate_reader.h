// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/base/result.h"
#include "usdtune/crate/crate_layer.h"
#include "usdtune/crate/spec_rows.h"
#include "usdtune/scene/row_collector.h"

namespace usdtune {

struct CrateOptions {
    std::string identifier;     ///< of the layer, as it was asked for; empty: the file's path
    bool own = true;            ///< the layer belongs to the target's root layer stack
    bool editable = true;       ///< what PrimFlags::editable and PropertyFlags::editable are to say
    uint64_t memoryBudget = 0;  ///< bytes that values may take; 0: 1 GiB and 64 times the file
    Context context;
};

/// What reading a crate file left to do.
struct CrateScan {
    std::string version;
    size_t specCount = 0;
    LayerId layer;
    /// Outermost prims with arcs, variants, clips or reorderings that have no rows, in walking order.
    std::vector<TokenId> composedRoots;
    struct Shown {
        TokenId source, instance;
    };
    std::vector<Shown> shown;  ///< what instances with rows show, each with the first of them
    std::vector<CrateAssets> assets;
};

/// Reads a crate file as the only layer of a stage and feeds the collector the rows that its composition has.
///
/// Subtrees whose composition is not trivial are left out: the collector is told `beginComposedRoot`, gets the row of
/// the subtree's root (to keep its place among its siblings) and nothing below; the caller adds them in a composed
/// pass. What relationships, connections and arcs in there and below inactive prims point at is given as latent
/// targets.
///
/// Instances whose composition is told without composing have their rows, with the path of what they show as their
/// prototype; the caller says by `RowCollector::namePrototype` which prototype a stage made of it.
///
/// An error that begins with "not supported: " means that the file may be good and OpenUSD should read it: it has
/// sublayers, relocates, splines, unregistered values, or comes from a newer version. Others tell what is damaged.
/// After an error the collector is good for nothing.
///
/// Values borrow the mapped file, which must not be truncated while the Scene lives. O(file), arrays in parallel;
/// the rows do not depend on the thread count.
Result<CrateScan> readCrate(const std::filesystem::path& file, RowCollector& rows, const CrateOptions& options = {});

/// The same of a file whose structure was decoded already.
Result<CrateScan> readCrate(const CrateLayer& layer, RowCollector& rows, const CrateOptions& options);

/// The same from memory, aligned to 16 bytes, that `keeper` keeps alive.
Result<CrateScan> readCrate(std::span<const std::byte> bytes, Keeper keeper, RowCollector& rows,
                            const CrateOptions& options);

}  // namespace usdtune
