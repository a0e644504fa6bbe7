// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "usdtune/verify/scene_diff.h"

namespace usdtune {

nlohmann::json toJson(const DiffReport& report, const TokenTable& tokens) {
    nlohmann::json out;
    out["same"] = report.same;
    out["difference_count"] = report.differenceCount;
    out["largest_distance_m"] = report.largestDistance;
    nlohmann::json& checked = out["checked"] = nlohmann::json::object();
    for (const auto& [law, count] : report.checked) checked[law] = count;
    nlohmann::json& rows = out["differences"] = nlohmann::json::array();
    for (const Difference& d : report.differences)
        rows.push_back({{"law", d.law},
                        {"path", d.path},
                        {"other_path", d.otherPath},
                        {"message", d.message},
                        {"distance_m", d.distance}});
    nlohmann::json& moves = out["inferred_moves"] = nlohmann::json::array();
    for (const PathMove& move : report.inferredMoves)
        moves.push_back(
            {{"old", tokens.text(move.from)}, {"new", tokens.text(move.to)}, {"kind", pathFateName(move.fate)}});
    return out;
}

}  // namespace usdtune
