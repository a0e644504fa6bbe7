// SPDX-License-Identifier: Apache-2.0
#include "usdtune/scene/point_instances.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <unordered_set>

namespace usdtune {

namespace {

/// The attributes of one instancer at a time; at the default time, without a default, at the first sample.
class Arrays {
public:
    Arrays(const Scene& scene, PrimId instancer, TimeCode time) : scene_(scene), instancer_(instancer), time_(time) {}

    Value operator[](std::string_view name) {
        const PropertyId id = scene_.findProperty(instancer_, name);
        if (!id.valid()) return {};
        const Property& row = scene_.property(id);
        if (!row.samples.empty()) animated = true;
        if (time_) {
            const OwnedValue now = valueAt(scene_, row, time_);
            keepers_.push_back(now.keeper);
            return now.value;
        }
        if (!row.value.empty() || row.samples.empty()) return row.value;
        return scene_.samples(row).front().value;
    }

    bool animated = false;

private:
    const Scene& scene_;
    PrimId instancer_;
    TimeCode time_;
    std::vector<Keeper> keepers_;
};

/// Numbers of the list op's parts that add; `listop(explicit=[1, 5])`. Applied to nothing, what it deletes is not
/// there.
void addListed(std::string_view text, std::unordered_set<int64_t>& out) {
    for (size_t open = text.find('['); open != std::string_view::npos; open = text.find('[', open + 1)) {
        const std::string_view before = text.substr(0, open);
        if (before.ends_with("deleted=") || before.ends_with("ordered=")) continue;
        for (size_t at = open; at < text.size() && text[at] != ']';) {
            ++at;
            while (at < text.size() && text[at] == ' ') ++at;
            int64_t number = 0;
            const auto [end, problem] = std::from_chars(text.data() + at, text.data() + text.size(), number);
            if (problem != std::errc()) break;
            out.insert(number);
            at = static_cast<size_t>(end - text.data());
        }
    }
}

std::unordered_set<int64_t> maskedIds(const Scene& scene, PrimId instancer, const Value& invisible) {
    std::unordered_set<int64_t> out;
    for (const int64_t id : invisible.as<int64_t>(Element::Int64, 1)) out.insert(id);
    const Value inactive = scene.metadatum(scene.prim(instancer).metadata, "inactiveIds");
    if (inactive.type.element == Element::Opaque && inactive.count == 1)
        addListed(scene.text(*static_cast<const TokenId*>(inactive.data)), out);
    return out;
}

/// Quaternions of either precision; empty where none is authored.
std::vector<Quaternion> orientationsOf(const Value& precise, const Value& coarse) {
    std::vector<Quaternion> out;
    for (const auto& q : precise.as<std::array<float, 4>>(Element::Float, 4)) out.push_back({q[0], q[1], q[2], q[3]});
    if (!out.empty()) return out;
    for (const auto& q : coarse.as<std::array<uint16_t, 4>>(Element::Half, 4))
        out.push_back({halfToDouble(q[0]), halfToDouble(q[1]), halfToDouble(q[2]), halfToDouble(q[3])});
    return out;
}

std::vector<PrimId> prototypesOf(const Scene& scene, PrimId instancer) {
    std::vector<PrimId> out;
    const PropertyId id = scene.findProperty(instancer, "prototypes");
    if (!id.valid()) return out;
    for (const TokenId target : scene.tokenList(scene.property(id).targets)) {
        const PrimId found = scene.find(target);
        out.push_back(found.valid() ? found : scene.findThroughInstances(scene.text(target)));
    }
    return out;
}

}  // namespace

Matrix4d instanceTransform(const Vec3f& position, const Quaternion& orientation, const Vec3f& scale) {
    const auto [x, y, z, w] = orientation;
    Matrix4d out;
    out[0] = {1 - 2 * (y * y + z * z), 2 * (x * y + z * w), 2 * (z * x - y * w), 0};
    out[1] = {2 * (x * y - z * w), 1 - 2 * (z * z + x * x), 2 * (y * z + x * w), 0};
    out[2] = {2 * (z * x + y * w), 2 * (y * z - x * w), 1 - 2 * (y * y + x * x), 0};
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) out[r][c] *= static_cast<double>(scale[r]);
    for (size_t c = 0; c < 3; ++c) out[3][c] = position[c];
    return out;
}

uint16_t halfOf(double value) {
    const auto sign = static_cast<uint16_t>(std::signbit(value) ? 0x8000 : 0);
    const double size = std::abs(value);
    if (std::isnan(value)) return 0x7E00;
    if (size < 0x1p-14) return static_cast<uint16_t>(sign | static_cast<uint16_t>(std::nearbyint(size * 0x1p24)));
    if (size >= 65520) return static_cast<uint16_t>(sign | 0x7C00);
    int exponent = 0;
    const double fraction = std::frexp(size, &exponent) * 2 - 1;  // size = (1 + fraction) · 2^(exponent - 1)
    const int bits = ((exponent + 14) << 10) + static_cast<int>(std::nearbyint(fraction * 1024));  // a carry is right
    return static_cast<uint16_t>(sign | bits);
}

PointInstances pointInstances(const Scene& scene, PrimId instancer, TimeCode time) {
    PointInstances out;
    out.prototypes = prototypesOf(scene, instancer);
    Arrays arrays(scene, instancer, time);
    const auto indices = arrays["protoIndices"].as<int>(Element::Int, 1);
    const auto positions = arrays["positions"].as<Vec3f>(Element::Float, 3);
    const auto scales = arrays["scales"].as<Vec3f>(Element::Float, 3);
    const std::vector<Quaternion> orientations = orientationsOf(arrays["orientationsf"], arrays["orientations"]);
    const auto ids = arrays["ids"].as<int64_t>(Element::Int64, 1);
    const std::unordered_set<int64_t> masked = maskedIds(scene, instancer, arrays["invisibleIds"]);
    out.animated = arrays.animated;

    const size_t count = indices.size();
    out.wellFormed = positions.size() == count && (scales.empty() || scales.size() == count) &&
                     (orientations.empty() || orientations.size() == count) &&
                     std::all_of(indices.begin(), indices.end(), [&](int index) {
                         return index >= 0 && static_cast<size_t>(index) < out.prototypes.size();
                     });
    if (!out.wellFormed) return out;
    for (size_t i = 0; i < count; ++i) {
        const int64_t id = ids.size() == count ? ids[i] : static_cast<int64_t>(i);
        if (masked.contains(id)) continue;
        const Quaternion turn = orientations.empty() ? Quaternion{0, 0, 0, 1} : orientations[i];
        const Vec3f scale = scales.empty() ? Vec3f{{1, 1, 1}} : scales[i];
        out.rows.push_back({static_cast<uint32_t>(indices[i]), instanceTransform(positions[i], turn, scale)});
    }
    return out;
}

}  // namespace usdtune
