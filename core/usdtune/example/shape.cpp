// SPDX-License-Identifier: Apache-2.0
#include "usdtune/example/shape.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "usdtune/base/bounds.h"
#include "usdtune/example/placement.h"

namespace usdtune::example {

namespace {

/// Twice the face's vector area (Newell).
Vec3d vectorArea(const Shape& shape, const int* corners, int count) {
    Vec3d sum;
    const Vec3d origin = shape.points[corners[0]];
    for (int i = 1; i + 1 < count; ++i)
        sum = sum + cross(shape.points[corners[i]] - origin, shape.points[corners[i + 1]] - origin);
    return sum;
}

Vec3d normalized(const Vec3d& a) {
    const double size = length(a);
    return size > 0 ? a * (1 / size) : Vec3d{{0, 0, 1}};
}

}  // namespace

int Shape::addPoint(double x, double y, double z) {
    points.push_back({{x, y, z}});
    return static_cast<int>(points.size()) - 1;
}

void Shape::addFace(std::initializer_list<int> corners, int group) { addFace(std::vector<int>(corners), group); }

void Shape::addFace(const std::vector<int>& corners, int group) {
    counts.push_back(static_cast<int>(corners.size()));
    indices.insert(indices.end(), corners.begin(), corners.end());
    smoothing.push_back(group);
}

Shape lathe(const std::vector<ProfilePoint>& profile, int segments, bool closed, bool smooth) {
    Shape shape;
    const int size = static_cast<int>(profile.size());
    std::vector<std::vector<int>> rings(profile.size());
    for (int i = 0; i < size; ++i) {
        const auto [radius, z] = profile[i];
        if (radius == 0) {
            rings[i].assign(segments, shape.addPoint(0, 0, z));
            continue;
        }
        for (int k = 0; k < segments; ++k) {
            const double turns = static_cast<double>(k) / segments;
            rings[i].push_back(shape.addPoint(radius * cosTurn(turns), radius * sinTurn(turns), z));
        }
    }
    const bool round = segments >= 8;
    for (int i = 0; i + 1 < size + (closed ? 1 : 0); ++i) {
        const std::vector<int>&low = rings[i], &high = rings[(i + 1) % size];
        const int group = !round ? -1 : smooth ? 0 : i;
        for (int k = 0; k < segments; ++k) {
            const int next = (k + 1) % segments;
            if (low[k] == low[next])
                shape.addFace({low[k], high[next], high[k]}, group);
            else if (high[k] == high[next])
                shape.addFace({low[k], low[next], high[k]}, group);
            else
                shape.addFace({low[k], low[next], high[next], high[k]}, group);
        }
    }
    if (closed) return shape;
    if (profile.front().radius != 0) shape.addFace(std::vector<int>(rings.front().rbegin(), rings.front().rend()));
    if (profile.back().radius != 0) shape.addFace(rings.back());
    return shape;
}

Shape gridBox(int nx, int ny, int nz) {
    Shape shape;
    std::map<std::array<int, 3>, int> known;
    const auto point = [&](int i, int j, int k) {
        const auto [place, isNew] = known.try_emplace({i, j, k}, 0);
        if (isNew)
            place->second = shape.addPoint(static_cast<double>(i) / nx - 0.5, static_cast<double>(j) / ny - 0.5,
                                           static_cast<double>(k) / nz);
        return place->second;
    };
    for (int i = 0; i < nx; ++i)
        for (int j = 0; j < ny; ++j) {
            shape.addFace({point(i, j, 0), point(i, j + 1, 0), point(i + 1, j + 1, 0), point(i + 1, j, 0)});
            shape.addFace({point(i, j, nz), point(i + 1, j, nz), point(i + 1, j + 1, nz), point(i, j + 1, nz)});
        }
    for (int i = 0; i < nx; ++i)
        for (int k = 0; k < nz; ++k) {
            shape.addFace({point(i, 0, k), point(i + 1, 0, k), point(i + 1, 0, k + 1), point(i, 0, k + 1)});
            shape.addFace({point(i, ny, k), point(i, ny, k + 1), point(i + 1, ny, k + 1), point(i + 1, ny, k)});
        }
    for (int j = 0; j < ny; ++j)
        for (int k = 0; k < nz; ++k) {
            shape.addFace({point(0, j, k), point(0, j, k + 1), point(0, j + 1, k + 1), point(0, j + 1, k)});
            shape.addFace({point(nx, j, k), point(nx, j + 1, k), point(nx, j + 1, k + 1), point(nx, j, k + 1)});
        }
    return shape;
}

Shape prism(const std::vector<Vec2d>& outline, const std::vector<std::vector<int>>& pieces) {
    Shape shape;
    const int size = static_cast<int>(outline.size());
    for (const double z : {0.0, 1.0})
        for (const Vec2d& p : outline) shape.addPoint(p[0], p[1], z);
    for (int i = 0; i < size; ++i) {
        const int next = (i + 1) % size;
        shape.addFace({i, next, size + next, size + i});
    }
    std::vector<std::vector<int>> caps = pieces;
    if (caps.empty()) {
        caps.emplace_back();
        for (int i = 0; i < size; ++i) caps.back().push_back(i);
    }
    for (std::vector<int> cap : caps) {
        std::vector<int> top = cap;
        for (int& i : top) i += size;
        std::ranges::reverse(cap);
        shape.addFace(cap);
        shape.addFace(top);
    }
    return shape;
}

// Each hole has a sector of its own. Eight points around the sector's border face the eight points of the hole,
// so eight quads join them; neighbours share the border points.
Shape ringPlate(const RingPlate& plate) {
    Shape shape;
    const int sectors = plate.holes;
    const int stride = 13;  // new points per sector and side: outer 2, inner 2, middle of the border 1, hole 8
    for (const double z : {0.0, plate.thickness})
        for (int s = 0; s < sectors; ++s) {
            const double start = static_cast<double>(s) / sectors, middle = (s + 0.5) / sectors;
            const auto add = [&](double radius, double turns) {
                shape.addPoint(radius * cosTurn(turns), radius * sinTurn(turns), z);
            };
            add(plate.outerRadius, start);
            add(plate.outerRadius, middle);
            add(plate.innerRadius, start);
            add(plate.innerRadius, middle);
            add(plate.holeCircleRadius, start);
            const double x = plate.holeCircleRadius * cosTurn(middle), y = plate.holeCircleRadius * sinTurn(middle);
            for (int k = 0; k < 8; ++k) {
                const double turns = middle - 0.125 + k * 0.125;  // begins towards the outer start of the sector
                shape.addPoint(x + plate.holeRadius * cosTurn(turns), y + plate.holeRadius * sinTurn(turns), z);
            }
        }
    const int top = sectors * stride;
    for (int s = 0; s < sectors; ++s) {
        const int own = s * stride, next = (s + 1) % sectors * stride;
        const std::array<int, 8> border = {own, own + 1, next, next + 4, next + 2, own + 3, own + 2, own + 4};
        for (int k = 0; k < 8; ++k) {
            const int after = (k + 1) % 8;
            const int a = border[k], b = border[after], c = own + 5 + after, d = own + 5 + k;
            shape.addFace({top + a, top + b, top + c, top + d});
            shape.addFace({a, d, c, b});
            shape.addFace({c, d, top + d, top + c}, 3 + s);  // the hole's wall looks at its axis
        }
        shape.addFace({own, own + 1, top + own + 1, top + own}, 1);
        shape.addFace({own + 1, next, top + next, top + own + 1}, 1);
        shape.addFace({own + 3, own + 2, top + own + 2, top + own + 3}, 2);
        shape.addFace({next + 2, own + 3, top + own + 3, top + next + 2}, 2);
    }
    return shape;
}

Shape quarterBend(double radius, double bendRadius, int segments, int steps) {
    Shape shape;
    for (int j = 0; j <= steps; ++j) {
        const double turns = 0.25 * j / steps, c = cosTurn(turns), s = sinTurn(turns);
        for (int k = 0; k < segments; ++k) {
            const double around = static_cast<double>(k) / segments;
            const double side = radius * cosTurn(around), up = radius * sinTurn(around);
            // The bend's centre lies at (0, 0, bendRadius).
            shape.addPoint((bendRadius - up) * s, -side, bendRadius - (bendRadius - up) * c);
        }
    }
    for (int j = 0; j < steps; ++j)
        for (int k = 0; k < segments; ++k) {
            const int next = (k + 1) % segments, low = j * segments, high = low + segments;
            shape.addFace({low + k, high + k, high + next, low + next}, 0);
        }
    std::vector<int> first, last;
    for (int k = 0; k < segments; ++k) {
        first.push_back(k);
        last.push_back(steps * segments + segments - 1 - k);
    }
    shape.addFace(first);
    shape.addFace(last);
    return shape;
}

Shape openBox(double wall) {
    Shape shape;
    // Corners in the order (-x -y) (+x -y) (+x +y) (-x +y), bottom then top; outside 0…7, inside 8…15.
    const auto ring = [&](double x0, double x1, double y0, double y1, double z) {
        shape.addPoint(x0, y0, z);
        shape.addPoint(x1, y0, z);
        shape.addPoint(x1, y1, z);
        shape.addPoint(x0, y1, z);
    };
    ring(-0.5, 0.5, -0.5, 0.5, 0);
    ring(-0.5, 0.5, -0.5, 0.5, 1);
    ring(-0.5 + wall, 0.5 - wall, -0.5, 0.5 - wall, wall);
    ring(-0.5 + wall, 0.5 - wall, -0.5, 0.5 - wall, 1 - wall);
    shape.addFace({0, 3, 2, 1});
    shape.addFace({4, 5, 6, 7});
    shape.addFace({1, 2, 6, 5});
    shape.addFace({2, 3, 7, 6});
    shape.addFace({3, 0, 4, 7});
    shape.addFace({8, 9, 10, 11});
    shape.addFace({12, 15, 14, 13});
    shape.addFace({9, 13, 14, 10});
    shape.addFace({10, 14, 15, 11});
    shape.addFace({11, 15, 12, 8});
    shape.addFace({0, 1, 9, 8});
    shape.addFace({1, 5, 13, 9});
    shape.addFace({5, 4, 12, 13});
    shape.addFace({4, 0, 8, 12});
    return shape;
}

Shape moved(Shape shape, const Matrix4d& m) {
    for (Vec3d& p : shape.points) p = m.transformPoint(p);
    return shape;
}

void append(Shape& shape, const Shape& other) {
    const int firstPoint = static_cast<int>(shape.points.size());
    int firstGroup = 0;
    for (const int group : shape.smoothing) firstGroup = std::max(firstGroup, group + 1);
    shape.points.insert(shape.points.end(), other.points.begin(), other.points.end());
    shape.counts.insert(shape.counts.end(), other.counts.begin(), other.counts.end());
    for (const int i : other.indices) shape.indices.push_back(firstPoint + i);
    for (const int group : other.smoothing) shape.smoothing.push_back(group < 0 ? -1 : firstGroup + group);
}

void shade(Shape& shape) {
    std::map<std::pair<int, int>, Vec3d> smooth;  // (point, group) → sum
    size_t corner = 0;
    for (size_t f = 0; f < shape.counts.size(); corner += shape.counts[f++]) {
        const Vec3d area = vectorArea(shape, &shape.indices[corner], shape.counts[f]);
        if (shape.smoothing[f] < 0) continue;
        for (int k = 0; k < shape.counts[f]; ++k) {
            Vec3d& sum = smooth[{shape.indices[corner + k], shape.smoothing[f]}];
            sum = sum + area;
        }
    }
    Bounds box;
    for (const Vec3d& p : shape.points) box.add(p);
    shape.cornerNormals.clear();
    shape.cornerSt.clear();
    corner = 0;
    for (size_t f = 0; f < shape.counts.size(); corner += shape.counts[f++]) {
        const Vec3d area = vectorArea(shape, &shape.indices[corner], shape.counts[f]);
        size_t axis = 0;
        for (size_t i = 1; i < 3; ++i)
            if (std::abs(area[i]) > std::abs(area[axis])) axis = i;
        const size_t u = axis == 0 ? 1 : 0, v = axis == 2 ? 1 : 2;
        for (int k = 0; k < shape.counts[f]; ++k) {
            const int p = shape.indices[corner + k];
            const int group = shape.smoothing[f];
            shape.cornerNormals.push_back(normalized(group < 0 ? area : smooth[{p, group}]));
            const auto along = [&](size_t i) {
                const double span = box.max[i] - box.min[i];
                return static_cast<float>(span > 0 ? (shape.points[p][i] - box.min[i]) / span : 0);
            };
            shape.cornerSt.push_back({{along(u), along(v)}});
        }
    }
}

}  // namespace usdtune::example
