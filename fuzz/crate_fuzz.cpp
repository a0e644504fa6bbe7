// SPDX-License-Identifier: Apache-2.0
// Any bytes: reading the whole layer, and its prims one by one, gives rows or a sentence, in bounded memory, and rows
// that were given can be finished.
#include <cstring>
#include <memory>

#include "usdtune/crate/crate_reader.h"
#include "usdtune/crate/own_specs.h"

namespace {

constexpr uint64_t kMemoryBudget = uint64_t{16} << 20;

/// Touches every value to its last byte.
void touch(const usdtune::SceneTables& tables) {
    usdtune::Hasher hasher;
    const auto read = [&](const usdtune::Value& value) {
        static constexpr size_t bytesOf[] = {0, 1, 1, 4, 4, 8, 8, 2, 4, 8, 4, 8, 4};
        hasher.bytes(value.data,
                     bytesOf[static_cast<size_t>(value.type.element)] * value.type.components * value.count);
    };
    for (const auto& row : tables.properties) read(row.value);
    for (const auto& row : tables.samples) read(row.value);
    for (const auto& row : tables.metadata) read(row.value);
    [[maybe_unused]] static volatile uint64_t kept;
    kept = hasher.finish().low;
}

void readOneByOne(std::shared_ptr<const usdtune::CrateLayer> layer, const usdtune::SceneTables& whole,
                  const usdtune::Context& context) {
    usdtune::RowCollector rows(whole.tokens);
    usdtune::OwnSpecs own(std::move(layer), rows, rows.addLayer({}), kMemoryBudget);
    for (const usdtune::Prim& prim : whole.prims)
        if (!own.addPrim(prim.path, true)) own.addProperties(prim.path, {});
    if (!own.finish(context)) touch(rows.finish());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // A mapped file is aligned to pages; arrays are borrowed by alignment.
    auto bytes = std::make_shared<std::unique_ptr<std::byte[]>>(new std::byte[size + 1]);
    if (size != 0) std::memcpy(bytes->get(), data, size);
    const auto layer = usdtune::CrateLayer::open(std::span<const std::byte>(bytes->get(), size), bytes);
    if (!layer) return layer.error().empty() ? -1 : 0;
    usdtune::RowCollector rows;
    usdtune::CrateOptions options;
    options.memoryBudget = kMemoryBudget;
    options.context.threadCount = 1;
    const auto scan = usdtune::readCrate(*layer.value(), rows, options);
    if (!scan) return scan.error().empty() ? -1 : 0;
    const usdtune::SceneTables tables = rows.finish();
    touch(tables);
    readOneByOne(layer.value(), tables, options.context);
    return 0;
}
