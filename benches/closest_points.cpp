// SPDX-License-Identifier: Apache-2.0
// Closest points of one target for several sets of queries: ours against Embree's point query, in turns.
//
//     closest_points_bench FOLDER THREADS ROUNDS
//
// FOLDER holds points.f64, triangles.u32 and queries_*.f64, as closest_points.py writes them; best times as JSON come
// out, with the largest difference of the two answers.

#include <embree3/rtcore.h>
#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

#include "usdtune/spatial/triangle_bvh.h"

namespace usdtune {
namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

template <class T>
std::vector<T> readAll(const std::filesystem::path& file) {
    std::vector<T> out(std::filesystem::file_size(file) / sizeof(T));
    std::ifstream(file, std::ios::binary)
        .read(reinterpret_cast<char*>(out.data()), static_cast<std::streamsize>(out.size() * sizeof(T)));
    return out;
}

struct PointTriangles {
    const std::vector<Vec3d>* points;
    const std::vector<TriangleCorners>* triangles;
    Vec3d best{};
    double distance = std::numeric_limits<double>::infinity();
};

/// As Embree's tutorial on closest points does it: the primitive is ours to measure, the radius shrinks.
bool measure(RTCPointQueryFunctionArguments* arguments) {
    auto& state = *static_cast<PointTriangles*>(arguments->userPtr);
    const auto& [a, b, c] = (*state.triangles)[arguments->primID];
    const Vec3d query{{arguments->query->x, arguments->query->y, arguments->query->z}};
    const Vec3d found = closestPointOnTriangle(query, (*state.points)[a], (*state.points)[b], (*state.points)[c]);
    const double distance = length(query - found);
    if (distance >= state.distance) return false;
    state.distance = distance;
    state.best = found;
    arguments->query->radius = static_cast<float>(distance);
    return true;
}

class EmbreePoints {
public:
    EmbreePoints(const std::vector<Vec3d>& points, const std::vector<TriangleCorners>& triangles)
        : points_(points), triangles_(triangles), device_(rtcNewDevice(nullptr)), scene_(rtcNewScene(device_)) {
        RTCGeometry geometry = rtcNewGeometry(device_, RTC_GEOMETRY_TYPE_TRIANGLE);
        auto* vertices = static_cast<float*>(
            rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, 12, points.size()));
        for (const Vec3d& point : points)
            for (const double x : point.v) *vertices++ = static_cast<float>(x);
        auto* corners = static_cast<uint32_t*>(
            rtcSetNewGeometryBuffer(geometry, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, 12, triangles.size()));
        for (const TriangleCorners& triangle : triangles)
            corners = std::copy(triangle.begin(), triangle.end(), corners);
        rtcSetGeometryPointQueryFunction(geometry, measure);
        rtcCommitGeometry(geometry);
        rtcAttachGeometry(scene_, geometry);
        rtcReleaseGeometry(geometry);
        rtcSetSceneBuildQuality(scene_, RTC_BUILD_QUALITY_MEDIUM);
        rtcCommitScene(scene_);
    }
    ~EmbreePoints() {
        rtcReleaseScene(scene_);
        rtcReleaseDevice(device_);
    }
    EmbreePoints(const EmbreePoints&) = delete;
    EmbreePoints& operator=(const EmbreePoints&) = delete;

    double distance(const Vec3d& query) const {
        PointTriangles state{&points_, &triangles_};
        RTCPointQuery asked{static_cast<float>(query[0]), static_cast<float>(query[1]), static_cast<float>(query[2]), 0,
                            std::numeric_limits<float>::infinity()};
        RTCPointQueryContext context;
        rtcInitPointQueryContext(&context);
        rtcPointQuery(scene_, &asked, &context, nullptr, &state);
        return state.distance;
    }

private:
    const std::vector<Vec3d>& points_;
    const std::vector<TriangleCorners>& triangles_;
    RTCDevice device_;
    RTCScene scene_;
};

int bench(const std::filesystem::path& folder, int threads, int rounds) {
    const oneapi::tbb::global_control limit(oneapi::tbb::global_control::max_allowed_parallelism,
                                            static_cast<size_t>(threads));
    const auto points = readAll<Vec3d>(folder / "points.f64");
    const auto triangles = readAll<TriangleCorners>(folder / "triangles.u32");
    Context context;
    context.threadCount = threads;
    nlohmann::json out;
    auto start = Clock::now();
    const TriangleBvh ours(points, triangles);
    out["build"]["usdtune"] = secondsSince(start);
    start = Clock::now();
    const EmbreePoints theirs(points, triangles);
    out["build"]["embree"] = secondsSince(start);
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        const std::string name = file.path().stem().string();
        if (!name.starts_with("queries_")) continue;
        const auto queries = readAll<Vec3d>(file.path());
        std::vector<TriangleBvh::Closest> found(queries.size());
        std::vector<double> other(queries.size());
        double mine = std::numeric_limits<double>::infinity(), embree = mine, apart = 0;
        for (int round = 0; round < rounds; ++round) {
            start = Clock::now();
            ours.closestPoints(queries, found, context);
            mine = std::min(mine, secondsSince(start));
            start = Clock::now();
            oneapi::tbb::parallel_for(size_t{0}, queries.size(),
                                      [&](size_t i) { other[i] = theirs.distance(queries[i]); });
            embree = std::min(embree, secondsSince(start));
        }
        for (size_t i = 0; i < queries.size(); ++i) apart = std::max(apart, std::abs(found[i].distance - other[i]));
        out["queries"][name.substr(8)] = {{"usdtune", mine}, {"embree", embree}, {"largest_difference", apart}};
    }
    std::cout << out.dump() << "\n";
    return 0;
}

}  // namespace
}  // namespace usdtune

int main(int count, char** texts) {
    if (count != 4) return 2;
    return usdtune::bench(texts[1], std::atoi(texts[2]), std::atoi(texts[3]));
}
