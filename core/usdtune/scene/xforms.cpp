// SPDX-License-Identifier: Apache-2.0
//
// UsdGeomXformable's rules, read from its documentation and checked against usd-core: xformOpOrder lists ops from
// the outermost to the innermost, so with row vectors the last one listed is multiplied first. An entry that
// cannot be read is passed over by USD with a warning; here it also marks the prim, so that nobody rewrites it.
#include "usdtune/scene/xforms.h"

#include <algorithm>
#include <array>
#include <numbers>
#include <optional>
#include <span>

#include "usdtune/base/parallel.h"
#include "usdtune/scene/scene.h"
#include "usdtune/scene/schemas.h"
#include "usdtune/scene/value_at.h"

namespace usdtune {

namespace {

constexpr std::string_view kInvert = "!invert!";
constexpr std::string_view kReset = "!resetXformStack!";
constexpr std::string_view kOpPrefix = "xformOp:";

bool isFiniteMatrix(const Matrix4d& a) {
    for (const auto& row : a.m)
        for (const double x : row)
            if (!std::isfinite(x)) return false;
    return true;
}

Matrix4d translation(const Vec3d& t) {
    Matrix4d out;
    for (size_t c = 0; c < 3; ++c) out[3][c] = t[c];
    return out;
}

Matrix4d scaling(const Vec3d& s) {
    Matrix4d out;
    for (size_t c = 0; c < 3; ++c) out[c][c] = s[c];
    return out;
}

Matrix4d axisRotation(size_t axis, double degrees) {
    const double radians = degrees * (std::numbers::pi / 180.0);
    const double c = std::cos(radians), s = std::sin(radians);
    const size_t a = (axis + 1) % 3, b = (axis + 2) % 3;
    Matrix4d out;
    out[a][a] = out[b][b] = c;
    out[a][b] = s;
    out[b][a] = -s;
    return out;
}

/// As GfRotation reads a quaternion: the angle comes from the clamped real part, the axis from the normalised
/// imaginary part, so that a quaternion of another length than 1 still gives a rotation.
Matrix4d quaternionRotation(Vec3d imaginary, double real) {
    const double size = length(imaginary);
    if (!(size > 1e-10)) return {};
    real = std::clamp(real, -1.0, 1.0);
    imaginary = imaginary * (std::sqrt(1.0 - real * real) / size);
    const double i = imaginary[0], j = imaginary[1], k = imaginary[2], r = real;
    Matrix4d out;
    out[0] = {1 - 2 * (j * j + k * k), 2 * (i * j + k * r), 2 * (k * i - j * r), 0};
    out[1] = {2 * (i * j - k * r), 1 - 2 * (k * k + i * i), 2 * (j * k + i * r), 0};
    out[2] = {2 * (k * i + j * r), 2 * (j * k - i * r), 1 - 2 * (i * i + j * j), 0};
    return out;
}

/// Axes in the order of application, out of `rotateXYZ` and its like; nothing for another name.
std::optional<std::array<size_t, 3>> rotationOrder(std::string_view kind) {
    if (!kind.starts_with("rotate") || kind.size() != 9) return {};
    std::array<size_t, 3> order{};
    unsigned seen = 0;
    for (size_t i = 0; i < 3; ++i) {
        const char axis = kind[6 + i];
        if (axis < 'X' || axis > 'Z') return {};
        order[i] = static_cast<size_t>(axis - 'X');
        seen |= 1u << order[i];
    }
    return seen == 7u ? std::optional(order) : std::nullopt;
}

/// Axis of `rotateX`, `scaleY`, `translateZ`; nothing for another name.
std::optional<size_t> singleAxis(std::string_view kind, std::string_view stem) {
    if (kind.size() != stem.size() + 1 || !kind.starts_with(stem)) return {};
    const char axis = kind.back();
    return axis >= 'X' && axis <= 'Z' ? std::optional(static_cast<size_t>(axis - 'X')) : std::nullopt;
}

Matrix4d rigidInverse(const Matrix4d& rotation) {
    Matrix4d out;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) out[r][c] = rotation[c][r];
    return out;
}

Vec3d reciprocal(const Vec3d& v) { return {{1.0 / v[0], 1.0 / v[1], 1.0 / v[2]}}; }

/// The matrix of one op; nothing when the value does not fit the kind or the kind is unknown.
std::optional<Matrix4d> opMatrix(std::string_view kind, const Value& value, bool inverted) {
    Vec3d v;
    double x = 0;
    const auto three = [&] { return readReals(value, v.v); };
    const auto one = [&] { return readReals(value, {&x, 1}); };
    const auto turned = [&](const Matrix4d& rotation) { return inverted ? rigidInverse(rotation) : rotation; };

    if (kind == "translate") return three() ? std::optional(translation(inverted ? -v : v)) : std::nullopt;
    if (kind == "scale") return three() ? std::optional(scaling(inverted ? reciprocal(v) : v)) : std::nullopt;
    if (const auto axis = singleAxis(kind, "rotate"))
        return one() ? std::optional(turned(axisRotation(*axis, x))) : std::nullopt;
    if (const auto axis = singleAxis(kind, "translate")) {
        if (!one()) return {};
        v[*axis] = x;
        return translation(inverted ? -v : v);
    }
    if (const auto axis = singleAxis(kind, "scale")) {
        if (!one()) return {};
        v = {{1, 1, 1}};
        v[*axis] = inverted ? 1.0 / x : x;
        return scaling(v);
    }
    if (const auto order = rotationOrder(kind)) {
        if (!three()) return {};
        Matrix4d product;
        for (const size_t axis : *order) product = product * axisRotation(axis, v[axis]);
        return turned(product);
    }
    if (kind == "orient") {
        std::array<double, 4> q{};
        if (!readReals(value, q)) return {};
        return turned(quaternionRotation({{q[0], q[1], q[2]}}, q[3]));
    }
    if (kind == "transform") {
        const std::span<const Matrix4d> matrix = value.as<Matrix4d>(Element::Double, 16);
        if (matrix.size() != 1 || value.type.isArray) return {};
        if (!inverted) return matrix[0];
        bool ok = false;
        const Matrix4d inverse = inverseAffine(matrix[0], ok);
        return ok ? std::optional(inverse) : std::nullopt;
    }
    return {};
}

std::string_view opKind(std::string_view attributeName) {
    const std::string_view rest = attributeName.substr(kOpPrefix.size());
    return rest.substr(0, rest.find(':'));
}

std::string sentence(const Scene& scene, PrimId prim, std::string_view op, std::string_view what) {
    return std::string(scene.path(prim)) + ": xformOpOrder names " + std::string(op) + ", " + std::string(what);
}

/// The matrix of one entry of xformOpOrder; the identity, and a sentence in `problem`, where it cannot be read.
Matrix4d entryMatrix(const Scene& scene, PrimId prim, std::string_view entry, TimeCode time, bool& animated,
                     std::string& problem) {
    const bool inverted = entry.starts_with(kInvert);
    const std::string_view name = inverted ? entry.substr(kInvert.size()) : entry;
    const auto broken = [&](std::string_view what) {
        if (!problem.empty()) problem += "; ";
        problem += sentence(scene, prim, entry, what);
        return Matrix4d{};
    };
    if (!name.starts_with(kOpPrefix)) return broken("which is no transform op");
    const PropertyId row = scene.findProperty(prim, name);
    if (!row.valid() || scene.property(row).flags.relationship) return broken("but there is no such attribute");
    const Property& attribute = scene.property(row);
    animated = animated || attribute.flags.animated;
    if (attribute.flags.opaque) return broken("whose value is of a kind that this version does not read");
    // Blocked, or sampled without a default: USD takes the identity and means it.
    const OwnedValue op = valueAt(scene, attribute, time);
    if (op.value.empty()) return {};
    const std::optional<Matrix4d> matrix = opMatrix(opKind(name), op.value, inverted);
    if (!matrix)
        return broken("whose " + std::string(scene.text(attribute.typeName)) +
                      " value gives no transform of that kind");
    if (!isFiniteMatrix(*matrix)) return broken("which is not finite");
    return *matrix;
}

bool areInverse(std::string_view a, std::string_view b) {
    if (a.starts_with(kInvert)) std::swap(a, b);
    return b.starts_with(kInvert) && b.substr(kInvert.size()) == a;
}

struct LocalTransform {
    Matrix4d matrix;
    bool resets = false, animated = false;
    std::string problem;
};

LocalTransform readLocal(const Scene& scene, PrimId prim, TokenId orderName, TimeCode time) {
    LocalTransform out;
    const PropertyId row = scene.findProperty(prim, orderName);
    if (!row.valid() || scene.prim(prim).flags.prototypeRoot || !isXformableType(scene.typeName(prim))) return out;
    const Property& orderAttribute = scene.property(row);
    out.animated = orderAttribute.flags.animated;
    const Value value = valueAt(scene, orderAttribute, time).value;  // tokens are never interpolated, so borrowed
    if (value.empty()) return out;
    std::span<const TokenId> order = value.as<TokenId>(Element::Text, 1);
    if (order.size() != value.count || !value.type.isArray) {
        out.problem = std::string(scene.path(prim)) + ": xformOpOrder is not an array of tokens";
        return out;
    }
    // Only what follows the last reset counts.
    for (size_t i = order.size(); i > 0 && !out.resets; --i) {
        if (scene.text(order[i - 1]) != kReset) continue;
        out.resets = true;
        order = order.subspan(i);
    }
    for (size_t i = 0; i < order.size(); ++i) {
        const std::string_view entry = scene.text(order[i]);
        bool animated = false;
        const Matrix4d matrix = entryMatrix(scene, prim, entry, time, animated, out.problem);
        out.animated = out.animated || animated;
        if (i + 1 < order.size() && out.problem.empty() && areInverse(entry, scene.text(order[i + 1]))) {
            // Taken out as a pair, as USD does: multiplied out they would leave rounding behind.
            ++i;
            continue;
        }
        out.matrix = matrix * out.matrix;
    }
    return out;
}

}  // namespace

Matrix4d localTransform(const Scene& scene, PrimId prim, bool& resets, bool& animated, std::string& problem,
                        std::optional<double> time) {
    const LocalTransform local = readLocal(scene, prim, scene.tokens().find("xformOpOrder"), time);
    resets = local.resets;
    animated = local.animated;
    problem += local.problem;
    return local.matrix;
}

Xforms deriveXforms(const Scene& scene, std::vector<ContentProblem>& problems) {
    const size_t count = scene.prims().size();
    Xforms out;
    out.local.resize(count);
    out.world.resize(count);
    out.resets.resize(count);
    out.animated.resize(count);
    out.broken.resize(count);
    std::vector<std::string> sentences(count);

    const TokenId orderName = scene.tokens().find("xformOpOrder");
    parallelFor(
        Context(), count,
        [&](size_t i) {
            LocalTransform local = readLocal(scene, PrimId(i), orderName, {});
            out.local[i] = local.matrix;
            out.resets[i] = local.resets;
            out.animated[i] = local.animated;
            out.broken[i] = !local.problem.empty();
            if (out.broken[i]) sentences[i] = std::move(local.problem);
        },
        1024);

    // Parents stand before their children.
    for (size_t i = 0; i < count; ++i) {
        const PrimId parent = scene.prims()[i].parent;
        const bool chained = parent.valid() && out.resets[i] == 0;
        out.world[i] = chained ? out.local[i] * out.world[parent.index] : out.local[i];
        if (chained && out.animated[parent.index] != 0) out.animated[i] = 1;
        if (out.broken[i] != 0) problems.push_back({"xform_invalid", scene.prims()[i].path, std::move(sentences[i])});
    }
    return out;
}

}  // namespace usdtune
