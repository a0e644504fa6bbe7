// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/placement.h"

#include <cmath>
#include <numbers>

namespace usdtune::example {

namespace {

constexpr double kTau = 2 * std::numbers::pi;

// Taylor series, good to the last digit for |x| up to an eighth of a turn.
double sineOf(double x) {
    const double q = x * x;
    double sum = 0;
    for (int k = 19; k >= 3; k -= 2) sum = (1 + sum) * -q / (k * (k - 1));
    return x * (1 + sum);
}

double cosineOf(double x) {
    const double q = x * x;
    double sum = 0;
    for (int k = 20; k >= 2; k -= 2) sum = (1 + sum) * -q / (k * (k - 1));
    return 1 + sum;
}

/// The rotation that takes axis `a` towards axis `b`.
Matrix4d rotation(size_t a, size_t b, double turns) {
    const double c = cosTurn(turns), s = sinTurn(turns);
    Matrix4d m;
    m[a][a] = m[b][b] = c;
    m[a][b] = s;
    m[b][a] = -s;
    return m;
}

}  // namespace

double sinTurn(double turns) {
    const double rest = turns - std::floor(turns);                     // [0, 1)
    const int quarter = static_cast<int>(std::floor(rest * 4 + 0.5));  // nearest quarter turn, 0…4
    const double x = (rest - quarter * 0.25) * kTau;
    switch (quarter % 4) {
        case 0:
            return sineOf(x);
        case 1:
            return cosineOf(x);
        case 2:
            return -sineOf(x);
        default:
            return -cosineOf(x);
    }
}

Matrix4d translation(double x, double y, double z) {
    Matrix4d m;
    m[3] = {x, y, z, 1};
    return m;
}

Matrix4d scaling(const Vec3d& factors) {
    Matrix4d m;
    for (size_t i = 0; i < 3; ++i) m[i][i] = factors[i];
    return m;
}

Matrix4d rotationX(double turns) { return rotation(1, 2, turns); }
Matrix4d rotationY(double turns) { return rotation(2, 0, turns); }
Matrix4d rotationZ(double turns) { return rotation(0, 1, turns); }

}  // namespace usdtune::example
