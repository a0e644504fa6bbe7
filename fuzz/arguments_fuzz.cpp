// SPDX-License-Identifier: Apache-2.0
//
// Any JSON as a stack and as the arguments of each operation: checked, run on a small scene and previewed, or refused
// with a sentence. The first byte names the operation.
#include <nlohmann/json.hpp>

#include "core/scene/every_kind_of_row.h"
#include "input.h"
#include "usdtune/edit/preview.h"
#include "usdtune/ops/op.h"
#include "usdtune/plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace usdtune;
    if (size == 0) return 0;
    const Operation& op = opCatalog()[data[0] % opCatalog().size()];
    const auto given = nlohmann::json::parse(data + 1, data + size, nullptr, false);
    if (given.is_discarded()) return 0;

    const auto stack = checkStack(given);
    if (!stack) fuzz::demand(!stack.error().empty(), "a refused stack has a sentence");

    const ScenePtr scene = test::everyKindOfRow();
    Context context;
    context.threadCount = 1;
    const auto outcome = runOp(op, *scene, given, false, context);
    if (!outcome) {
        fuzz::demand(!outcome.error().empty(), "refused arguments have a sentence");
        return 0;
    }
    fuzz::demand(preview(*scene, outcome.value().edits).ok(), "what an operation says can be previewed");
    return 0;
}
