// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <unordered_map>
#include <utility>
#include <vector>

#include "usdtune/crate/spec_reader.h"
#include "usdtune/scene/row_collector.h"

namespace usdtune {

/// A value of assets whose resolved paths are still empty texts. Resolve and write into `pairs[2 * i + 1]`, before
/// or after RowCollector::finish and before Scene::freeze; the memory lives as long as the Scene. Attributes with
/// equal values share one memory, which is harmless: one layer resolves one text one way.
struct CrateAssets {
    TokenId owner;  ///< property path; of metadata: the prim's or property's path; `/` for the layer's
    TokenId key;    ///< metadata key; invalid for a default or a sample
    double time = std::numeric_limits<double>::quiet_NaN();  ///< of the sample; NaN for a default
    TokenId* pairs = nullptr;                                ///< authored path, resolved path, …
    uint64_t count = 0;
};

namespace crate {

/// Gives a collector the rows of what single specs say. Answers false as ValueReader does.
class SpecRows {
public:
    /// Where a source's properties are shown.
    struct Shown {
        TokenId source, instance;
    };

    SpecRows(const CrateFile& file, RowCollector& rows, ValueReader& values, SpecReader& specs)
        : file_(file), rows_(rows), values_(values), specs_(specs) {}

    /// Must be said before anything else: which layer speaks, and whether what it says may be edited.
    void of(LayerId layer, bool editable) {
        layer_ = layer;
        editable_ = editable;
    }

    /// Schemas and metadata of the prim that was added last.
    bool addFacts(TokenId primPath, const PrimSpec& spec);
    /// A prim's own property, or one that an instance shows.
    bool addProperty(uint32_t node, TokenId primPath, const Shown* shown = nullptr);
    bool metadatum(uint32_t fieldIndex, ValueRep rep, TokenId owner, Metadatum& out);

    std::vector<CrateAssets> takeAssets() { return std::move(assets_); }

private:
    struct Samples {
        std::vector<TimeSample> rows;
        std::vector<Kind> kinds;
    };

    void noteAssets(const Value& value, TokenId owner, TokenId key,
                    double time = std::numeric_limits<double>::quiet_NaN());
    void judgeType(Property& property, Kind defaultKind, const Samples* samples);
    bool samplesOf(uint32_t fieldIndex, ValueRep rep, const Samples*& out);
    void addSamples(uint32_t node, const Samples& samples);
    bool targetsOf(ValueRep rep);
    TokenId shownTarget(TokenId target, const Shown& shown);

    const CrateFile& file_;
    RowCollector& rows_;
    ValueReader& values_;
    SpecReader& specs_;
    LayerId layer_;
    bool editable_ = true;
    std::vector<CrateAssets> assets_;
    std::unordered_map<uint32_t, Samples> samples_;  ///< by field
    std::unordered_map<TokenId, Kind> kindOfType_;
    std::vector<std::pair<uint32_t, ValueRep>> metadata_;  ///< of the spec at hand
    std::vector<TokenId> targets_;
};

}  // namespace crate

}  // namespace usdtune
