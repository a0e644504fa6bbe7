// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/path_map.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>

namespace usdtune {

namespace {

constexpr std::string_view kRewritten = "rewritten by the chain";

bool isProperty(std::string_view path) { return path.find('.') != std::string_view::npos; }

std::unordered_set<std::string_view> movedFrom(const std::vector<PathMove>& moves, const Scene& source) {
    std::unordered_set<std::string_view> out;
    for (const PathMove& move : moves)
        if (move.fate != PathFate::Kept) out.insert(source.text(move.from));
    return out;
}

void appendText(std::string& out, std::string_view text) {
    const bool plain = std::none_of(text.begin(), text.end(), [](unsigned char letter) {
        return letter < 0x20 || letter >= 0x7f || letter == '"' || letter == '\\';
    });
    if (plain)
        out.append(1, '"').append(text).append(1, '"');
    else
        out += nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::vector<std::string> rewrittenPlaces(const EditList& edits, const std::vector<PathMove>& moves,
                                         const Scene& source) {
    const std::unordered_set<std::string_view> moved = movedFrom(moves, source);
    std::vector<std::string> places;
    TokenId last;
    bool stays = false;  // of the prim `last`: edits of one prim mostly follow each other
    for (const Edit& edit : edits.edits) {
        if (edit.kind == EditKind::RemovePrim) continue;
        if (edit.path != last) {
            last = edit.path;
            stays = !moved.contains(source.text(edit.path)) && source.find(edit.path).valid();
        }
        if (!stays) continue;
        std::string place(source.text(edit.path));
        if (edit.name.valid() && edit.kind != EditKind::SetPrimMetadata)
            place.append(".").append(source.text(edit.name));
        if (!moved.contains(place)) places.push_back(std::move(place));
    }
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    return places;
}

PathMap::PathMap(const EditList& edits, const Scene& source, const std::map<std::string, int>& steps)
    : moves_(composedMoves(edits)) {
    const std::unordered_set<std::string_view> moved = movedFrom(moves_, source);
    for (const PathMove& move : moves_) {
        if (move.fate == PathFate::Kept) continue;
        const std::string_view from = source.text(move.from);
        const auto step = steps.find(move.step);
        rows_.push_back({from, move.to.valid() ? source.text(move.to) : std::string_view(), move.fate,
                         move.reason.empty() ? move.step : move.reason, step == steps.end() ? 1 : step->second});
    }
    places_ = rewrittenPlaces(edits, moves_, source);
    const auto rewritten = [&](std::string_view path) {
        return std::binary_search(places_.begin(), places_.end(), path, std::less<>());
    };
    for (uint32_t row = 0; row < source.stagePrimCount(); ++row) {
        const std::string_view path = source.path(PrimId(row));
        if (!moved.contains(path))
            rows_.push_back({path, path, PathFate::Kept, rewritten(path) ? kRewritten : std::string_view(), 0});
    }
    for (const PathMapRow& row : rows_)
        if (!isProperty(row.from)) ++primCounts_[static_cast<size_t>(row.fate)];
    for (const std::string& place : places_)
        if (isProperty(place)) rows_.push_back({place, place, PathFate::Kept, kRewritten, 0});
    std::sort(rows_.begin(), rows_.end(), [](const PathMapRow& x, const PathMapRow& y) {
        return std::tie(x.from, x.to, x.fate) < std::tie(y.from, y.to, y.fate);
    });
}

std::string PathMap::toJsonLines() const {
    std::string out;
    for (const PathMapRow& row : rows_) {
        out += "{\"old\": ";
        appendText(out, row.from);
        out += ", \"new\": ";
        if (row.fate == PathFate::Removed)
            out += "null";
        else
            appendText(out, row.to);
        out += ", \"kind\": ";
        appendText(out, pathFateName(row.fate));
        out += ", \"reason\": ";
        appendText(out, row.reason);
        out += ", \"step\": ";
        out += row.fate == PathFate::Kept ? "null" : std::to_string(row.step);
        out += "}\n";
    }
    return out;
}

}  // namespace usdtune
