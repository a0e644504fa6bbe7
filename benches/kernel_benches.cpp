// SPDX-License-Identifier: Apache-2.0
// What the kernels cost that every chain spends its time in, each at two sizes: time per item should not grow.
//
//     kernel_benches [--benchmark_filter=…] [plant_2k.usdc plant_20k.usdc …]
//
// Files named on the command line are read natively; without any, reading is left out.

#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "usdtune/base/hash.h"
#include "usdtune/base/math.h"
#include "usdtune/crate/crate_reader.h"
#include "usdtune/mesh/congruence.h"
#include "usdtune/mesh/weld.h"
#include "usdtune/scene/row_collector.h"

namespace usdtune {
namespace {

constexpr int64_t kSmall = 1'000, kLarge = 100'000;

/// Points in a unit cube, each of them three times, as unshared triangle corners repeat theirs; the same on every
/// machine.
std::vector<Vec3f> cornerPoints(size_t count) {
    std::mt19937 random(1);
    std::vector<Vec3f> points(count);
    const auto next = [&random] { return static_cast<float>(random() >> 8) / static_cast<float>(1u << 24); };
    for (size_t i = 0; i < count; ++i) points[i] = i % 3 == 0 ? Vec3f{{next(), next(), next()}} : points[i - 1];
    return points;
}

void weld(benchmark::State& state, float tolerance) {
    const std::vector<Vec3f> points = cornerPoints(static_cast<size_t>(state.range(0)));
    std::vector<uint32_t> remap(points.size());
    for (auto _ : state) benchmark::DoNotOptimize(weldRemap(remap, points, tolerance));
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

/// The hard case of sharing: a copy whose transform was baked into its points.
void congruence(benchmark::State& state) {
    const std::vector<Vec3f> from = cornerPoints(static_cast<size_t>(state.range(0)));
    std::vector<Vec3f> to;
    to.reserve(from.size());
    const double c = std::cos(0.7), s = std::sin(0.7);
    for (const Vec3f& p : from)
        to.push_back(
            Vec3f{{static_cast<float>(c * p[0] - s * p[1] + 10), static_cast<float>(s * p[0] + c * p[1]), p[2]}});
    CongruenceOptions options;
    options.tolerance = 1e-4;
    for (auto _ : state) benchmark::DoNotOptimize(congruentMap(from, to, options));
    if (!congruentMap(from, to, options)) state.SkipWithError("the rotated copy was not recognised");
    state.SetItemsProcessed(state.iterations() * state.range(0));
}

void hashing(benchmark::State& state) {
    const std::vector<Vec3f> points = cornerPoints(static_cast<size_t>(state.range(0)));
    const size_t bytes = points.size() * sizeof(Vec3f);
    for (auto _ : state) benchmark::DoNotOptimize(hashBytes(points.data(), bytes));
    state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(bytes));
}

/// From the file to ordered rows, on all threads.
void readNatively(benchmark::State& state, const std::string& file) {
    size_t properties = 0;
    for (auto _ : state) {
        RowCollector rows;
        const auto scan = readCrate(std::filesystem::path(file), rows);
        if (!scan) {
            state.SkipWithError(scan.error().c_str());
            break;
        }
        properties = rows.finish().properties.size();
    }
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(properties));
}

BENCHMARK_CAPTURE(weld, exact, 0.0f)->Arg(kSmall)->Arg(kLarge);
BENCHMARK_CAPTURE(weld, tolerant, 1e-4f)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(congruence)->Arg(kSmall)->Arg(kLarge);
BENCHMARK(hashing)->Arg(kSmall)->Arg(kLarge);

}  // namespace
}  // namespace usdtune

int main(int argc, char** argv) {
    benchmark::Initialize(&argc, argv);
    for (int i = 1; i < argc; ++i) {
        const std::string file = argv[i];
        const std::string name = "readNatively/" + std::filesystem::path(file).stem().string();
        benchmark::RegisterBenchmark(name.c_str(), [file](benchmark::State& state) {
            usdtune::readNatively(state, file);
        })->UseRealTime();
    }
    benchmark::RunSpecifiedBenchmarks();
    benchmark::Shutdown();
    return 0;
}
