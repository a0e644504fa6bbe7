// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "usdtune/scene/networks.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Asset paths of two scenes under names that are equal exactly when both mean one file.
///
/// An asset that resolves is named by what it resolves to. One that leads nowhere is named by where it would lead, its
/// authored path seen from its layer, and never like one that does. A delivery may have rewritten such a path so that
/// it still means that place, or kept its text because there was nothing to keep; both count. When A lies in a package,
/// what was unpacked beside B's root layer has its name in the package. Built in O(assets); reading is safe from many
/// threads.
class AssetNames {
public:
    AssetNames(const Scene& a, const Scene& b);

    std::string inA(std::string_view authored, std::string_view resolved, LayerId layer) const;
    std::string inB(std::string_view authored, std::string_view resolved, LayerId layer) const;

    /// The same as a function, for reading networks of one side.
    AssetNaming naming(bool ofA) const;

    /// Whether a value of A and one of B hold the same assets in the same order. Values that hold none are compared
    /// by their bytes; texts of dictionaries that spell assets, with those named.
    bool agree(const Value& a, LayerId layerOfA, const Value& b, LayerId layerOfB) const;

private:
    std::string opaqueName(std::string_view text, LayerId layer, bool ofA) const;
    void remember(const Value& value, LayerId layer);
    void remember(std::string_view authored, std::string_view resolved, LayerId layer);
    std::string place(const Scene& scene, std::string_view authored, LayerId layer) const;

    const Scene& a_;
    const Scene& b_;
    std::string rootA_, rootB_;              ///< folder of the root layer, or its package up to the bracket
    std::string realRootA_, realRootB_;      ///< the same without links
    std::unordered_set<std::string> found_;  ///< what A's assets resolve to
    std::unordered_set<std::string> lost_;   ///< where those that resolve nowhere would lead
    std::unordered_map<std::string, std::string> placeOfText_;  ///< of the latter; empty where two places share a text
};

/// Where an asset path leads, seen from a layer: lexically, whether or not anything is there. Texts that no layer
/// decides about (absolute paths, `scheme:` ones) are returned as they are.
std::string anchoredAsset(std::string_view layerPath, std::string_view authored);

}  // namespace usdtune
