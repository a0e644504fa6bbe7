// SPDX-License-Identifier: Apache-2.0
//
// Segment counts, wraps and phantom points are those of UsdGeomBasisCurves' documentation; NURBS by the Cox–de Boor
// recurrence (Piegl and Tiller, The NURBS Book, A2.2). Everything that is evaluated goes through one table of weights
// on control points, so that a width and a colour follow the same curve as the place.
#include "usdtune/render/strands.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "usdtune/base/bounds.h"

namespace usdtune {

namespace {

constexpr double kHairline = 1.0 / 500;

/// Which control points make a place on a curve, and how much of each; one row per place.
class Stencils {
public:
    void add(uint32_t point, double weight) {
        points_.push_back(point);
        weights_.push_back(weight);
    }
    void endRow() { ends_.push_back(points_.size()); }
    size_t size() const { return ends_.size(); }
    /// Only rows whose entry in `keep` is not 0.
    void filter(std::span<const uint8_t> keep) {
        Stencils kept;
        each([&](size_t row, std::span<const uint32_t> points, std::span<const double> weights) {
            if (keep[row] == 0) return;
            for (size_t i = 0; i < points.size(); ++i) kept.add(points[i], weights[i]);
            kept.endRow();
        });
        *this = std::move(kept);
    }
    /// Rows of `width` numbers, mixed.
    std::vector<float> apply(const float* values, std::span<const int> indices, size_t width) const {
        std::vector<float> out(size() * width);
        each([&](size_t row, std::span<const uint32_t> points, std::span<const double> weights) {
            for (size_t c = 0; c < width; ++c) {
                double sum = 0;
                for (size_t i = 0; i < points.size(); ++i) {
                    const size_t place = indices.empty() ? points[i] : static_cast<size_t>(indices[points[i]]);
                    sum += weights[i] * static_cast<double>(values[place * width + c]);
                }
                out[row * width + c] = static_cast<float>(sum);
            }
        });
        return out;
    }

private:
    template <class Visit>
    void each(Visit visit) const {
        size_t begin = 0;
        for (size_t row = 0; row < ends_.size(); ++row) {
            const size_t count = ends_[row] - begin;
            visit(row, std::span(points_).subspan(begin, count), std::span(weights_).subspan(begin, count));
            begin = ends_[row];
        }
    }

    std::vector<uint32_t> points_;
    std::vector<double> weights_;
    std::vector<size_t> ends_;
};

/// The places on all curves of a prim before anything is evaluated.
struct Flattened {
    Stencils vertex, varying;
    Stencils tangents;             ///< of Hermite curves, beside `vertex`
    std::vector<uint32_t> curves;  ///< per place
    std::vector<uint8_t> joined;   ///< 1 where a tube leads on to the next place
    size_t varyingCount = 0;
    bool hasVarying = true;

    void endPlace(uint32_t curve, bool leadsOn) {
        vertex.endRow();
        varying.endRow();
        curves.push_back(curve);
        joined.push_back(leadsOn);
    }
};

std::array<double, 4> basisAt(std::string_view basis, double t) {
    const double s = 1 - t, t2 = t * t, t3 = t2 * t;
    if (basis == "bspline")
        return {s * s * s / 6, (3 * t3 - 6 * t2 + 4) / 6, (-3 * t3 + 3 * t2 + 3 * t + 1) / 6, t3 / 6};
    if (basis == "catmullRom")
        return {(-t3 + 2 * t2 - t) / 2, (3 * t3 - 5 * t2 + 2) / 2, (-3 * t3 + 4 * t2 + t) / 2, (t3 - t2) / 2};
    return {s * s * s, 3 * s * s * t, 3 * s * t2, t3};
}

/// One curve: its control points are [first, first + count).
struct Curve {
    uint32_t index = 0, first = 0, count = 0;
};

/// Of `segments` segments with `pieces` each; `place(segment, t)` adds the weights of one place.
template <class Place>
void walk(const Curve& curve, uint32_t segments, uint32_t pieces, bool periodic, Flattened& out, Place place) {
    const auto firstVarying = static_cast<uint32_t>(out.varyingCount);
    const uint32_t varyingCount = segments + (periodic ? 0 : 1);
    for (uint32_t segment = 0; segment < segments; ++segment)
        for (uint32_t piece = segment == 0 ? 0 : 1; piece <= pieces; ++piece) {
            const double t = static_cast<double>(piece) / pieces;
            place(segment, t);
            out.varying.add(firstVarying + segment, 1 - t);
            out.varying.add(firstVarying + (segment + 1) % varyingCount, t);
            out.endPlace(curve.index, segment + 1 < segments || piece < pieces);
        }
    out.varyingCount += varyingCount;
}

void flattenLinear(const Curve& curve, bool periodic, Flattened& out) {
    walk(curve, periodic ? curve.count : curve.count - 1, 1, periodic, out, [&](uint32_t segment, double t) {
        out.vertex.add(curve.first + segment, 1 - t);
        out.vertex.add(curve.first + (segment + 1) % curve.count, t);
    });
}

void flattenCubic(const Curve& curve, std::string_view basis, std::string_view wrap, Flattened& out) {
    const bool periodic = wrap == "periodic", bezier = basis != "bspline" && basis != "catmullRom";
    const bool pinned = wrap == "pinned" && !bezier;
    const uint32_t step = bezier ? 3 : 1;
    const uint32_t segments = periodic ? curve.count / step : pinned ? curve.count - 1 : (curve.count - 4) / step + 1;
    walk(curve, segments, kPiecesPerSegment, periodic, out, [&](uint32_t segment, double t) {
        const std::array<double, 4> weights = basisAt(basis, t);
        for (uint32_t k = 0; k < 4; ++k) {
            // Pinned curves begin and end in points that lie as far beyond the ends as the next ones before them.
            const int64_t at = static_cast<int64_t>(segment) * step + k - (pinned ? 1 : 0), last = curve.count - 1;
            const auto add = [&](int64_t point, double weight) {
                out.vertex.add(curve.first + static_cast<uint32_t>(point), weight);
            };
            if (pinned && at < 0) {
                add(0, 2 * weights[k]);
                add(1, -weights[k]);
            } else if (pinned && at > last) {
                add(last, 2 * weights[k]);
                add(last - 1, -weights[k]);
            } else {
                add(at % curve.count, weights[k]);
            }
        }
    });
}

void flattenHermite(const Curve& curve, Flattened& out) {
    walk(curve, curve.count - 1, kPiecesPerSegment, false, out, [&](uint32_t segment, double t) {
        const double t2 = t * t, t3 = t2 * t, towards = 3 * t2 - 2 * t3;
        out.vertex.add(curve.first + segment, 1 - towards);
        out.vertex.add(curve.first + segment + 1, towards);
        out.tangents.add(curve.first + segment, t3 - 2 * t2 + t);
        out.tangents.add(curve.first + segment + 1, t3 - t2);
        out.tangents.endRow();
    });
}

/// One NURBS curve between its knots; false where they do not describe one.
class NurbsWalker {
public:
    NurbsWalker(const Curve& curve, size_t order, std::span<const double> knots, std::span<const double> weights)
        : curve_(curve), order_(order), knots_(knots), weights_(weights) {}

    bool isSound() const {
        return order_ >= 2 && curve_.count >= order_ && knots_.size() == curve_.count + order_ &&
               std::is_sorted(knots_.begin(), knots_.end()) && std::isfinite(knots_.front()) &&
               std::isfinite(knots_.back()) && knots_[order_ - 1] < knots_[curve_.count];
    }

    void flatten(double from, double to, Flattened& out) const {
        from = std::max(from, knots_[order_ - 1]);
        to = std::min(to, knots_[curve_.count]);
        if (!(from < to)) return;
        const uint32_t pieces = order_ == 2 ? 1 : kPiecesPerSegment;
        bool first = true;
        for (size_t span = order_ - 1; span < curve_.count; ++span) {
            const double begin = std::max(from, knots_[span]), end = std::min(to, knots_[span + 1]);
            if (!(begin < end)) continue;
            for (uint32_t piece = first ? 0 : 1; piece <= pieces; ++piece) {
                place(span, piece == pieces ? end : begin + (end - begin) * piece / pieces, out);
                out.endPlace(curve_.index, piece < pieces || end < to);
            }
            first = false;
        }
    }

private:
    void place(size_t span, double u, Flattened& out) const {
        std::vector<double> basis(order_), left(order_), right(order_);
        basis[0] = 1;
        for (size_t j = 1; j < order_; ++j) {
            left[j] = u - knots_[span + 1 - j];
            right[j] = knots_[span + j] - u;
            double saved = 0;
            for (size_t r = 0; r < j; ++r) {
                const double share = basis[r] / (right[r + 1] + left[j - r]);
                basis[r] = saved + right[r + 1] * share;
                saved = left[j - r] * share;
            }
            basis[j] = saved;
        }
        const auto first = static_cast<uint32_t>(span + 1 - order_);
        double sum = 0;
        for (size_t k = 0; k < order_; ++k) {
            if (!weights_.empty()) basis[k] *= weights_[first + k];
            sum += basis[k];
        }
        for (size_t k = 0; k < order_; ++k)
            out.vertex.add(curve_.first + first + static_cast<uint32_t>(k), sum != 0 ? basis[k] / sum : 0);
    }

    const Curve& curve_;
    size_t order_;
    std::span<const double> knots_, weights_;
};

class StrandReader {
public:
    StrandReader(const Scene& scene, PrimId prim, TimeCode time)
        : scene_(scene), prim_(prim), time_(time), type_(scene.typeName(prim)), primvars_(primvarsOf(scene, prim)) {}

    Strands read(std::span<const TokenId> wanted) {
        points_ = array<Vec3f>("points", Element::Float, 3);
        if (type_ == "Points")
            readSpheres(wanted);
        else
            readTubes(wanted);
        return std::move(out_);
    }

private:
    template <class T>
    std::span<const T> array(std::string_view name, Element element, uint8_t components) {
        OwnedValue owned = valueAt(scene_, prim_, name, time_);
        if (owned.keeper) out_.keepers.push_back(std::move(owned.keeper));
        return owned.value.type.isArray ? owned.value.as<T>(element, components) : std::span<const T>();
    }

    void tell(const std::string& what) {
        if (out_.problem.empty()) out_.problem = std::string(scene_.path(prim_)) + ": " + what;
    }

    const Primvar* primvarNamed(std::string_view name) const {
        for (const Primvar& primvar : primvars_)
            if (scene_.text(primvar.name) == name) return &primvar;
        return nullptr;
    }

    /// The widths as they are authored, with the interpolation that they have.
    std::optional<RenderPrimvar> widths(Interpolation& interpolation) {
        if (const Primvar* const primvar = primvarNamed("widths")) {
            interpolation = primvar->interpolation;
            return renderPrimvar(scene_, *primvar, PrimvarRate::Point, time_, out_.keepers);
        }
        const std::span<const float> values = array<float>("widths", Element::Float, 1);
        if (values.empty()) return {};
        interpolation = Interpolation::Vertex;
        const Property& row = scene_.property(scene_.findProperty(prim_, "widths"));
        bool known = true;
        const std::string_view text = scene_.textOf(scene_.metadatum(row.metadata, "interpolation"));
        if (!text.empty()) interpolation = interpolationOf(text, known);
        RenderPrimvar out;
        out.values = values;
        return known ? std::optional(out) : std::nullopt;
    }

    // ---- Spheres

    void readSpheres(std::span<const TokenId> wanted) {
        Interpolation interpolation = Interpolation::Vertex;
        const auto sizes = widths(interpolation);
        const bool perPoint = sizes && sizes->width == 1 && placeCount(*sizes) == points_.size();
        const bool single = sizes && sizes->width == 1 && placeCount(*sizes) == 1;
        if (sizes && !perPoint && !single)
            tell(std::to_string(placeCount(*sizes)) + " widths are given for " + std::to_string(points_.size()) +
                 " points, so that all have the width 1");
        Stencils kept;
        for (size_t i = 0; i < points_.size(); ++i) {
            const float width = perPoint ? widthAt(*sizes, i) : single ? widthAt(*sizes, 0) : 1;
            if (!isFinite(points_[i]) || !std::isfinite(width)) continue;
            out_.points.push_back({{points_[i][0], points_[i][1], points_[i][2], std::abs(width) / 2}});
            out_.segmentPrims.push_back(static_cast<uint32_t>(i));
            kept.add(static_cast<uint32_t>(i), 1);
            kept.endRow();
        }
        for (const TokenId name : wanted)
            if (const Primvar* const primvar = primvarNamed(scene_.text(name))) addOfPoints(*primvar, kept);
    }

    static float widthAt(const RenderPrimvar& widths, size_t place) {
        return widths.values[widths.indices.empty() ? place : static_cast<size_t>(widths.indices[place])];
    }

    void addOfPoints(const Primvar& primvar, const Stencils& kept) {
        const bool constant = primvar.interpolation == Interpolation::Constant;
        const auto read =
            renderPrimvar(scene_, primvar, constant ? PrimvarRate::Constant : PrimvarRate::Point, time_, out_.keepers);
        if (!read) return;
        if (constant)
            out_.primvars.push_back(*read);
        else if (placeCount(*read) == points_.size())
            addEvaluated(*read, kept);
    }

    void addEvaluated(RenderPrimvar primvar, const Stencils& stencils) {
        auto owner = std::make_shared<const std::vector<float>>(
            stencils.apply(primvar.values.data(), primvar.indices, primvar.width));
        primvar.rate = PrimvarRate::Point;
        primvar.values = *owner;
        primvar.indices = {};
        out_.keepers.push_back(std::move(owner));
        out_.primvars.push_back(primvar);
    }

    // ---- Tubes

    void readTubes(std::span<const TokenId> wanted) {
        const std::span<const int> counts = array<int>("curveVertexCounts", Element::Int, 1);
        int64_t sum = 0;
        for (const int n : counts) sum += std::max(n, 0);
        if (sum > static_cast<int64_t>(points_.size()))
            return tell("curveVertexCounts sums to " + std::to_string(sum) + ", but there are " +
                        std::to_string(points_.size()) + " points");
        curveCount_ = counts.size();
        if (type_ == "NurbsCurves")
            flattenNurbs(counts);
        else
            flattenBasis(counts);

        const std::vector<float> radii = radiiOf();
        std::vector<float> places;
        if (!points_.empty()) places = flat_.vertex.apply(points_.front().v.data(), {}, 3);
        addTangents(places);
        std::vector<uint8_t> keep(flat_.vertex.size());
        for (size_t i = 0; i < keep.size(); ++i)
            keep[i] = std::isfinite(places[3 * i]) && std::isfinite(places[3 * i + 1]) &&
                      std::isfinite(places[3 * i + 2]) && std::isfinite(radii[i]);
        for (size_t i = 0; i < keep.size(); ++i) {
            if (keep[i] == 0) continue;
            const auto at = static_cast<uint32_t>(out_.points.size());
            out_.points.push_back({{places[3 * i], places[3 * i + 1], places[3 * i + 2], radii[i]}});
            if (flat_.joined[i] == 0 || keep[i + 1] == 0) continue;
            out_.segments.push_back(at);
            out_.segmentPrims.push_back(flat_.curves[i]);
        }
        // Without a segment the points would be spheres.
        if (out_.segments.empty()) out_.points.clear();
        if (out_.points.size() < keep.size()) {
            flat_.vertex.filter(keep);
            flat_.varying.filter(keep);
        }
        for (const TokenId name : wanted)
            if (const Primvar* const primvar = primvarNamed(scene_.text(name)); primvar && !out_.points.empty())
                addOfCurves(*primvar);
    }

    void flattenBasis(std::span<const int> counts) {
        const bool hermite = type_ == "HermiteCurves";
        const bool linear = !hermite && tokenAt(scene_, prim_, "type", "cubic", time_) == "linear";
        const std::string_view basis = tokenAt(scene_, prim_, "basis", "bezier", time_);
        const std::string_view wrap = tokenAt(scene_, prim_, "wrap", "nonperiodic", time_);
        const bool bezier = basis == "bezier", periodic = wrap == "periodic";
        const int fewest = linear || hermite ? 2 : periodic ? 3 : wrap == "pinned" && !bezier ? 2 : 4;
        Curve curve;
        for (const int n : counts) {
            curve.count = static_cast<uint32_t>(std::max(n, 0));
            if (n < fewest)
                tell("a curve of " + std::to_string(n) + " points is passed over, as one of its kind has at least " +
                     std::to_string(fewest));
            else if (hermite)
                flattenHermite(curve, flat_);
            else if (linear)
                flattenLinear(curve, periodic, flat_);
            else
                flattenCubic(curve, basis, wrap, flat_);
            curve.first += curve.count;
            ++curve.index;
        }
    }

    void flattenNurbs(std::span<const int> counts) {
        const std::span<const int> orders = array<int>("order", Element::Int, 1);
        std::span<const double> knots = array<double>("knots", Element::Double, 1);
        const std::span<const double> weights = array<double>("pointWeights", Element::Double, 1);
        const std::span<const Vec2d> ranges = array<Vec2d>("ranges", Element::Double, 2);
        flat_.hasVarying = false;
        Curve curve;
        for (const int n : counts) {
            curve.count = static_cast<uint32_t>(std::max(n, 0));
            const size_t order =
                curve.index < orders.size() && orders[curve.index] > 0 ? static_cast<size_t>(orders[curve.index]) : 0;
            const size_t knotCount = std::min(knots.size(), curve.count + order);
            const bool weighted = weights.size() == points_.size();
            const NurbsWalker walker(curve, order, knots.first(knotCount),
                                     weighted ? weights.subspan(curve.first, curve.count) : std::span<const double>());
            if (walker.isSound()) {
                const bool ranged = curve.index < ranges.size();
                walker.flatten(ranged ? ranges[curve.index][0] : knots[order - 1],
                               ranged ? ranges[curve.index][1] : knots[curve.count], flat_);
            } else {
                tell("curve " + std::to_string(curve.index) + " of " + std::to_string(n) + " points and order " +
                     std::to_string(order) + " is passed over, as its knots do not describe one");
            }
            knots = knots.subspan(knotCount);
            curve.first += curve.count;
            ++curve.index;
        }
    }

    void addTangents(std::vector<float>& places) {
        if (flat_.tangents.size() == 0) return;
        const std::span<const Vec3f> tangents = array<Vec3f>("tangents", Element::Float, 3);
        if (tangents.size() != points_.size()) return tell("each point has one tangent, but some have none");
        const std::vector<float> bend = flat_.tangents.apply(tangents.front().v.data(), {}, 3);
        for (size_t i = 0; i < places.size(); ++i) places[i] += bend[i];
    }

    /// What an interpolation of curves asks for.
    bool fitsCurves(const RenderPrimvar& primvar, Interpolation interpolation) const {
        const size_t count = placeCount(primvar);
        return interpolation == Interpolation::Constant  ? count > 0
               : interpolation == Interpolation::Uniform ? count == curveCount_
               : interpolation == Interpolation::Vertex  ? count == points_.size()
               : interpolation == Interpolation::Varying ? flat_.hasVarying && count == flat_.varyingCount
                                                         : false;
    }

    std::vector<float> radiiOf() {
        Interpolation interpolation = Interpolation::Vertex;
        auto sizes = widths(interpolation);
        if (sizes && (sizes->width != 1 || !fitsCurves(*sizes, interpolation))) {
            tell(std::to_string(placeCount(*sizes)) + " widths do not fit their " +
                 std::string(interpolationName(interpolation)) + " interpolation, so that the curves are thin");
            sizes.reset();
        }
        std::vector<float> out(flat_.vertex.size());
        if (!sizes) {
            std::fill(out.begin(), out.end(), static_cast<float>(boundsOf(points_).diagonal() * kHairline / 2));
            return out;
        }
        if (interpolation == Interpolation::Vertex)
            out = flat_.vertex.apply(sizes->values.data(), sizes->indices, 1);
        else if (interpolation == Interpolation::Varying)
            out = flat_.varying.apply(sizes->values.data(), sizes->indices, 1);
        else
            for (size_t i = 0; i < out.size(); ++i)
                out[i] = widthAt(*sizes, interpolation == Interpolation::Constant ? 0 : flat_.curves[i]);
        for (float& width : out) width = std::abs(width) / 2;
        return out;
    }

    void addOfCurves(const Primvar& primvar) {
        const PrimvarRate rate = primvar.interpolation == Interpolation::Constant  ? PrimvarRate::Constant
                                 : primvar.interpolation == Interpolation::Uniform ? PrimvarRate::Face
                                                                                   : PrimvarRate::Point;
        const auto read = renderPrimvar(scene_, primvar, rate, time_, out_.keepers);
        if (!read || !fitsCurves(*read, primvar.interpolation)) return;
        if (rate == PrimvarRate::Point)
            addEvaluated(*read, primvar.interpolation == Interpolation::Vertex ? flat_.vertex : flat_.varying);
        else
            out_.primvars.push_back(*read);
    }

    const Scene& scene_;
    PrimId prim_;
    TimeCode time_;
    std::string_view type_;
    std::vector<Primvar> primvars_;
    std::span<const Vec3f> points_;
    size_t curveCount_ = 0;
    Flattened flat_;
    Strands out_;
};

}  // namespace

bool isStrands(std::string_view typeName) {
    return typeName == "Points" || typeName == "BasisCurves" || typeName == "NurbsCurves" ||
           typeName == "HermiteCurves";
}

Strands tessellateStrands(const Scene& scene, PrimId prim, std::span<const TokenId> primvars, TimeCode time) {
    return StrandReader(scene, prim, time).read(primvars);
}

}  // namespace usdtune
