// SPDX-License-Identifier: Apache-2.0
#include "usdtune/render/ray_scene.h"

#include <embree3/rtcore.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <string>
#include <tuple>

namespace usdtune {

namespace {

/// A shape with fewer triangles costs more as an instance (about 500 bytes, and a step into its own space for each ray)
/// than as copies of its triangles.
constexpr size_t kInstanceTriangles = 32;
/// Copies of one shape beyond this many triangles are instances all the same.
constexpr size_t kCopiedTriangles = 400000;
/// Rounding of float32 intersections, relative to the distances involved; measured on planes seen at grazing angles.
constexpr double kGrain = 2e-6;
/// The same across a ray, relative to how far off the middle its ends are: four roundings. Up to 1.4 were measured on
/// 200 close-ups in a plant 1.5 km long, of which one scene had instances where the other had copies.
constexpr double kSideGrain = 4 * 0x1p-24;
/// Surfaces seen at a more grazing angle count as apart by no more than this allows.
constexpr double kGrazing = 0.05;

/// The middle of most things, whatever a few outliers do.
Vec3d medianOf(const DrawList& list) {
    Vec3d out{{0, 0, 0}};
    if (list.items.empty()) return out;
    std::vector<double> values(list.items.size());
    for (size_t axis = 0; axis < 3; ++axis) {
        for (size_t i = 0; i < values.size(); ++i) values[i] = list.boundsOf(list.items[i]).center()[axis];
        const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
        std::nth_element(values.begin(), middle, values.end());
        out[axis] = *middle;
    }
    return out;
}

struct Candidate {
    uint32_t geometry, instance, element;
    float distance, u, v;
    Vec3f normal;  ///< in the space of the instance's shape
};

Candidate candidateOf(const RTCHit& hit, float distance) {
    return {hit.geomID, hit.instID[0], hit.primID, distance, hit.u, hit.v, {{hit.Ng_x, hit.Ng_y, hit.Ng_z}}};
}

/// A query with a place for all that it meets.
struct Gather {
    RTCIntersectContext context;
    std::vector<Candidate>* found = nullptr;
};

/// Keeps every hit within the ray and lets it go on.
void gather(const RTCFilterFunctionNArguments* arguments) {
    const auto& hit = *reinterpret_cast<const RTCHit*>(arguments->hit);
    const auto& ray = *reinterpret_cast<const RTCRay*>(arguments->ray);
    reinterpret_cast<Gather*>(arguments->context)->found->push_back(candidateOf(hit, ray.tfar));
    arguments->valid[0] = 0;
}

RTCRay embreeRay(const CameraRay& ray, const Vec3d& origin, double nearest, double farthest) {
    RTCRay out{};
    const Vec3f from = toFloat(ray.origin - origin), along = toFloat(ray.direction);
    out.org_x = from[0];
    out.org_y = from[1];
    out.org_z = from[2];
    out.dir_x = along[0];
    out.dir_y = along[1];
    out.dir_z = along[2];
    out.tnear = static_cast<float>(std::max(0.0, nearest));
    out.tfar = static_cast<float>(farthest);
    out.mask = 0xFFFFFFFFu;
    return out;
}

/// Embree takes no coordinates beyond its own idea of large, from which squares are still finite.
bool isAskable(const RTCRay& ray) {
    constexpr float kLarge = 1.8e18f;
    for (const float x : {ray.org_x, ray.org_y, ray.org_z, ray.dir_x, ray.dir_y, ray.dir_z})
        if (!(std::abs(x) <= kLarge)) return false;
    return ray.tnear <= ray.tfar;
}

RTCRayHit asking(const RTCRay& ray) {
    RTCRayHit out{};
    out.ray = ray;
    out.hit.geomID = RTC_INVALID_GEOMETRY_ID;
    out.hit.instID[0] = RTC_INVALID_GEOMETRY_ID;
    return out;
}

template <class T>
T* newBuffer(RTCGeometry geometry, RTCBufferType type, RTCFormat format, size_t stride, size_t count) {
    return static_cast<T*>(rtcSetNewGeometryBuffer(geometry, type, 0, format, stride, count));
}

}  // namespace

struct RayScene::State {
    const DrawList& list;
    RTCDevice device = nullptr;
    RTCScene top = nullptr;
    std::vector<uint32_t> uses;         // occurrences per shape
    std::vector<RTCScene> shapeScenes;  // per shape; null where its triangles lie in the flat part
    std::vector<float> points;          // of the flat part, about `origin`
    std::vector<uint32_t> corners;
    std::vector<uint32_t> flatItems, flatStarts;  // items in the flat part, and the first triangle of each
    std::vector<uint32_t> itemOfGeometry;         // per geometry of `top`; kFlat for the flat part
    Vec3d origin{{0, 0, 0}};
    double radius = 0;  // of nine tenths of what is drawn, about `origin`
    std::atomic<ptrdiff_t> bytes{0};
    size_t triangles = 0, instances = 0;

    static constexpr uint32_t kFlat = 0xFFFFFFFFu;
    /// Where there are few things, one that is nowhere near the others is among nine tenths of them.
    static constexpr double kLeap = 1000;

    State(const DrawList& drawn, const Context& context) : list(drawn) {
        const std::string config = context.threadCount > 0 ? "threads=" + std::to_string(context.threadCount) : "";
        device = rtcNewDevice(config.empty() ? nullptr : config.c_str());
        USDTUNE_ASSERT(device != nullptr, "Embree makes a device on every x86-64 processor");
        rtcSetDeviceMemoryMonitorFunction(
            device,
            [](void* total, ssize_t change, bool) {
                *static_cast<std::atomic<ptrdiff_t>*>(total) += change;
                return true;
            },
            &bytes);
        top = rtcNewScene(device);
        rtcSetSceneFlags(top,
                         static_cast<RTCSceneFlags>(RTC_SCENE_FLAG_ROBUST | RTC_SCENE_FLAG_CONTEXT_FILTER_FUNCTION));
        uses.resize(list.shapes.size());
        for (const DrawnItem& item : list.items) ++uses[item.shape];
        shapeScenes.resize(list.shapes.size());
        measure();
        layFlat();
        placeInstances();
        rtcCommitScene(top);
    }

    ~State() {
        rtcReleaseScene(top);
        for (const RTCScene scene : shapeScenes)
            if (scene != nullptr) rtcReleaseScene(scene);
        rtcReleaseDevice(device);
    }

    bool isInstance(uint32_t shape) const {
        const DrawnShape& drawn = list.shapes[shape];
        const size_t count = drawn.surface.triangles.size();
        return drawn.isStrands ||
               (uses[shape] > 1 && (count >= kInstanceTriangles || count * uses[shape] > kCopiedTriangles));
    }

    void measure() {
        origin = medianOf(list);
        std::vector<double> reach;
        reach.reserve(list.items.size());
        for (const DrawnItem& item : list.items) {
            const Bounds box = list.boundsOf(item);
            reach.push_back(std::max(length(box.max - origin), length(box.min - origin)));
        }
        if (reach.empty()) return;
        std::sort(reach.begin(), reach.end());
        // What has no size and stands in the middle says nothing about how large things are.
        size_t last = static_cast<size_t>(std::upper_bound(reach.begin(), reach.end(), 0.0) - reach.begin());
        last = std::min(std::max(last, reach.size() / 2), reach.size() - 1);
        for (; last < reach.size() * 9 / 10 && reach[last + 1] <= kLeap * reach[last]; ++last) {
        }
        radius = reach[last];
    }

    void layFlat() {
        size_t pointCount = 0;
        for (const DrawnItem& item : list.items) {
            if (isInstance(item.shape)) continue;
            pointCount += list.shapes[item.shape].surface.points.size();
            triangles += list.shapes[item.shape].surface.triangles.size();
        }
        if (triangles == 0) return;
        points.reserve(3 * pointCount + 1);
        corners.reserve(3 * triangles);
        for (uint32_t i = 0; i < list.items.size(); ++i) {
            const DrawnItem& item = list.items[i];
            if (isInstance(item.shape)) continue;
            const Tessellation& surface = list.shapes[item.shape].surface;
            flatItems.push_back(i);
            flatStarts.push_back(static_cast<uint32_t>(corners.size() / 3));
            const auto base = static_cast<uint32_t>(points.size() / 3);
            for (const Vec3f& point : surface.points) {
                const Vec3f world = toFloat(item.world.transformPoint(toDouble(point)) - origin);
                points.insert(points.end(), world.v.begin(), world.v.end());
            }
            for (const auto& triangle : surface.triangles)
                for (const uint32_t corner : triangle) corners.push_back(base + corner);
        }
        points.push_back(0);  // Embree reads 16 bytes at the last point too.
        const RTCGeometry flat = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
        rtcSetSharedGeometryBuffer(flat, RTC_BUFFER_TYPE_VERTEX, 0, RTC_FORMAT_FLOAT3, points.data(), 0, 12,
                                   pointCount);
        rtcSetSharedGeometryBuffer(flat, RTC_BUFFER_TYPE_INDEX, 0, RTC_FORMAT_UINT3, corners.data(), 0, 12, triangles);
        attach(top, flat);
        itemOfGeometry.push_back(kFlat);
    }

    void placeInstances() {
        for (uint32_t i = 0; i < list.items.size(); ++i) {
            const DrawnItem& item = list.items[i];
            if (!isInstance(item.shape)) continue;
            if (shapeScenes[item.shape] == nullptr) shapeScenes[item.shape] = shapeScene(list.shapes[item.shape]);
            const RTCGeometry instance = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_INSTANCE);
            rtcSetGeometryInstancedScene(instance, shapeScenes[item.shape]);
            float matrix[12];
            const Vec3d middle = item.world.transformPoint(middleOf(list.shapes[item.shape])) - origin;
            for (size_t row = 0; row < 4; ++row)
                for (size_t axis = 0; axis < 3; ++axis)
                    matrix[3 * row + axis] = static_cast<float>(row == 3 ? middle[axis] : item.world[row][axis]);
            rtcSetGeometryTransform(instance, 0, RTC_FORMAT_FLOAT3X4_COLUMN_MAJOR, matrix);
            attach(top, instance);
            itemOfGeometry.push_back(i);
            ++instances;
        }
    }

    /// About which a shape that is placed by instances is rounded: its points may lie far from its own origin.
    static Vec3d middleOf(const DrawnShape& shape) { return shape.box.empty() ? Vec3d{{0, 0, 0}} : shape.box.center(); }

    RTCScene shapeScene(const DrawnShape& shape) {
        const RTCScene scene = rtcNewScene(device);
        rtcSetSceneFlags(scene,
                         static_cast<RTCSceneFlags>(RTC_SCENE_FLAG_ROBUST | RTC_SCENE_FLAG_CONTEXT_FILTER_FUNCTION));
        const Vec3d middle = middleOf(shape);
        attach(scene, shape.isStrands ? strandGeometry(shape.strands, middle) : surfaceGeometry(shape.surface, middle));
        rtcCommitScene(scene);
        return scene;
    }

    RTCGeometry surfaceGeometry(const Tessellation& surface, const Vec3d& middle) {
        const RTCGeometry out = rtcNewGeometry(device, RTC_GEOMETRY_TYPE_TRIANGLE);
        auto* const at = newBuffer<Vec3f>(out, RTC_BUFFER_TYPE_VERTEX, RTC_FORMAT_FLOAT3, 12, surface.points.size());
        std::transform(surface.points.begin(), surface.points.end(), at,
                       [&](const Vec3f& point) { return toFloat(toDouble(point) - middle); });
        auto* const index = newBuffer<std::array<uint32_t, 3>>(out, RTC_BUFFER_TYPE_INDEX, RTC_FORMAT_UINT3, 12,
                                                               surface.triangles.size());
        std::copy(surface.triangles.begin(), surface.triangles.end(), index);
        triangles += surface.triangles.size();
        return out;
    }

    RTCGeometry strandGeometry(const Strands& strands, const Vec3d& middle) {
        const bool tubes = !strands.segments.empty();
        const RTCGeometry out =
            rtcNewGeometry(device, tubes ? RTC_GEOMETRY_TYPE_ROUND_LINEAR_CURVE : RTC_GEOMETRY_TYPE_SPHERE_POINT);
        auto* const at = newBuffer<Vec4f>(out, RTC_BUFFER_TYPE_VERTEX, RTC_FORMAT_FLOAT4, 16, strands.points.size());
        std::transform(strands.points.begin(), strands.points.end(), at, [&](const Vec4f& point) {
            const Vec3f place = toFloat(Vec3d{{point[0], point[1], point[2]}} - middle);
            return Vec4f{{place[0], place[1], place[2], point[3]}};
        });
        if (!tubes) return out;
        auto* const index =
            newBuffer<uint32_t>(out, RTC_BUFFER_TYPE_INDEX, RTC_FORMAT_UINT, 4, strands.segments.size());
        std::copy(strands.segments.begin(), strands.segments.end(), index);
        return out;
    }

    static void attach(RTCScene scene, RTCGeometry geometry) {
        rtcCommitGeometry(geometry);
        rtcAttachGeometry(scene, geometry);
        rtcReleaseGeometry(geometry);
    }

    double grain(double distance) const { return kGrain * (distance + radius); }

    SurfaceHit hitOf(const Candidate& met, const CameraRay& ray) const {
        SurfaceHit hit;
        hit.element = met.element;
        hit.distance = met.distance;
        hit.u = met.u;
        hit.v = met.v;
        hit.front = -ray.direction;
        if (met.instance != RTC_INVALID_GEOMETRY_ID) {
            hit.item = itemOfGeometry[met.instance];
        } else {
            const auto after = std::upper_bound(flatStarts.begin(), flatStarts.end(), met.element);
            const size_t place = static_cast<size_t>(after - flatStarts.begin()) - 1;
            hit.item = flatItems[place];
            hit.element -= flatStarts[place];
        }
        const DrawnItem& item = list.items[hit.item];
        const DrawnShape& shape = list.shapes[item.shape];
        if (shape.isStrands)
            roundFront(item, met.normal, hit);
        else
            meetTriangle(item, shape.surface, ray, hit);
        return hit;
    }

    static void roundFront(const DrawnItem& item, const Vec3f& normal, SurfaceHit& hit) {
        bool ok = false;
        const Matrix4d back = inverseAffine(item.world, ok);
        if (!ok) return;
        Vec3d front;
        for (size_t axis = 0; axis < 3; ++axis)
            for (size_t k = 0; k < 3; ++k) front[axis] += back[axis][k] * static_cast<double>(normal[k]);
        if (const double size = length(front); size > 0) hit.front = front * (1 / size);
    }

    /// Möller and Trumbore, Fast, Minimum Storage Ray/Triangle Intersection (1997), in float64 about the ray's origin.
    static void meetTriangle(const DrawnItem& item, const Tessellation& surface, const CameraRay& ray,
                             SurfaceHit& hit) {
        std::array<Vec3d, 3> corner;
        for (size_t k = 0; k < 3; ++k)
            corner[k] =
                item.world.transformPoint(toDouble(surface.points[surface.triangles[hit.element][k]])) - ray.origin;
        const Vec3d ab = corner[1] - corner[0], ac = corner[2] - corner[0];
        const Vec3d normal = cross(ab, ac);
        const double size = length(normal);
        if (!(size > 0)) return;
        hit.front = normal * ((item.mirrored ? -1 : 1) / size);
        const Vec3d across = cross(ray.direction, ac);
        const double determinant = dot(ab, across);
        if (!(std::abs(determinant) > 1e-12 * size)) return;
        const Vec3d toOrigin = -corner[0];
        const Vec3d turned = cross(toOrigin, ab);
        hit.u = std::clamp(dot(toOrigin, across) / determinant, 0.0, 1.0);
        hit.v = std::clamp(dot(ray.direction, turned) / determinant, 0.0, 1.0 - hit.u);
        hit.distance = dot(ac, turned) / determinant;
    }
};

RayScene::RayScene(const DrawList& list, const Context& context)
    : list_(list), state_(std::make_unique<State>(list, context)) {}
RayScene::~RayScene() = default;

void RayScene::nearest(const CameraRay& ray, std::vector<SurfaceHit>& hits, double apart) const {
    hits.clear();
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    context.flags = RTC_INTERSECT_CONTEXT_FLAG_COHERENT;
    RTCRayHit first = asking(embreeRay(ray, state_->origin, ray.nearest, ray.farthest));
    if (!isAskable(first.ray)) return;
    rtcIntersect1(state_->top, &context, &first);
    if (first.hit.geomID == RTC_INVALID_GEOMETRY_ID) return;

    const double distance = first.ray.tfar, grainHere = grain(distance);
    const Candidate front = candidateOf(first.hit, first.ray.tfar);
    double behind = grainHere;
    if (apart > 0) behind += apart / std::max(kGrazing, std::abs(dot(state_->hitOf(front, ray).front, ray.direction)));
    thread_local std::vector<Candidate> found;
    found.clear();
    Gather all;
    rtcInitIntersectContext(&all.context);
    all.context.filter = gather;
    all.found = &found;
    RTCRayHit again = asking(embreeRay(ray, state_->origin, std::max(ray.nearest, distance - grainHere),
                                       std::min(ray.farthest, distance + behind)));
    if (isAskable(again.ray)) rtcIntersect1(state_->top, &all.context, &again);
    // A window as narrow as one float may miss what the first ray met.
    if (found.empty()) found.push_back(front);
    for (const Candidate& met : found) hits.push_back(state_->hitOf(met, ray));
    // Of one thing the side that is looked at comes first, or outlines would be speckled with what lies just behind.
    const auto order = [&](const SurfaceHit& a, const SurfaceHit& b) {
        const uint32_t nameA = list_.items[a.item].name, nameB = list_.items[b.item].name;
        const bool awayA = dot(a.front, ray.direction) > 0, awayB = dot(b.front, ray.direction) > 0;
        return std::tie(nameA, awayA, a.item, a.element) < std::tie(nameB, awayB, b.item, b.element);
    };
    // A ray along an edge meets both its triangles, and what can be seen through would count twice.
    const auto same = [&](const SurfaceHit& a, const SurfaceHit& b) {
        return a.item == b.item && (dot(a.front, ray.direction) > 0) == (dot(b.front, ray.direction) > 0);
    };
    std::sort(hits.begin(), hits.end(), order);
    hits.erase(std::unique(hits.begin(), hits.end(), same), hits.end());
}

double RayScene::behind(const CameraRay&, const std::vector<SurfaceHit>& hits) const {
    double distance = std::numeric_limits<double>::infinity();
    for (const SurfaceHit& hit : hits) distance = std::min(distance, hit.distance);
    return distance + 2 * grain(distance);
}

bool RayScene::blocked(const CameraRay& ray) const {
    RTCIntersectContext context;
    rtcInitIntersectContext(&context);
    RTCRay asked = embreeRay(ray, state_->origin, ray.nearest, ray.farthest);
    if (!isAskable(asked)) return false;
    rtcOccluded1(state_->top, &context, &asked);
    return asked.tfar < 0;
}

Vec3d RayScene::middle() const { return state_->origin; }
double RayScene::radius() const { return state_->radius; }
double RayScene::grain(double distance) const { return state_->grain(distance); }
double RayScene::sideGrain(const CameraRay& ray, double distance) const {
    const Vec3d from = ray.origin - state_->origin;
    return kSideGrain * (length(from) + length(from + ray.direction * distance));
}
size_t RayScene::memoryBytes() const {
    return static_cast<size_t>(std::max<ptrdiff_t>(0, state_->bytes)) + state_->points.size() * sizeof(float) +
           state_->corners.size() * sizeof(uint32_t);
}
size_t RayScene::triangleCount() const { return state_->triangles; }
size_t RayScene::instanceCount() const { return state_->instances; }

}  // namespace usdtune
