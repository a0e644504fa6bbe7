// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/crate/crate_layer.h"
#include "usdtune/scene/row_collector.h"

namespace usdtune {

/// What single specs of a stage's own layer say, for who composes the rest: a prim or a property about which nobody
/// else speaks has the rows of its spec, whatever is composed around it.
///
/// Left to the caller is what a stage reads differently from a layer: assets are resolved, time codes and samples are
/// offset by layers, path expressions are anchored, blocked values fall back.
class OwnSpecs {
public:
    /// `collector` must outlive it. Rows name `layer` as the one that speaks. `memoryBudget` as in CrateOptions.
    OwnSpecs(std::shared_ptr<const CrateLayer> crate, RowCollector& collector, LayerId layer,
             uint64_t memoryBudget = 0);
    ~OwnSpecs();

    /// Adds the prim at `path` with its facts and properties; gives the names of properties that were left out.
    /// Nothing is added, and nothing given, when the prim has arcs, is inactive, or holds assets in its metadata.
    std::optional<std::vector<TokenId>> addPrim(TokenId path, bool loaded);
    /// Adds the properties of the spec at `path`, those in `elsewhere` left out; gives the names of the others that
    /// were left out. Nothing when there is no such spec.
    std::optional<std::vector<TokenId>> addProperties(TokenId path, std::span<const TokenId> elsewhere);

    /// Fills arrays. An error tells what is damaged or not understood; then all rows are good for nothing.
    std::optional<Error> finish(const Context& context);

private:
    struct Reader;
    std::unique_ptr<Reader> reader_;
};

}  // namespace usdtune
