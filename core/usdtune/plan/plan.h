// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "usdtune/base/result.h"

namespace usdtune {

/// The scope note that the deterministic selection table gives for an assessment: concepts of this version, their
/// targets and tiers, and in `selection_reason` every concept the table chose that this version does not have.
nlohmann::json selectScope(const nlohmann::json& assessment);

/// The operation chain for what was found: `{"steps": [{operation, args, reason, evidence, surface, identity,
/// lossClass, proofMetric, gate?}], "dropped": [{operation, reason}], "order": […invariants that were checked]}`.
/// `approvals` maps gate ids to choices; `epsilonOnly` keeps every tolerance at ε.
/// A chain that breaks an ordering invariant is an Error (never silently reordered by hand-given configs).
Result<nlohmann::json> planChain(const nlohmann::json& assessment, const nlohmann::json& validationReport,
                                 const nlohmann::json& approvals);

/// Checks a given chain (the reference's stack format) against the ordering invariants and the catalogue:
/// `{"warnings": […]}`, or an Error naming the first entry that is wrong and the nearest valid name.
Result<nlohmann::json> checkStack(const nlohmann::json& stack);

}  // namespace usdtune
