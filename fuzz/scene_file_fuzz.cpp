// SPDX-License-Identifier: Apache-2.0
//
// The reader must answer any bytes with a Scene or an Error. Whole files are tried as they are; as those rarely get
// past the header, inputs with an odd first byte are patches (place, byte) upon a file that is good.

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "core/scene/every_kind_of_row.h"
#include "usdtune/scene/scene_file.h"

namespace {

std::vector<char> goodFile() {
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("usdtune_scene_fuzz_" + std::to_string(getpid()));
    if (!usdtune::writeSceneFile(*usdtune::test::everyKindOfRow(), path).ok()) return {};
    std::ifstream in(path, std::ios::binary);
    std::vector<char> bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    std::filesystem::remove(path);
    return bytes;
}

void tryBytes(const char* bytes, size_t size) {
    auto owner = std::make_shared<std::vector<char>>(size + 16);
    char* begin = owner->data();
    while (reinterpret_cast<uintptr_t>(begin) % 16 != 0) ++begin;
    std::copy(bytes, bytes + size, begin);
    const auto result = usdtune::readSceneBytes({reinterpret_cast<const std::byte*>(begin), size}, owner);
    if (!result) return;
    // A Scene that was accepted must also be safe to walk.
    const usdtune::Scene& scene = *result.value();
    for (size_t i = 0; i < scene.prims().size(); ++i) {
        usdtune::resolveBinding(scene, usdtune::PrimId(i), usdtune::BindingPurpose::Preview);
        (void)scene.children(usdtune::PrimId(i)).size();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size == 0 || data[0] % 2 == 0) {
        tryBytes(reinterpret_cast<const char*>(data), size);
        return 0;
    }
    static const std::vector<char> good = goodFile();
    std::vector<char> patched = good;
    for (size_t i = 1; i + 2 < size && !patched.empty(); i += 3) {
        const size_t place = (static_cast<size_t>(data[i]) << 8 | data[i + 1]) % patched.size();
        patched[place] = static_cast<char>(data[i + 2]);
    }
    tryBytes(patched.data(), patched.size());
    return 0;
}
