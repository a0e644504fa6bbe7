// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/crate_dump.h"

#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

namespace usdtune {

namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 13> kElementNames = {
    "none", "bool", "uchar", "int", "uint", "int64", "uint64", "half", "float", "double", "text", "asset", "opaque"};
constexpr std::array<size_t, 13> kElementBytes = {0, 1, 1, 4, 4, 8, 8, 2, 4, 8, 4, 8, 4};

std::string hexOf(const Value& value) {
    static constexpr char digits[] = "0123456789abcdef";
    const size_t size = kElementBytes[static_cast<size_t>(value.type.element)] * value.type.components * value.count;
    std::string out;
    out.reserve(2 * size);
    const auto* bytes = static_cast<const unsigned char*>(value.data);
    for (size_t i = 0; i < size; ++i) {
        out += digits[bytes[i] >> 4];
        out += digits[bytes[i] & 15];
    }
    return out;
}

class RowsToJson {
public:
    explicit RowsToJson(const SceneTables& tables) : tables_(tables) {}

    Json value(const Value& value) const {
        if (value.empty()) return nullptr;
        Json out = {{"element", kElementNames[static_cast<size_t>(value.type.element)]},
                    {"components", value.type.components},
                    {"array", value.type.isArray},
                    {"count", value.count}};
        const bool isAsset = value.type.element == Element::Asset;
        if (value.type.element == Element::Text || value.type.element == Element::Opaque || isAsset) {
            Json texts = Json::array();
            const auto* ids = static_cast<const TokenId*>(value.data);
            for (uint64_t i = 0; i < value.count; ++i) texts.push_back(text(ids[isAsset ? 2 * i : i]));
            out["texts"] = std::move(texts);
        } else {
            out["hex"] = hexOf(value);
        }
        return out;
    }

    Json metadata(RowRange range) const {
        Json out = Json::object();
        for (uint32_t i = range.begin; i < range.end; ++i) {
            const Metadatum& datum = tables_.metadata[i];
            out[std::string(text(datum.key))] = {{"type", text(datum.typeName)}, {"value", value(datum.value)}};
        }
        return out;
    }

    Json texts(RowRange range) const {
        Json out = Json::array();
        for (uint32_t i = range.begin; i < range.end; ++i) out.push_back(text(tables_.tokenLists[i]));
        return out;
    }

    Json property(const Property& row) const {
        Json samples = Json::array();
        for (uint32_t i = row.samples.begin; i < row.samples.end; ++i) {
            const TimeSample& sample = tables_.samples[i];
            samples.push_back({{"time", sample.time}, {"blocked", sample.blocked}, {"value", value(sample.value)}});
        }
        return {{"name", text(row.name)},
                {"typeName", text(row.typeName)},
                {"relationship", bool(row.flags.relationship)},
                {"custom", bool(row.flags.custom)},
                {"uniform", bool(row.flags.uniform)},
                {"blocked", bool(row.flags.blocked)},
                {"animated", bool(row.flags.animated)},
                {"opaque", bool(row.flags.opaque)},
                {"mismatched", bool(row.flags.mismatched)},
                {"value", value(row.value)},
                {"samples", std::move(samples)},
                {"hasTargets", row.hasTargets},
                {"targets", texts(row.targets)},
                {"metadata", metadata(row.metadata)}};
    }

    Json prim(const Prim& row) const {
        Json properties = Json::array();
        for (uint32_t i = row.properties.begin; i < row.properties.end; ++i)
            properties.push_back(property(tables_.properties[i]));
        static constexpr std::array<std::string_view, 3> specifiers = {"def", "over", "class"};
        return {{"path", text(row.path)},
                {"name", text(row.name)},
                {"typeName", text(row.typeName)},
                {"specifier", specifiers[static_cast<size_t>(row.specifier)]},
                {"active", bool(row.flags.active)},
                {"defined", bool(row.flags.defined)},
                {"abstract", bool(row.flags.abstract)},
                {"loaded", bool(row.flags.loaded)},
                {"instanceable", bool(row.flags.instanceable)},
                {"instance", bool(row.flags.instance)},
                {"apiSchemas", texts(row.apiSchemas)},
                {"metadata", metadata(row.metadata)},
                {"properties", std::move(properties)}};
    }

    Json stage() const {
        const StageInfo& stage = tables_.stage;
        return {{"metersPerUnit", stage.metersPerUnit},      {"metersPerUnitAuthored", stage.metersPerUnitAuthored},
                {"upAxis", std::string(1, stage.upAxis)},    {"upAxisAuthored", stage.upAxisAuthored},
                {"defaultPrim", stage.defaultPrim},          {"startTimeCode", stage.startTimeCode},
                {"endTimeCode", stage.endTimeCode},          {"timeCodesPerSecond", stage.timeCodesPerSecond},
                {"kilogramsPerUnit", stage.kilogramsPerUnit}};
    }

    std::string_view text(TokenId id) const { return tables_.tokens->text(id); }

private:
    const SceneTables& tables_;
};

std::string printed(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Result<std::string> dumpCrate(const std::filesystem::path& file, const CrateOptions& options) {
    RowCollector rows;
    const auto scan = readCrate(file, rows, options);
    if (!scan) return Error{scan.error()};
    const SceneTables tables = rows.finish();
    const RowsToJson json(tables);
    Json prims = Json::array(), roots = Json::array(), latent = Json::array(), assets = Json::array();
    for (const Prim& row : tables.prims) prims.push_back(json.prim(row));
    for (const TokenId root : scan.value().composedRoots) roots.push_back(json.text(root));
    for (const TokenId path : tables.latentTargets) latent.push_back(json.text(path));
    for (const CrateAssets& slot : scan.value().assets)
        assets.push_back({{"owner", json.text(slot.owner)},
                          {"key", json.text(slot.key)},
                          {"time", slot.time},
                          {"text", json.text(slot.pairs[0])},
                          {"count", slot.count}});
    return printed({{"version", scan.value().version},
                    {"stage", json.stage()},
                    {"layer", json.metadata(tables.layers[0].metadata)},
                    {"composedRoots", std::move(roots)},
                    {"latentTargets", std::move(latent)},
                    {"assets", std::move(assets)},
                    {"prims", std::move(prims)}});
}

Result<std::string> summarizeCrate(const std::filesystem::path& file, const CrateOptions& options) {
    using Clock = std::chrono::steady_clock;
    const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
    const auto start = Clock::now();
    RowCollector rows;
    const auto scan = readCrate(file, rows, options);
    if (!scan) return Error{scan.error()};
    const auto read = Clock::now();
    const SceneTables tables = rows.finish();
    const auto finished = Clock::now();
    return printed({{"version", scan.value().version},
                    {"specs", scan.value().specCount},
                    {"prims", tables.prims.size()},
                    {"properties", tables.properties.size()},
                    {"composedRoots", scan.value().composedRoots.size()},
                    {"shown", scan.value().shown.size()},
                    {"assets", scan.value().assets.size()},
                    {"latentTargets", tables.latentTargets.size()},
                    {"readSeconds", seconds(read - start)},
                    {"finishSeconds", seconds(finished - read)}});
}

}  // namespace usdtune
