// SPDX-License-Identifier: Apache-2.0
//
// Everything that is evaluated goes through one table of weights on control points, so that a width and a colour follow
// the same curve as the place.
#include "usdtune/render/strands.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "usdtune/base/bounds.h"
#include "usdtune/render/curve_places.h"

namespace usdtune {

namespace {

constexpr double kHairline = 1.0 / 500;

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
            readNurbs(counts);
        else
            readBasis(counts);

        const std::vector<float> radii = radiiOf();
        std::vector<float> places;
        if (!points_.empty()) places = places_.vertex.apply(points_.front().v.data(), {}, 3);
        addTangents(places);
        std::vector<uint8_t> keep(places_.vertex.size());
        for (size_t i = 0; i < keep.size(); ++i)
            keep[i] = std::isfinite(places[3 * i]) && std::isfinite(places[3 * i + 1]) &&
                      std::isfinite(places[3 * i + 2]) && std::isfinite(radii[i]);
        for (size_t i = 0; i < keep.size(); ++i) {
            if (keep[i] == 0) continue;
            const auto at = static_cast<uint32_t>(out_.points.size());
            out_.points.push_back({{places[3 * i], places[3 * i + 1], places[3 * i + 2], radii[i]}});
            if (places_.joined[i] == 0 || keep[i + 1] == 0) continue;
            out_.segments.push_back(at);
            out_.segmentPrims.push_back(places_.curves[i]);
        }
        // Without a segment the points would be spheres.
        if (out_.segments.empty()) out_.points.clear();
        if (out_.points.size() < keep.size()) {
            places_.vertex.filter(keep);
            places_.varying.filter(keep);
        }
        for (const TokenId name : wanted)
            if (const Primvar* const primvar = primvarNamed(scene_.text(name)); primvar && !out_.points.empty())
                addOfCurves(*primvar);
    }

    void readBasis(std::span<const int> counts) {
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
                flattenHermite(curve, places_);
            else if (linear)
                flattenLinear(curve, periodic, places_);
            else
                flattenCubic(curve, basis, wrap, places_);
            curve.first += curve.count;
            ++curve.index;
        }
    }

    void readNurbs(std::span<const int> counts) {
        const std::span<const int> orders = array<int>("order", Element::Int, 1);
        std::span<const double> knots = array<double>("knots", Element::Double, 1);
        const std::span<const double> weights = array<double>("pointWeights", Element::Double, 1);
        const std::span<const Vec2d> ranges = array<Vec2d>("ranges", Element::Double, 2);
        places_.hasVarying = false;
        Curve curve;
        for (const int n : counts) {
            curve.count = static_cast<uint32_t>(std::max(n, 0));
            const size_t order =
                curve.index < orders.size() && orders[curve.index] > 0 ? static_cast<size_t>(orders[curve.index]) : 0;
            const size_t knotCount = std::min(knots.size(), curve.count + order);
            const bool weighted = weights.size() == points_.size(), ranged = curve.index < ranges.size();
            const double infinity = std::numeric_limits<double>::infinity();
            if (!flattenNurbs(curve, order, knots.first(knotCount),
                              weighted ? weights.subspan(curve.first, curve.count) : std::span<const double>(),
                              ranged ? ranges[curve.index][0] : -infinity, ranged ? ranges[curve.index][1] : infinity,
                              places_))
                tell("curve " + std::to_string(curve.index) + " of " + std::to_string(n) + " points and order " +
                     std::to_string(order) + " is passed over, as its knots do not describe one");
            knots = knots.subspan(knotCount);
            curve.first += curve.count;
            ++curve.index;
        }
    }

    void addTangents(std::vector<float>& places) {
        if (places_.tangents.size() == 0) return;
        const std::span<const Vec3f> tangents = array<Vec3f>("tangents", Element::Float, 3);
        if (tangents.size() != points_.size()) return tell("each point has one tangent, but some have none");
        const std::vector<float> bend = places_.tangents.apply(tangents.front().v.data(), {}, 3);
        for (size_t i = 0; i < places.size(); ++i) places[i] += bend[i];
    }

    /// What an interpolation of curves asks for.
    bool fitsCurves(const RenderPrimvar& primvar, Interpolation interpolation) const {
        const size_t count = placeCount(primvar);
        return interpolation == Interpolation::Constant  ? count > 0
               : interpolation == Interpolation::Uniform ? count == curveCount_
               : interpolation == Interpolation::Vertex  ? count == points_.size()
               : interpolation == Interpolation::Varying ? places_.hasVarying && count == places_.varyingCount
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
        std::vector<float> out(places_.vertex.size());
        if (!sizes) {
            std::fill(out.begin(), out.end(), static_cast<float>(boundsOf(points_).diagonal() * kHairline / 2));
            return out;
        }
        if (interpolation == Interpolation::Vertex)
            out = places_.vertex.apply(sizes->values.data(), sizes->indices, 1);
        else if (interpolation == Interpolation::Varying)
            out = places_.varying.apply(sizes->values.data(), sizes->indices, 1);
        else
            for (size_t i = 0; i < out.size(); ++i)
                out[i] = widthAt(*sizes, interpolation == Interpolation::Constant ? 0 : places_.curves[i]);
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
            addEvaluated(*read, primvar.interpolation == Interpolation::Vertex ? places_.vertex : places_.varying);
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
    CurvePlaces places_;
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
