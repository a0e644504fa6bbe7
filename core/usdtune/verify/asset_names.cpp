// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/asset_names.h"

#include <filesystem>
#include <span>

namespace usdtune {

namespace {

/// As canonical texts spell an asset inside of a dictionary: `asset("…")`.
constexpr std::string_view kAssetMark = "asset(\"";

/// Stands before the name of what leads nowhere: no path begins like that.
const std::string kLost = "?";

bool standsAlone(std::string_view authored) {
    if (authored.empty() || authored.front() == '/' || authored.front() == '`') return true;
    const size_t colon = authored.find(':');
    return colon != std::string_view::npos && authored.substr(0, colon).find('/') == std::string_view::npos;
}

std::string besides(std::string_view file, std::string_view authored) {
    return (std::filesystem::path(file).parent_path() / authored).lexically_normal().generic_string();
}

std::string_view pathOf(const Scene& scene, LayerId layer) {
    if (!layer.valid() || layer.index >= scene.tables().layers.size()) return {};
    const Layer& row = scene.layer(layer);
    const std::string_view real = scene.text(row.realPath);
    return real.empty() ? scene.text(row.identifier) : real;
}

/// `/a/b/` of `/a/b/root.usda`, `/a/pack.usdz[` of a layer inside that package.
std::string rootPlace(const Scene& scene) {
    std::string path(pathOf(scene, scene.tables().layers.empty() ? LayerId() : LayerId(size_t{0})));
    if (path.empty()) path = scene.stage().identifier;
    // Folders may have brackets in their names, too.
    if (path.ends_with(']')) return path.substr(0, path.rfind('[') + 1);
    if (path.ends_with(".usdz")) return path + "[";
    return path.substr(0, path.rfind('/') + 1);
}

bool isPackage(std::string_view place) { return place.ends_with('['); }

/// What resolves is known by its real place, a layer by the name that it was opened with: the same with links followed.
/// What is not there keeps its name.
std::string realPlace(const std::string& place) {
    const std::string mark = isPackage(place) ? "[" : place.ends_with('/') ? "/" : "";
    std::error_code problem;
    const auto real = std::filesystem::canonical(place.substr(0, place.size() - mark.size()), problem);
    return problem ? place : real.generic_string() + mark;
}

/// `/a/pack.usdz[x.png]` → `/b/x.png` and back, when `from` and `to` are such places; empty for paths elsewhere.
std::string moved(std::string_view path, std::string_view from, std::string_view to) {
    if (from.empty() || to.empty() || !path.starts_with(from)) return {};
    std::string_view rest = path.substr(from.size());
    if (isPackage(from) && rest.ends_with(']')) rest.remove_suffix(1);
    return std::string(to) + std::string(rest) + (isPackage(to) ? "]" : "");
}

std::span<const TokenId> texts(const Value& value) {
    return {static_cast<const TokenId*>(value.data), value.byteSize() / sizeof(TokenId)};
}

}  // namespace

/// A quoted text with variables in it, such as `"./${NAME}.usda"` in backticks: what stands before the first variable
/// is a place like any other.
std::string anchoredExpression(std::string_view layerPath, std::string_view authored) {
    const std::string whole(authored);
    if (layerPath.empty() || authored.size() < 5) return whole;
    const std::string_view quote = authored.substr(1, 1), inner = authored.substr(2, authored.size() - 4);
    const bool isText = (quote == "\"" || quote == "'") && authored.ends_with(std::string(quote) + "`") &&
                        inner.find_first_of("\"'`") == std::string_view::npos;
    if (!isText || inner.starts_with("${") || standsAlone(inner)) return whole;
    return "`" + std::string(quote) + besides(layerPath, inner) + std::string(quote) + "`";
}

std::string anchoredAsset(std::string_view layerPath, std::string_view authored) {
    if (authored.starts_with('`')) return anchoredExpression(layerPath, authored);
    if (standsAlone(authored) || layerPath.empty()) return std::string(authored);
    const size_t bracket = authored.ends_with(']') ? authored.find('[') : std::string_view::npos;
    const std::string inner(bracket == std::string_view::npos ? std::string_view() : authored.substr(bracket));
    const std::string_view outer = authored.substr(0, bracket);
    // A package stands for the layer that it opens with, which lies in it.
    if (layerPath.ends_with(".usdz"))
        return std::string(layerPath) + "[" + std::filesystem::path(outer).lexically_normal().generic_string() + inner +
               "]";
    const size_t package = layerPath.rfind('[');
    if (!layerPath.ends_with(']') || package == std::string_view::npos) return besides(layerPath, outer) + inner;
    const std::string_view file = layerPath.substr(package + 1, layerPath.size() - package - 2);
    return std::string(layerPath.substr(0, package + 1)) + besides(file, outer) + inner + "]";
}

AssetNames::AssetNames(const Scene& a, const Scene& b)
    : a_(a),
      b_(b),
      rootA_(rootPlace(a)),
      rootB_(rootPlace(b)),
      realRootA_(realPlace(rootA_)),
      realRootB_(realPlace(rootB_)) {
    for (const Property& property : a.properties()) {
        remember(property.value, property.layer);
        for (const TimeSample& sample : a.samples(property)) remember(sample.value, property.layer);
        for (const Metadatum& datum : a.metadata(property.metadata)) remember(datum.value, property.layer);
    }
    for (const Prim& prim : a.prims())
        for (const Metadatum& datum : a.metadata(prim.metadata)) remember(datum.value, prim.layer);
    for (uint32_t layer = 0; layer < a.tables().layers.size(); ++layer)
        for (const Metadatum& datum : a.metadata(a.tables().layers[layer].metadata))
            remember(datum.value, LayerId(layer));
    for (const Arc& arc : a.tables().arcs) remember(a.text(arc.asset), a.text(arc.resolved), arc.layer);
}

void AssetNames::remember(const Value& value, LayerId layer) {
    if (value.type.element == Element::Asset) {
        const auto pairs = texts(value);
        for (size_t i = 0; i + 1 < pairs.size(); i += 2) remember(a_.text(pairs[i]), a_.text(pairs[i + 1]), layer);
    } else if (value.type.element == Element::Opaque) {
        for (const TokenId id : texts(value)) {
            const std::string_view text = a_.text(id);
            for (size_t at = text.find(kAssetMark); at != std::string_view::npos; at = text.find(kAssetMark, at + 1)) {
                const size_t begin = at + kAssetMark.size();
                remember(text.substr(begin, text.find("\")", begin) - begin), "", layer);
            }
        }
    }
}

void AssetNames::remember(std::string_view authored, std::string_view resolved, LayerId layer) {
    if (authored.empty()) return;
    if (!resolved.empty()) {
        found_.emplace(resolved);
        return;
    }
    std::string place = this->place(a_, authored, layer);
    const auto [slot, isNew] = placeOfText_.try_emplace(std::string(authored), place);
    if (!isNew && slot->second != place) slot->second.clear();
    lost_.insert(std::move(place));
}

std::string AssetNames::place(const Scene& scene, std::string_view authored, LayerId layer) const {
    return anchoredAsset(pathOf(scene, layer), authored);
}

std::string AssetNames::inA(std::string_view authored, std::string_view resolved, LayerId layer) const {
    if (authored.empty() && resolved.empty()) return {};
    return resolved.empty() ? kLost + place(a_, authored, layer) : std::string(resolved);
}

std::string AssetNames::inB(std::string_view authored, std::string_view resolved, LayerId layer) const {
    if (!resolved.empty()) {
        // Only a package's content has moved with its scene: a copy of any other file is another file.
        if (found_.contains(std::string(resolved)) || isPackage(rootA_) == isPackage(rootB_))
            return std::string(resolved);
        std::string there = moved(resolved, realRootB_, realRootA_);
        return found_.contains(there) ? there : std::string(resolved);
    }
    if (authored.empty()) return {};
    std::string name = place(b_, authored, layer);
    if (lost_.contains(name)) return kLost + name;
    if (std::string there = moved(name, rootB_, rootA_); lost_.contains(there)) return kLost + there;
    const auto kept = placeOfText_.find(std::string(authored));
    return kLost + (kept != placeOfText_.end() && !kept->second.empty() ? kept->second : name);
}

std::string AssetNames::opaqueName(std::string_view text, LayerId layer, bool ofA) const {
    std::string out;
    size_t done = 0;
    for (size_t at = text.find(kAssetMark); at != std::string_view::npos; at = text.find(kAssetMark, done)) {
        const size_t begin = at + kAssetMark.size(), end = text.find("\")", begin);
        if (end == std::string_view::npos) break;
        out += text.substr(done, begin - done);
        const std::string_view authored = text.substr(begin, end - begin);
        out += ofA ? inA(authored, "", layer) : inB(authored, "", layer);
        done = end;
    }
    return out + std::string(text.substr(std::min(done, text.size())));
}

AssetNaming AssetNames::naming(bool ofA) const {
    return [this, ofA](std::string_view authored, std::string_view resolved, LayerId layer) {
        return ofA ? inA(authored, resolved, layer) : inB(authored, resolved, layer);
    };
}

bool AssetNames::agree(const Value& a, LayerId layerOfA, const Value& b, LayerId layerOfB) const {
    if (a.type != b.type || a.count != b.count) return false;
    const auto x = texts(a), y = texts(b);
    if (a.type.element == Element::Opaque) {
        for (size_t i = 0; i < x.size(); ++i)
            if (x[i] != y[i] && opaqueName(a_.text(x[i]), layerOfA, true) != opaqueName(b_.text(y[i]), layerOfB, false))
                return false;
        return true;
    }
    if (a.type.element != Element::Asset) return sameBytes(a, b);
    for (size_t i = 0; i + 1 < x.size(); i += 2)
        if (inA(a_.text(x[i]), a_.text(x[i + 1]), layerOfA) != inB(b_.text(y[i]), b_.text(y[i + 1]), layerOfB))
            return false;
    return true;
}

}  // namespace usdtune
