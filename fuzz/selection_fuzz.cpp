// SPDX-License-Identifier: Apache-2.0
//
// Any lines as path patterns: an answer that names prims, or a sentence. No pattern ever widens the scope.
#include <string>
#include <vector>

#include "core/scene/every_kind_of_row.h"
#include "input.h"
#include "usdtune/scene/selection.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    using namespace usdtune;
    static const ScenePtr scene = test::everyKindOfRow();
    std::vector<std::string> patterns(1);
    for (size_t i = 0; i < size; ++i) {
        if (data[i] == '\n')
            patterns.emplace_back();
        else
            patterns.back() += static_cast<char>(data[i]);
    }
    const Result<Selection> selection = Selection::matching(*scene, patterns);
    if (!selection) {
        fuzz::demand(!selection.error().empty(), "a refusal has a sentence");
        return 0;
    }
    size_t selected = 0;
    for (size_t prim = 0; prim < scene->prims().size(); ++prim) selected += selection.value().contains(PrimId(prim));
    fuzz::demand(selection.value().unmatched().size() < patterns.size() || selected == 0,
                 "patterns that match nothing select nothing");
    return 0;
}
