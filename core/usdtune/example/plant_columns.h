// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "usdtune/example/plant.h"

namespace usdtune::example {

/// One distinct value of a plant. Values that share their bytes are one.
struct PlantValue {
    Value value;
    TokenId typeName;
};

/// A plant as a writer walks it: flat rows in writing order, each value named by number. `kNone` is no value.
struct PlantColumns {
    static constexpr int32_t kNone = -1;

    std::vector<PlantValue> values;
    std::vector<std::array<int32_t, 4>> prims;         ///< path, type name, specifier, number of applied schemas
    std::vector<int32_t> apiSchemas;                   ///< schema names, prim after prim
    std::vector<std::array<int32_t, 3>> primMetadata;  ///< prim row, key, value
    std::vector<std::array<int32_t, 6>>
        attributes;  ///< prim row, name, type name, bits (1 uniform, 2 custom), value, number of connections
    std::vector<int32_t> connections;                       ///< paths, attribute after attribute
    std::vector<std::array<int32_t, 4>> relationships;      ///< prim row, name, bits, number of targets
    std::vector<int32_t> targets;                           ///< paths, relationship after relationship
    std::vector<std::array<int32_t, 3>> attributeMetadata;  ///< attribute row, key, value
    std::vector<std::array<int32_t, 2>> samples;            ///< attribute row, value
    std::vector<double> sampleTimes;
};

/// O(rows).
PlantColumns columnsOf(const Plant& plant);

}  // namespace usdtune::example
