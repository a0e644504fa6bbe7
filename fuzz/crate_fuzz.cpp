// SPDX-License-Identifier: Apache-2.0
// Any bytes: readCrate answers with rows or with a sentence, in bounded memory, and rows it gave can be finished.
#include <cstring>
#include <memory>

#include "usdtune/crate/crate_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    // A mapped file is aligned to pages; arrays are borrowed by alignment.
    auto bytes = std::make_shared<std::unique_ptr<std::byte[]>>(new std::byte[size + 1]);
    if (size != 0) std::memcpy(bytes->get(), data, size);
    usdtune::RowCollector rows;
    usdtune::CrateOptions options;
    options.memoryBudget = uint64_t{16} << 20;
    options.context.threadCount = 1;
    const auto scan = usdtune::readCrate(std::span<const std::byte>(bytes->get(), size), bytes, rows, options);
    if (!scan) return scan.error().empty() ? -1 : 0;
    const usdtune::SceneTables tables = rows.finish();
    // Touch every value to its last byte.
    usdtune::Hasher hasher;
    const auto touch = [&](const usdtune::Value& value) {
        static constexpr size_t bytesOf[] = {0, 1, 1, 4, 4, 8, 8, 2, 4, 8, 4, 8, 4};
        hasher.bytes(value.data,
                     bytesOf[static_cast<size_t>(value.type.element)] * value.type.components * value.count);
    };
    for (const auto& row : tables.properties) touch(row.value);
    for (const auto& row : tables.samples) touch(row.value);
    for (const auto& row : tables.metadata) touch(row.value);
    return hasher.finish().low == 1 ? -1 : 0;
}
