// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/mesh_diff.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <numbers>
#include <numeric>
#include <optional>
#include <sstream>

#include "usdtune/mesh/same_surface.h"
#include "usdtune/verify/look_as_drawn.h"
#include "usdtune/verify/mesh_facts.h"
#include "usdtune/verify/surface_within.h"

namespace usdtune {

namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr size_t kNoFace = SIZE_MAX;
constexpr double kNormalDegrees = 0.01;
/// Operations hold normals to the same limit in the space of their meshes, and this is the world.
constexpr double kNormalSlack = 0.0003;

/// Which corner, face and point of B stands for each of A's; kNone where A's face is exempt (no height) or was
/// one of several equal faces.
struct Correspondence {
    bool identical = false;  ///< index i is index i
    std::vector<uint32_t> cornerOf, faceOf;
    /// Faces of A for which several of B's lie within a tolerance: nobody can tell which one says what they said.
    std::vector<uint8_t> ambiguous;
    bool isAmbiguous(size_t i) const { return !identical && i < ambiguous.size() && ambiguous[i] != 0; }
    uint32_t corner(size_t i) const { return identical ? static_cast<uint32_t>(i) : cornerOf[i]; }
    uint32_t face(size_t i) const { return identical ? static_cast<uint32_t>(i) : faceOf[i]; }
};

class MeshPair {
public:
    MeshPair(const Scene& sceneA, const Drawn& a, const Scene& sceneB, const Drawn& b, const AssetNames& assets,
             const DiffOptions& options, std::vector<Difference>& out)
        : sceneA_(sceneA),
          sceneB_(sceneB),
          a_(a),
          b_(b),
          meshA_(sceneA.meshes()[sceneA.meshOf(a.prim).index]),
          meshB_(sceneB.meshes()[sceneB.meshOf(b.prim).index]),
          assets_(assets),
          options_(options),
          out_(out) {
        epsilon_ = surfaceEpsilon(meshA_, a.world) + options.tolerance;
    }

    void run() {
        if (!meshA_.flags.validTopology || !meshB_.flags.validTopology) return brokenContent();
        sameFlags();
        bounds();
        if (!surface()) return;
        if (anythingRead()) {
            normals();
            primvars();
        }
        subsets();
    }

private:
    void add(const char* law, std::string message, double distance = 0) {
        out_.push_back({law, a_.path, b_.path, std::move(message), distance});
    }

    /// What no renderer can draw has to stay byte for byte as it was.
    void brokenContent() {
        if (meshA_.flags.validTopology != meshB_.flags.validTopology)
            return add("surface", "the topology is valid on one side only");
        if (meshA_.topologyHash != meshB_.topologyHash || meshA_.pointsHash != meshB_.pointsHash)
            add("surface", "the mesh is malformed and its arrays are not what they were");
    }

    void sameFlags() {
        if (meshA_.flags.doubleSided != meshB_.flags.doubleSided) add("facing", "doubleSided differs");
        if (meshA_.flags.subdivided != meshB_.flags.subdivided)
            add("subdivision", "one side is a subdivision surface, the other is not");
        else if (meshA_.flags.subdivided)
            for (std::string& rule : otherSubdivisionRules(sceneA_, a_.prim, sceneB_, b_.prim))
                add("subdivision", std::move(rule));
    }

    /// An extent that held the points goes on holding them; a new one has to.
    void bounds() {
        if (extentHoldsPoints(meshB_, b_.world, options_.tolerance)) return;
        if (meshA_.extent.size() == 2 && !extentHoldsPoints(meshA_, a_.world, options_.tolerance)) return;
        add("bounds", "its extent does not hold its points");
    }

    /// Establishes the correspondence; false when the surfaces differ, so that nothing else can be compared.
    bool surface() {
        const bool sameTopology = std::equal(meshA_.faceVertexCounts.begin(), meshA_.faceVertexCounts.end(),
                                             meshB_.faceVertexCounts.begin(), meshB_.faceVertexCounts.end()) &&
                                  std::equal(meshA_.faceVertexIndices.begin(), meshA_.faceVertexIndices.end(),
                                             meshB_.faceVertexIndices.begin(), meshB_.faceVertexIndices.end()) &&
                                  meshA_.points.size() == meshB_.points.size();
        if (sameTopology && pointsAgree()) {
            match_.identical = true;
            if (!facingAgrees()) {
                add("facing", "the front of the surface is on the other side (orientation against mirrored transform)");
                return false;
            }
            return cageAgrees();
        }
        if (meshA_.flags.subdivided) {
            if (sameTopology) return moved();
            add("subdivision", "the control cage has another topology: " + std::to_string(meshA_.faceCount()) +
                                   " faces against " + std::to_string(meshB_.faceCount()));
            return false;
        }
        return facesAgree(sameTopology);
    }

    Vec3d worldA(size_t i) const { return a_.world.transformPoint(toDouble(meshA_.points[i])); }
    Vec3d worldB(size_t i) const { return b_.world.transformPoint(toDouble(meshB_.points[i])); }

    /// Points that no face uses draw nothing; only those that are used must agree.
    bool pointsAgree() {
        if (meshA_.pointsHash == meshB_.pointsHash && a_.world == b_.world) return true;
        largest_ = 0;
        std::vector<uint8_t> seen(meshA_.points.size(), 0);
        for (const int index : meshA_.faceVertexIndices) {
            const auto i = static_cast<size_t>(index);
            if (seen[i] != 0) continue;
            seen[i] = 1;
            const double distance = length(worldA(i) - worldB(i));
            // NaN on both sides draws nothing on either; it agrees only with itself.
            if (std::isnan(distance) && std::memcmp(&meshA_.points[i], &meshB_.points[i], sizeof(Vec3f)) == 0) continue;
            largest_ = std::isnan(distance) ? INFINITY : std::max(largest_, distance);
        }
        return largest_ <= epsilon_;
    }

    bool facingAgrees() const {
        const bool flippedA = meshA_.flags.leftHanded != (a_.world.determinant3() < 0);
        const bool flippedB = meshB_.flags.leftHanded != (b_.world.determinant3() < 0);
        return flippedA == flippedB;
    }

    bool cageAgrees() {
        const auto same = [](auto x, auto y) { return std::equal(x.begin(), x.end(), y.begin(), y.end()); };
        const bool agrees = same(meshA_.holeIndices, meshB_.holeIndices) &&
                            (!meshA_.flags.subdivided || (same(meshA_.creaseIndices, meshB_.creaseIndices) &&
                                                          same(meshA_.creaseLengths, meshB_.creaseLengths) &&
                                                          same(meshA_.creaseSharpnesses, meshB_.creaseSharpnesses) &&
                                                          same(meshA_.cornerIndices, meshB_.cornerIndices) &&
                                                          same(meshA_.cornerSharpnesses, meshB_.cornerSharpnesses)));
        if (!agrees) add("subdivision", "holes, creases or corners differ");
        return agrees;
    }

    bool moved() {
        std::ostringstream text;
        const double metres = largest_ * sceneA_.stage().metersPerUnit;
        text << "a point moved by " << metres << " m, " << epsilon_ * sceneA_.stage().metersPerUnit << " m are allowed";
        add("surface", text.str(), metres);
        return false;
    }

    bool facesAgree(bool sameTopology) {
        std::vector<Vec3d> pointsA(meshA_.points.size()), pointsB(meshB_.points.size());
        for (size_t i = 0; i < pointsA.size(); ++i) pointsA[i] = worldA(i);
        for (size_t i = 0; i < pointsB.size(); ++i) pointsB[i] = worldB(i);
        const auto mirrored = [](const Mesh& mesh, const Matrix4d& world) {
            return mesh.flags.leftHanded != (world.determinant3() < 0);
        };
        const TopologyView topologyA{meshA_.faceVertexCounts, meshA_.faceVertexIndices, pointsA.size()};
        const TopologyView topologyB{meshB_.faceVertexCounts, meshB_.faceVertexIndices, pointsB.size()};
        SameSurfaceReport report = sameSurface({pointsA, topologyA, mirrored(meshA_, a_.world)},
                                               {pointsB, topologyB, mirrored(meshB_, b_.world)}, {.epsilon = epsilon_});
        const SurfaceGap gap = report.same() || !(options_.tolerance > 0) ? SurfaceGap() : gapBetween();
        if (!report.same() && (gap.faceOfFirst.empty() || !gap.within(epsilon_))) {
            const double metersPerUnit = sceneA_.stage().metersPerUnit;
            double distance = 0;
            for (const SurfaceMismatch& mismatch : report.mismatches)
                if (std::isfinite(mismatch.distance)) distance = std::max(distance, mismatch.distance * metersPerUnit);
            // A face without a counterpart in reach tells no distance of its own; its points may.
            if (sameTopology && std::isfinite(largest_)) distance = largest_ * metersPerUnit;
            std::ostringstream text;
            text << report.unmatchedFirst << " of " << meshA_.faceCount() << " faces have no counterpart within "
                 << epsilon_ * metersPerUnit << " m, and " << report.unmatchedSecond << " of the result's "
                 << meshB_.faceCount() << " are new";
            add("surface", text.str(), distance);
            return false;
        }
        match_.faceOf = std::move(report.partnerOfFirst);
        if (options_.tolerance > 0) match_.ambiguous = std::move(report.ambiguous);
        match_.cornerOf = cornersOfPairs(pointsA, pointsB, mirrored(meshA_, a_.world) != mirrored(meshB_, b_.world),
                                         report.exemptPairs);
        for (size_t f = 0; f < gap.faceOfFirst.size(); ++f)  // no corners, but a face that shows where it showed
            if (match_.faceOf[f] == kNone) match_.faceOf[f] = gap.faceOfFirst[f];
        return true;
    }

    /// What is cut into other faces, or lies so close together that faces cannot be told apart within the tolerance.
    SurfaceGap gapBetween() const {
        const Vec3d origin = originOf(b_);
        Context alone;
        alone.threadCount = 1;
        return surfaceGap(PlacedMesh(sceneA_, a_, origin), PlacedMesh(sceneB_, b_, origin), epsilon_, alone);
    }

    /// Of a face and its counterpart, the corners that stand for each other. In order where both have as many: the
    /// corners of a small face can lie nearer to a neighbor's counterpart than to their own. Where one side is exempt,
    /// its corners may have become one and cannot tell which normal belongs to which: they stand for none, so that of
    /// such a pair only the material is compared.
    std::vector<uint32_t> cornersOfPairs(const std::vector<Vec3d>& pointsA, const std::vector<Vec3d>& pointsB,
                                         bool reversed, std::span<const uint32_t> exemptPairs) const {
        const std::vector<uint32_t> offsetB = cornerOffsets(meshB_.faceVertexCounts);
        std::vector<uint32_t> cornerOf(meshA_.cornerCount(), kNone);
        std::vector<Vec3d> ringA, ringB;
        size_t corner = 0;
        for (size_t f = 0; f < meshA_.faceCount(); ++f) {
            const auto count = static_cast<size_t>(meshA_.faceVertexCounts[f]);
            const uint32_t other = match_.faceOf[f];
            if (other != kNone) {
                const auto read = [](const std::vector<Vec3d>& points, std::span<const int> indices, auto& ring) {
                    ring.clear();
                    for (const int i : indices) ring.push_back(points[static_cast<size_t>(i)]);
                };
                const uint32_t begin = offsetB[other];
                read(pointsA, meshA_.faceVertexIndices.subspan(corner, count), ringA);
                read(pointsB, meshB_.faceVertexIndices.subspan(begin, offsetB[other + 1] - begin), ringB);
                const auto shift = turnOf(ringA, ringB, reversed);
                // Corners that a tolerance made one say what one of them said.
                const bool tells = shift || !(options_.tolerance > 0);
                for (size_t k = 0; tells && k < count; ++k)
                    cornerOf[corner + k] = begin + static_cast<uint32_t>(shift ? turned(k, *shift, count, reversed)
                                                                               : nearest(ringA[k], ringB));
            }
            corner += count;
        }
        const std::vector<uint32_t> offsetA = cornerOffsets(meshA_.faceVertexCounts);
        for (const uint32_t f : exemptPairs)
            std::fill(cornerOf.begin() + offsetA[f], cornerOf.begin() + offsetA[f + 1], kNone);
        return cornerOf;
    }

    static size_t turned(size_t k, size_t shift, size_t count, bool reversed) {
        return (reversed ? shift + count - k : shift + k) % count;
    }

    /// The turn of `b` that lies nearest to `a`, corner by corner; none where no turn lies within epsilon.
    std::optional<size_t> turnOf(const std::vector<Vec3d>& a, const std::vector<Vec3d>& b, bool reversed) const {
        std::optional<size_t> found;
        if (a.size() != b.size()) return found;
        double least = INFINITY;
        for (size_t shift = 0; shift < b.size(); ++shift) {
            double sum = 0;
            for (size_t k = 0; k < a.size() && sum < least; ++k) {
                const double distance = length(a[k] - b[turned(k, shift, a.size(), reversed)]);
                sum += distance <= epsilon_ ? distance * distance : INFINITY;
            }
            if (sum < least) least = sum, found = shift;
        }
        return found;
    }

    static size_t nearest(const Vec3d& p, const std::vector<Vec3d>& ring) {
        const auto at = std::min_element(ring.begin(), ring.end(), [&](const Vec3d& x, const Vec3d& y) {
            return dot(x - p, x - p) < dot(y - p, y - p);
        });
        return static_cast<size_t>(at - ring.begin());
    }

    // --- what is read on the surface -----------------------------------------------------------------------------

    /// Row of an array that a corner reads, given how the array is spread over the mesh.
    static size_t slot(Interpolation interpolation, const Mesh& mesh, size_t corner, size_t face) {
        switch (interpolation) {
            case Interpolation::Constant:
                return 0;
            case Interpolation::Uniform:
                return face;
            case Interpolation::Vertex:
            case Interpolation::Varying:
                return static_cast<size_t>(mesh.faceVertexIndices[corner]);
            case Interpolation::FaceVarying:
                return corner;
        }
        return 0;
    }

    template <class Body>
    void forEachCornerPair(const Body& body) const {
        size_t corner = 0;
        for (size_t face = 0; face < meshA_.faceCount(); ++face) {
            const auto count = static_cast<size_t>(meshA_.faceVertexCounts[face]);
            if (match_.isAmbiguous(face)) {
                corner += count;
                continue;
            }
            for (size_t k = 0; k < count; ++k, ++corner) {
                const uint32_t otherCorner = match_.corner(corner);
                const uint32_t otherFace = match_.face(face);
                if (otherCorner != kNone && otherFace != kNone && !body(corner, face, otherCorner, otherFace)) return;
            }
        }
    }

    /// False when no face of A shows: what is written on such a mesh may go with its faces.
    bool anythingRead() const {
        bool any = false;
        forEachCornerPair([&](size_t, size_t, size_t, size_t) {
            any = true;
            return false;
        });
        return any;
    }

    struct NormalField {
        std::span<const Vec3f> values;
        std::span<const int> indices;
        Interpolation interpolation = Interpolation::Vertex;
        bool indexed = false;
        bool present() const { return !values.empty(); }
        bool sameAs(const NormalField& other) const {
            return interpolation == other.interpolation && indexed == other.indexed &&
                   values.size() == other.values.size() &&
                   (values.data() == other.values.data() ||
                    std::memcmp(values.data(), other.values.data(), values.size_bytes()) == 0) &&
                   std::equal(indices.begin(), indices.end(), other.indices.begin(), other.indices.end());
        }
        const Vec3f* at(size_t slot) const {
            if (indexed) {
                if (slot >= indices.size() || indices[slot] < 0) return nullptr;
                slot = static_cast<size_t>(indices[slot]);
            }
            return slot < values.size() ? &values[slot] : nullptr;
        }
    };

    /// `primvars:normals` win over `normals`, as UsdGeomMesh documents.
    static NormalField normalsOf(const Scene& scene, const Drawn& drawn, const Mesh& mesh) {
        const ResolvedPrimvar primvar = resolvePrimvar(scene, drawn, "normals");
        if (primvar.values != nullptr)
            return {primvar.values->value.as<Vec3f>(Element::Float, 3), primvar.indices, primvar.interpolation,
                    primvar.indexed};
        return {mesh.normals, {}, mesh.normalsInterpolation, false};
    }

    void normals() {
        if (meshA_.flags.subdivided) return;  // a subdivision surface computes its own
        const NormalField fieldA = normalsOf(sceneA_, a_, meshA_), fieldB = normalsOf(sceneB_, b_, meshB_);
        if (fieldA.present() != fieldB.present())
            return add("normals", fieldA.present() ? "authored normals are gone" : "normals were added");
        if (!fieldA.present()) return;
        if (match_.identical && a_.world == b_.world && fieldA.sameAs(fieldB)) return;
        bool okA = false, okB = false;
        const Matrix4d inverseA = inverseAffine(a_.world, okA), inverseB = inverseAffine(b_.world, okB);
        if (!okA || !okB) return;  // a flattened mesh has no inverse; its points were compared
        const std::vector<uint32_t> offsets =
            options_.tolerance > 0 ? cornerOffsets(meshA_.faceVertexCounts) : std::vector<uint32_t>();
        double worst = 0, allowed = kNormalDegrees;  // of the corner that exceeds most
        size_t faceOfLimit = kNoFace;
        double limit = kNormalDegrees;
        forEachCornerPair([&](size_t cornerA, size_t faceA, size_t cornerB, size_t faceB) {
            const Vec3f* nA = fieldA.at(slot(fieldA.interpolation, meshA_, cornerA, faceA));
            const Vec3f* nB = fieldB.at(slot(fieldB.interpolation, meshB_, cornerB, faceB));
            if (faceA != faceOfLimit) faceOfLimit = faceA, limit = kNormalDegrees + tilt(faceA, offsets);
            const auto hold = [&](double degrees) {
                if (degrees - limit > worst - allowed) worst = degrees, allowed = limit;
            };
            if (nA == nullptr || nB == nullptr) {
                if (nA != nB) hold(180);
                return true;
            }
            const Vec3d wA = inverseTransposed(inverseA, toDouble(*nA)),
                        wB = inverseTransposed(inverseB, toDouble(*nB));
            const double lengths = length(wA) * length(wB);
            if (!(lengths > 0)) return true;  // a zero normal shades nothing on either side that could be told apart
            if (dot(wA, wB) > (1 - 1e-9) * lengths) return true;  // less than 0.003°, and most are
            hold(std::atan2(length(cross(wA, wB)), dot(wA, wB)) * 180 / std::numbers::pi);
            return true;
        });
        if (worst > allowed + kNormalSlack) {
            std::ostringstream text;
            text << "a normal turned by " << worst << "°, " << allowed << "° are allowed";
            add("normals", text.str());
        }
    }

    /// How far, in degrees, a face may tilt whose corners may move by the tolerance.
    double tilt(size_t face, const std::vector<uint32_t>& offsets) const {
        if (!(options_.tolerance > 0)) return 0;
        const auto ring = meshA_.faceVertexIndices.subspan(offsets[face], offsets[face + 1] - offsets[face]);
        const Vec3d start = worldA(static_cast<size_t>(ring[0]));
        Vec3d twice{}, before{};
        double longest = 0;
        for (size_t k = 1; k < ring.size(); ++k) {
            const Vec3d arm = worldA(static_cast<size_t>(ring[k])) - start;
            longest = std::max(longest, length(arm));
            twice = twice + cross(before, arm);
            before = arm;
        }
        const double height = longest > 0 ? length(twice) / longest : 0;
        return std::atan2(2 * options_.tolerance, height) * 180 / std::numbers::pi;
    }

    static Vec3d inverseTransposed(const Matrix4d& inverse, const Vec3d& n) {
        Vec3d out;
        for (size_t r = 0; r < 3; ++r) out[r] = n[0] * inverse[r][0] + n[1] * inverse[r][1] + n[2] * inverse[r][2];
        return out;
    }

    /// Whether a network of `b` reads it, too; one that A alone reads was compared by what it delivers.
    bool readByBoth(TokenId primvar) const {
        if (a_.look == b_.look && a_.subsetLooks == b_.subsetLooks) return true;
        return std::any_of(b_.materials.begin(), b_.materials.end(), [&](MaterialId id) {
            const Material& material = sceneB_.materials().rows[id.index];
            const auto& names = material.readPrimvars;
            return material.readsUnknownPrimvars || !material.understood ||
                   std::find(names.begin(), names.end(), primvar) != names.end();
        });
    }

    /// Whether both meshes hold it and it may have been carried over, whoever reads it.
    bool onBoth(const Primvar& primvar) const {
        return std::any_of(meshB_.primvars.begin(), meshB_.primvars.end(),
                           [&](const Primvar& other) { return other.name == primvar.name; });
    }

    /// What a renderer can read: display colour and opacity, and every primvar that a bound material asks for. Of a
    /// material that this version cannot look into, every primvar counts. What nobody reads may go, but where it stays
    /// it says what it said.
    std::vector<std::string> readNames() const {
        std::vector<std::string> names{"displayColor", "displayOpacity"};
        bool all = meshA_.flags.skinned;
        for (const MaterialId id : a_.materials) {
            const Material& material = sceneA_.materials().rows[id.index];
            all = all || material.readsUnknownPrimvars || !material.understood;
            for (const TokenId name : material.readPrimvars)
                if (readByBoth(name)) names.emplace_back(sceneA_.text(name));
        }
        for (const Primvar& primvar : meshA_.primvars)
            if (all || onBoth(primvar)) names.emplace_back(sceneA_.text(primvar.name));
        std::sort(names.begin(), names.end());
        names.erase(std::unique(names.begin(), names.end()), names.end());
        std::erase(names, "normals");
        return names;
    }

    void primvars() {
        for (const std::string& name : readNames()) {
            const ResolvedPrimvar pA = resolvePrimvar(sceneA_, a_, name), pB = resolvePrimvar(sceneB_, b_, name);
            if (pA.values == nullptr && pB.values == nullptr) continue;
            if (pA.values == nullptr || pB.values == nullptr) {
                add("primvar", "primvar " + name + (pB.values == nullptr ? " is gone" : " was added"));
                continue;
            }
            if (!samplesAgree(*pA.values, *pB.values)) {
                add("primvar", "primvar " + name + " has other time samples");
                continue;
            }
            if (pA.values->value.empty() && pB.values->value.empty()) continue;
            if (!valuesAgree(pA, pB)) add("primvar", "primvar " + name + " reads differently on the surface");
        }
    }

    bool samplesAgree(const Property& x, const Property& y) const {
        const auto sx = sceneA_.samples(x), sy = sceneB_.samples(y);
        return std::equal(sx.begin(), sx.end(), sy.begin(), sy.end(), [](const TimeSample& p, const TimeSample& q) {
            return p.time == q.time && p.blocked == q.blocked && (p.blocked || sameBytes(p.value, q.value));
        });
    }

    bool valuesAgree(const ResolvedPrimvar& pA, const ResolvedPrimvar& pB) const {
        const Value& vA = pA.values->value;
        const Value& vB = pB.values->value;
        const bool sameIndices = pA.indexed == pB.indexed &&
                                 std::equal(pA.indices.begin(), pA.indices.end(), pB.indices.begin(), pB.indices.end());
        if (match_.identical && pA.interpolation == pB.interpolation && pA.elementSize == pB.elementSize &&
            sameIndices && sameBytes(vA, vB))
            return true;
        if (vA.type != vB.type || pA.elementSize != pB.elementSize) return false;
        const size_t bytes = vA.elementSize() * pA.elementSize;
        if (bytes == 0) return vA.count == vB.count;
        const auto element = [bytes](const ResolvedPrimvar& p, const Value& v, size_t slot) -> const char* {
            if (p.indexed) {
                if (slot >= p.indices.size() || p.indices[slot] < 0) return nullptr;
                slot = static_cast<size_t>(p.indices[slot]);
            }
            return (slot + 1) * bytes <= v.byteSize() ? static_cast<const char*>(v.data) + slot * bytes : nullptr;
        };
        bool agree = true;
        forEachCornerPair([&](size_t cornerA, size_t faceA, size_t cornerB, size_t faceB) {
            const char* eA = element(pA, vA, slot(pA.interpolation, meshA_, cornerA, faceA));
            const char* eB = element(pB, vB, slot(pB.interpolation, meshB_, cornerB, faceB));
            agree = eA != nullptr && eB != nullptr ? std::memcmp(eA, eB, bytes) == 0 : eA == eB;
            return agree;
        });
        return agree;
    }

    /// Which material each face is drawn with, and which faces each named family member holds.
    void subsets() {
        std::vector<MaterialLook> looksA = looksByFace(meshA_, a_), looksB = looksByFace(meshB_, b_);
        LookAsDrawn lookA(sceneA_, a_, assets_.naming(true)), lookB(sceneB_, b_, assets_.naming(false));
        for (size_t face = 0; face < meshA_.faceCount(); ++face) {
            const uint32_t other = match_.face(face);
            if (other == kNone || match_.isAmbiguous(face)) continue;
            if (looksA[face] != looksB[other] && lookA.onFace(face) != lookB.onFace(other))
                return add("binding", "face " + std::to_string(face) + " is drawn with another material");
        }
        if (meshA_.subsets.size() != meshB_.subsets.size())
            add("subset",
                std::to_string(meshA_.subsets.size()) + " subsets against " + std::to_string(meshB_.subsets.size()));
    }

    static std::vector<MaterialLook> looksByFace(const Mesh& mesh, const Drawn& drawn) {
        std::vector<MaterialLook> looks(mesh.faceCount(), drawn.look);
        for (size_t s = 0; s < mesh.subsets.size(); ++s) {
            for (const int face : mesh.subsets[s].indices)
                if (face >= 0 && static_cast<size_t>(face) < looks.size())
                    for (size_t purpose = 0; purpose < 3; ++purpose)
                        if (drawn.subsetLooks[s][purpose] != Hash128{})
                            looks[static_cast<size_t>(face)][purpose] = drawn.subsetLooks[s][purpose];
        }
        return looks;
    }

    const Scene& sceneA_;
    const Scene& sceneB_;
    const Drawn& a_;
    const Drawn& b_;
    const Mesh& meshA_;
    const Mesh& meshB_;
    const AssetNames& assets_;
    const DiffOptions& options_;
    std::vector<Difference>& out_;
    double epsilon_ = 0;
    double largest_ = 0;
    Correspondence match_;
};

}  // namespace

void diffMeshes(const Scene& sceneA, const Drawn& a, const Scene& sceneB, const Drawn& b, const AssetNames& assets,
                const DiffOptions& options, std::vector<Difference>& out) {
    MeshPair(sceneA, a, sceneB, b, assets, options, out).run();
}

}  // namespace usdtune
