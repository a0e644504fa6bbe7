// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "usdtune/base/math.h"

namespace usdtune::example {

/// Sine and cosine of an angle given in whole turns: exact at quarter turns, within 1e-15 elsewhere.
/// Only additions and multiplications, because libm's last digits differ between machines.
double sinTurn(double turns);
inline double cosTurn(double turns) { return sinTurn(turns + 0.25); }

Matrix4d translation(double x, double y, double z);
Matrix4d scaling(const Vec3d& factors);
/// Rotations about the axes, anticlockwise seen from the tip of the axis.
Matrix4d rotationX(double turns);
Matrix4d rotationY(double turns);
Matrix4d rotationZ(double turns);

}  // namespace usdtune::example
