// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <initializer_list>
#include <utility>
#include <vector>

#include "usdtune/base/math.h"

namespace usdtune::example {

/// A polygon mesh under construction. Points are welded: no two are equal, and every one is used. Faces wind
/// anticlockwise seen from outside.
struct Shape {
    std::vector<Vec3d> points;
    std::vector<int> counts;
    std::vector<int> indices;
    std::vector<int> smoothing;        ///< per face: faces of one group are smooth across their edges; -1 is flat
    std::vector<Vec3d> cornerNormals;  ///< after `shade`
    std::vector<Vec2f> cornerSt;       ///< after `shade`

    int addPoint(double x, double y, double z);
    void addFace(std::initializer_list<int> corners, int group = -1);
    void addFace(const std::vector<int>& corners, int group = -1);
};

/// A point of a profile that is turned about the z axis.
struct ProfilePoint {
    double radius, z;
};

/// Turns a profile about the z axis. An open profile runs from bottom to top and is capped by polygons where it
/// does not end on the axis; a closed one encloses a ring (anticlockwise in radius and z). `smooth` makes the
/// profile's own corners smooth; around the axis a lathe of 8 or more segments always is.
Shape lathe(const std::vector<ProfilePoint>& profile, int segments, bool closed = false, bool smooth = false);

/// A box of nx × ny × nz cells over [-0.5, 0.5]² × [0, 1].
Shape gridBox(int nx, int ny, int nz);

/// A prism of an anticlockwise outline over z in [0, 1]. `pieces` cut the outline into convex polygons for the caps;
/// none means that the outline is convex itself.
Shape prism(const std::vector<Vec2d>& outline, const std::vector<std::vector<int>>& pieces = {});

/// A ring plate over z in [0, thickness] with round holes on a circle between its rims.
struct RingPlate {
    double innerRadius, outerRadius, holeCircleRadius, holeRadius, thickness;
    int holes;
};
Shape ringPlate(const RingPlate& plate);

/// A quarter bend of a round bar: starts at the origin along +x, ends along +z.
Shape quarterBend(double radius, double bendRadius, int segments, int steps);

/// A box over [-0.5, 0.5] × [-0.5, 0.5] × [0, 1] that is open towards -y, with walls.
Shape openBox(double wall);

/// `shape` moved by a transform that does not mirror.
Shape moved(Shape shape, const Matrix4d& m);

/// Disjoint union; smoothing groups stay apart.
void append(Shape& shape, const Shape& other);

/// Fills corner normals (averaged by area within smoothing groups) and a box projection into 0…1, the kind of
/// texture coordinates that converters make up.
void shade(Shape& shape);

}  // namespace usdtune::example
