// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <unordered_map>
#include <vector>

#include "usdtune/crate/spec_reader.h"

namespace usdtune::crate {

/// A prim of the same layer that instances show, with what its own spec says.
struct InstanceSource {
    uint32_t node = kNoNode;
    TokenId path;
    PrimSpec spec;
    std::vector<uint32_t> properties;  ///< nodes
};

/// Finds the instances whose composition can be told without composing anything: one internal reference, without an
/// offset in time, leads to a prim about which nothing but its own spec speaks, and instance and source never speak
/// about the same property or metadatum. OpenUSD puts all instances of such a source on one prototype (the instance
/// key is made of arcs, variant selections, load rules and the population mask; see Usd's scenegraph instancing).
class InstanceSources {
public:
    InstanceSources(const CrateFile& file, ValueReader& values, SpecReader& specs)
        : file_(file), values_(values), specs_(specs) {}

    /// Sets `out` to what the prim shows, or to null when OpenUSD has to be asked. False as ValueReader does.
    bool find(uint32_t instance, const PrimSpec& spec, const InstanceSource*& out);

private:
    bool read(uint32_t node, std::unique_ptr<InstanceSource>& out);
    bool standsAlone(uint32_t node) const;
    bool readsAlikeElsewhere(const PathNode& property) const;
    bool isAbove(uint32_t node, uint32_t other) const;
    bool speakAboutTheSame(const PrimSpec& a, const PrimSpec& b) const;

    const CrateFile& file_;
    ValueReader& values_;
    SpecReader& specs_;
    std::unordered_map<uint32_t, std::unique_ptr<InstanceSource>> known_;  ///< null: has to be composed
};

}  // namespace usdtune::crate
