// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace usdtune {

/// Plain vectors with the memory layout of Gf's, so that arrays are viewed, never converted.
template <class T, size_t N>
struct Vec {
    std::array<T, N> v{};

    constexpr T& operator[](size_t i) { return v[i]; }
    constexpr const T& operator[](size_t i) const { return v[i]; }
    friend constexpr bool operator==(const Vec&, const Vec&) = default;

    friend constexpr Vec operator+(Vec a, const Vec& b) {
        for (size_t i = 0; i < N; ++i) a.v[i] += b.v[i];
        return a;
    }
    friend constexpr Vec operator-(Vec a, const Vec& b) {
        for (size_t i = 0; i < N; ++i) a.v[i] -= b.v[i];
        return a;
    }
    friend constexpr Vec operator*(Vec a, T s) {
        for (size_t i = 0; i < N; ++i) a.v[i] *= s;
        return a;
    }
    friend constexpr Vec operator*(T s, const Vec& a) { return a * s; }
    friend constexpr Vec operator-(Vec a) {
        for (size_t i = 0; i < N; ++i) a.v[i] = -a.v[i];
        return a;
    }
};

using Vec2f = Vec<float, 2>;
using Vec3f = Vec<float, 3>;
using Vec4f = Vec<float, 4>;
using Vec2d = Vec<double, 2>;
using Vec3d = Vec<double, 3>;
using Vec4d = Vec<double, 4>;

template <class T, size_t N>
constexpr T dot(const Vec<T, N>& a, const Vec<T, N>& b) {
    T sum{};
    for (size_t i = 0; i < N; ++i) sum += a[i] * b[i];
    return sum;
}

template <class T>
constexpr Vec<T, 3> cross(const Vec<T, 3>& a, const Vec<T, 3>& b) {
    return {{a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]}};
}

template <class T, size_t N>
T length(const Vec<T, N>& a) {
    return std::sqrt(dot(a, a));
}

template <class T, size_t N>
bool isFinite(const Vec<T, N>& a) {
    for (const T& x : a.v)
        if (!std::isfinite(x)) return false;
    return true;
}

constexpr Vec3d toDouble(const Vec3f& a) { return {{a[0], a[1], a[2]}}; }
constexpr Vec3f toFloat(const Vec3d& a) {
    return {{static_cast<float>(a[0]), static_cast<float>(a[1]), static_cast<float>(a[2])}};
}

/// Row-vector convention as in Gf: p' = p * M, translation in row 3, child-to-world = local * parentToWorld.
struct Matrix4d {
    std::array<std::array<double, 4>, 4> m{{{1, 0, 0, 0}, {0, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 1}}};

    constexpr std::array<double, 4>& operator[](size_t r) { return m[r]; }
    constexpr const std::array<double, 4>& operator[](size_t r) const { return m[r]; }
    friend constexpr bool operator==(const Matrix4d&, const Matrix4d&) = default;

    friend constexpr Matrix4d operator*(const Matrix4d& a, const Matrix4d& b) {
        Matrix4d out;
        for (size_t r = 0; r < 4; ++r)
            for (size_t c = 0; c < 4; ++c) {
                double sum = 0;
                for (size_t k = 0; k < 4; ++k) sum += a.m[r][k] * b.m[k][c];
                out.m[r][c] = sum;
            }
        return out;
    }

    /// Transforms a position; the projective part is ignored, as UsdGeom transforms are affine.
    constexpr Vec3d transformPoint(const Vec3d& p) const {
        Vec3d out;
        for (size_t c = 0; c < 3; ++c) out[c] = p[0] * m[0][c] + p[1] * m[1][c] + p[2] * m[2][c] + m[3][c];
        return out;
    }
    constexpr Vec3d transformVector(const Vec3d& p) const {
        Vec3d out;
        for (size_t c = 0; c < 3; ++c) out[c] = p[0] * m[0][c] + p[1] * m[1][c] + p[2] * m[2][c];
        return out;
    }
    /// Determinant of the linear 3×3 part; negative for a mirroring transform.
    constexpr double determinant3() const {
        return m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1]) - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0]) +
               m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0]);
    }
    constexpr bool isIdentity() const { return *this == Matrix4d{}; }
};

/// Inverse of an affine transform by cofactors; `ok` is false (and identity returned) when singular or not finite.
inline Matrix4d inverseAffine(const Matrix4d& a, bool& ok) {
    const double det = a.determinant3();
    ok = std::isfinite(det) && det != 0.0;
    Matrix4d out;
    if (!ok) return out;
    const double s = 1.0 / det;
    for (size_t r = 0; r < 3; ++r)
        for (size_t c = 0; c < 3; ++c) {
            const size_t r1 = (c + 1) % 3, r2 = (c + 2) % 3, c1 = (r + 1) % 3, c2 = (r + 2) % 3;
            out.m[r][c] = (a.m[r1][c1] * a.m[r2][c2] - a.m[r1][c2] * a.m[r2][c1]) * s;
        }
    const Vec3d t = out.transformVector({{a.m[3][0], a.m[3][1], a.m[3][2]}});
    for (size_t c = 0; c < 3; ++c) out.m[3][c] = -t[c];
    for (const auto& row : out.m)
        for (const double x : row) ok = ok && std::isfinite(x);
    return ok ? out : Matrix4d{};
}

}  // namespace usdtune
