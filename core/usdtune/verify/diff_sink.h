// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "usdtune/verify/scene_diff.h"

namespace usdtune {

/// Gathers differences and counts what was compared; the report is sorted and cut to the limit at the end.
class DiffSink {
public:
    explicit DiffSink(const DiffOptions& options) : options_(options) {}

    void checked(const std::string& law, size_t count = 1) { checked_[law] += count; }
    void add(Difference difference) { differences_.push_back(std::move(difference)); }
    void add(const char* law, std::string path, std::string otherPath, std::string message, double distance = 0) {
        add({law, std::move(path), std::move(otherPath), std::move(message), distance});
    }
    DiffReport finish();

private:
    DiffOptions options_;
    std::map<std::string, size_t> checked_;
    std::vector<Difference> differences_;
};

/// The laws that hold for both relations: resolved assets, dangling targets, variant sets with their selections.
class AssetNames;
class PathMapping;
void diffShared(const Scene& a, const Scene& b, const PathMapping& mapping, const AssetNames& assets, DiffSink& sink);

}  // namespace usdtune
