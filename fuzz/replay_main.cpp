// SPDX-License-Identifier: Apache-2.0
// Stands in for libFuzzer where the compiler has none: feeds every seed file once, then a few fixed
// inputs, so that each fuzz target is compiled and exercised by the ordinary test run.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

std::vector<uint8_t> readBytes(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

int main(int argumentCount, char** arguments) {
    size_t seedCount = 0;
    for (int argument = 1; argument < argumentCount; ++argument) {
        if (!std::filesystem::is_directory(arguments[argument])) continue;
        for (const auto& entry : std::filesystem::directory_iterator(arguments[argument])) {
            if (!entry.is_regular_file()) continue;
            const std::vector<uint8_t> seed = readBytes(entry.path());
            LLVMFuzzerTestOneInput(seed.data(), seed.size());
            ++seedCount;
        }
    }

    // A fixed generator: a failure must come back on the next run.
    std::mt19937 random(1);
    constexpr size_t fixedInputCount = 200;
    for (size_t input = 0; input < fixedInputCount; ++input) {
        std::vector<uint8_t> bytes(random() % 1024);
        for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
        LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
    }
    std::printf("%zu seeds and %zu fixed inputs replayed\n", seedCount, fixedInputCount);
    return 0;
}
