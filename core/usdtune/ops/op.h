// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/context.h"
#include "usdtune/base/result.h"
#include "usdtune/edit/edit.h"
#include "usdtune/scene/selection.h"

namespace usdtune {

enum class ArgumentType : uint8_t { Bool, Int, Float, Double, Enum, String, StringList, FloatList };

struct EnumChoice {
    int value;
    std::string_view label;
};

/// One argument with everything that CLI flags, checks and the docs page need.
struct ArgumentDescriptor {
    std::string_view name;
    ArgumentType type = ArgumentType::Bool;
    nlohmann::json defaultValue;
    std::string_view description;
    std::string_view unit = "";
    std::optional<double> minimum = std::nullopt;
    std::optional<double> maximum = std::nullopt;
    std::vector<EnumChoice> choices = {};
    bool hidden = false;
};

/// What a step promises about the surface that a renderer draws.
enum class SurfacePromise : uint8_t { Exact, Bounded, Changes };
/// What a step promises about authored paths.
enum class IdentityPromise : uint8_t { Kept, Moved, Removed };

struct OpDescriptor {
    std::string_view key;  ///< lowerCamel: name = file = command = docs page
    std::string_view title;
    std::string_view summary;
    std::string_view lossClass;  ///< lossless | bounded-loss | destructive | analysis-only
    std::string_view risk;       ///< low | medium | high
    bool needsConfirmation = false;
    std::string_view authority;  ///< auto | auto-within-tolerance | intent-gated
    std::string_view category;
    bool needsMeshes = false;
    bool supportsAnalysis = false;
    SurfacePromise surface = SurfacePromise::Exact;
    IdentityPromise identity = IdentityPromise::Kept;
    bool idempotent = true;             ///< op(op(x)) = op(x)
    std::string_view proofMetric = "";  ///< what of the profile it is meant to lower; empty when findings alone tell
    std::vector<ArgumentDescriptor> arguments;
    /// The manual page's paragraphs, wrapped as the source file is (`unwrapped` joins them).
    std::string_view changes = "", preserves = "", loses = "", example = "", notes = "";
};

/// A prim the operation passed over, and why: silence means nothing was there.
struct Declined {
    TokenId prim;
    std::string reason;  ///< stable snake_case code, e.g. `animated`, `several_opinions`, `invalid_topology`
};

struct OpOutcome {
    EditList edits;
    std::vector<Declined> declined;
    nlohmann::json output = nlohmann::json::object();  ///< the op's own document ({"analysis": …} where it has one)
    nlohmann::json counts = nlohmann::json::object();  ///< what was done, in numbers: {"pointsRemoved": 12, …}
    /// The loosest surface promise that the given arguments leave: an op at tolerance 0.001 is bounded by 0.001.
    SurfacePromise surface = SurfacePromise::Exact;
    double tolerance = 0;  ///< in stage units, when `surface` is Bounded
    /// The same about paths; at least what the descriptor says.
    IdentityPromise identity = IdentityPromise::Kept;
};

/// Complete, checked arguments: every declared one is there, none else.
class Arguments {
public:
    /// Checks names (nearest valid one in the error), types (an integer promotes to a real) and ranges, fills defaults.
    static Result<Arguments> check(const OpDescriptor& descriptor, const nlohmann::json& given);

    bool flag(std::string_view name) const;
    int integer(std::string_view name) const;
    double real(std::string_view name) const;
    std::string text(std::string_view name) const;
    std::vector<std::string> texts(std::string_view name) const;
    const nlohmann::json& json() const { return values_; }

private:
    nlohmann::json values_;
};

using OpFunction = Result<OpOutcome> (*)(const Scene&, const Selection&, const Arguments&, const Context&);

/// One catalogue entry. `run` gives edits; `analyze` only looks (null where unsupported).
/// `selectionArgument` names the argument that holds prim patterns (`paths`, `meshPrimPaths`, …), empty for none.
struct Operation {
    OpDescriptor descriptor;
    std::string_view selectionArgument;
    OpFunction run = nullptr;
    OpFunction analyze = nullptr;
};

/// Every operation of this version, in catalogue order.
std::span<const Operation> opCatalog();
const Operation* findOp(std::string_view key);

/// The nearest name by edit distance, for "did you mean"; empty when nothing is near.
std::string_view nearestName(std::string_view given, std::span<const std::string_view> names);

/// The arguments of `given` checked, its patterns resolved, the op run (or analyzed).
Result<OpOutcome> runOp(const Operation& op, const Scene& scene, const nlohmann::json& given, bool analysis,
                        const Context& context);

/// `kept`, `moved` or `removed`; `exact`, `bounded` or `changes`.
std::string_view promiseName(IdentityPromise promise);
std::string_view promiseName(SurfacePromise promise);

/// Descriptor as JSON: CLI flags, docs pages and `operationsAvailable` come from it.
nlohmann::json toJson(const OpDescriptor& descriptor);

}  // namespace usdtune
