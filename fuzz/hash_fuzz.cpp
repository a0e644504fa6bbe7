#include <cstdint>
#include "usdtune/base/hash.h"
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return usdtune::hashBytes(data, size).low == 1 ? -1 : 0;
}
