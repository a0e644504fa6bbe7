// SPDX-License-Identifier: Apache-2.0
//
// Rules are OpenSubdiv's (Pixar, 3.5): uniform refinement and limit masks. Its limit tangents describe one side of a
// crease only, so that normals at vertices with sharp edges around are means of the refined facets, one per side. Sums
// run in float64, as authored points may lie far from the origin.
#include "usdtune/render/subdivide.h"

#include <opensubdiv/far/primvarRefiner.h>
#include <opensubdiv/far/topologyDescriptor.h>
#include <opensubdiv/far/topologyRefinerFactory.h>
#include <opensubdiv/sdc/crease.h>

#include <algorithm>
#include <cmath>
#include <memory>

namespace usdtune {

namespace {

namespace Far = OpenSubdiv::Far;
namespace Sdc = OpenSubdiv::Sdc;

constexpr uint32_t kUnused = 0xFFFFFFFFu;
constexpr int kDeepestLevel = 10;

/// Rows of a few numbers, in the shape that OpenSubdiv's refiner asks for.
class Rows {
public:
    struct Row {
        double* at;
        size_t width;
        void Clear() const { std::fill_n(at, width, 0.0); }        // NOLINT(readability-identifier-naming)
        void AddWithWeight(const Row& row, double weight) const {  // NOLINT(readability-identifier-naming)
            for (size_t i = 0; i < width; ++i) at[i] += weight * row.at[i];
        }
    };

    Rows(size_t count, size_t width) : width_(width), values_(count * width) {}
    Row operator[](int i) { return {values_.data() + static_cast<size_t>(i) * width_, width_}; }
    /// Of the same kind, as the refiner mixes rows of what it reads into what it writes.
    Row operator[](int i) const {
        return {const_cast<double*>(values_.data()) + static_cast<size_t>(i) * width_, width_};
    }
    Vec3d vec3(int i) const {
        const Row row = (*this)[i];
        return {{row.at[0], row.at[1], row.at[2]}};
    }
    size_t width() const { return width_; }
    std::vector<float> floats() const { return {values_.begin(), values_.end()}; }

private:
    size_t width_;
    std::vector<double> values_;
};

/// What OpenSubdiv is told: faces of three corners and more, and the points that they use.
struct Cage {
    std::vector<int> counts, indices;
    std::vector<uint32_t> faces;    ///< of the authored mesh
    std::vector<uint32_t> corners;  ///< likewise, one per entry of `indices`
    std::vector<uint32_t> points;   ///< likewise, one per point of the cage
    std::vector<uint32_t> pointOf;  ///< authored point → point of the cage, or kUnused
    std::vector<int> creaseEnds, sharpPoints, holes;
    std::vector<float> creaseWeights, sharpWeights;
};

Cage cageOf(const Mesh& mesh) {
    Cage out;
    out.pointOf.assign(mesh.points.size(), kUnused);
    for (const int p : mesh.faceVertexIndices) out.pointOf[static_cast<size_t>(p)] = 0;
    std::vector<bool> isHole(mesh.faceCount());
    for (const int face : mesh.holeIndices) isHole[static_cast<size_t>(face)] = true;
    for (size_t p = 0; p < mesh.points.size(); ++p) {
        if (out.pointOf[p] == kUnused) continue;
        out.pointOf[p] = static_cast<uint32_t>(out.points.size());
        out.points.push_back(static_cast<uint32_t>(p));
    }
    const auto pointOf = [&](int p) { return static_cast<int>(out.pointOf[static_cast<size_t>(p)]); };

    size_t corner = 0;
    for (size_t face = 0; face < mesh.faceCount(); ++face) {
        const auto n = static_cast<size_t>(mesh.faceVertexCounts[face]);
        if (n >= 3) {
            if (isHole[face]) out.holes.push_back(static_cast<int>(out.counts.size()));
            out.counts.push_back(static_cast<int>(n));
            out.faces.push_back(static_cast<uint32_t>(face));
            for (size_t c = corner; c < corner + n; ++c) {
                out.indices.push_back(pointOf(mesh.faceVertexIndices[c]));
                out.corners.push_back(static_cast<uint32_t>(c));
            }
        }
        corner += n;
    }

    // Also what is negative or no number is no sharpness.
    const auto sharpness = [](float s) { return s > 0 ? std::min(s, Sdc::Crease::SHARPNESS_INFINITE) : 0.0f; };
    const bool perCrease = mesh.creaseSharpnesses.size() == mesh.creaseLengths.size();
    size_t end = 0, edge = 0;
    for (size_t crease = 0; crease < mesh.creaseLengths.size(); ++crease) {
        const auto n = static_cast<size_t>(mesh.creaseLengths[crease]);
        for (size_t k = 1; k < n; ++k, ++edge) {
            const int a = pointOf(mesh.creaseIndices[end + k - 1]), b = pointOf(mesh.creaseIndices[end + k]);
            if (a == -1 || b == -1) continue;
            out.creaseEnds.insert(out.creaseEnds.end(), {a, b});
            out.creaseWeights.push_back(sharpness(mesh.creaseSharpnesses[perCrease ? crease : edge]));
        }
        end += n;
    }
    for (size_t i = 0; i < mesh.cornerIndices.size(); ++i) {
        if (pointOf(mesh.cornerIndices[i]) == -1) continue;
        out.sharpPoints.push_back(pointOf(mesh.cornerIndices[i]));
        out.sharpWeights.push_back(sharpness(mesh.cornerSharpnesses[i]));
    }
    return out;
}

template <class T, size_t N>
T named(std::string_view text, const std::array<std::pair<std::string_view, T>, N>& names, T fallback) {
    for (const auto& [name, value] : names)
        if (name == text) return value;
    return fallback;
}

Sdc::Options rulesOf(const Scene& scene, const Mesh& mesh, TimeCode time) {
    using Options = Sdc::Options;
    const auto token = [&](std::string_view name) { return tokenAt(scene, mesh.prim, name, "", time); };
    Options out;
    out.SetVtxBoundaryInterpolation(
        named(token("interpolateBoundary"),
              std::to_array<std::pair<std::string_view, Options::VtxBoundaryInterpolation>>(
                  {{"none", Options::VTX_BOUNDARY_NONE}, {"edgeOnly", Options::VTX_BOUNDARY_EDGE_ONLY}}),
              Options::VTX_BOUNDARY_EDGE_AND_CORNER));
    out.SetFVarLinearInterpolation(named(token("faceVaryingLinearInterpolation"),
                                         std::to_array<std::pair<std::string_view, Options::FVarLinearInterpolation>>(
                                             {{"none", Options::FVAR_LINEAR_NONE},
                                              {"cornersOnly", Options::FVAR_LINEAR_CORNERS_ONLY},
                                              {"cornersPlus2", Options::FVAR_LINEAR_CORNERS_PLUS2},
                                              {"boundaries", Options::FVAR_LINEAR_BOUNDARIES},
                                              {"all", Options::FVAR_LINEAR_ALL}}),
                                         Options::FVAR_LINEAR_CORNERS_PLUS1));
    out.SetTriangleSubdivision(token("triangleSubdivisionRule") == "smooth" ? Options::TRI_SUB_SMOOTH
                                                                            : Options::TRI_SUB_CATMARK);
    return out;
}

/// A primvar on its way through the levels.
struct Refined {
    RenderPrimvar primvar;
    Interpolation interpolation;
    int channel = -1;           ///< of face-varying data
    std::vector<int> places{};  ///< per corner of the cage: its value; face-varying ones only
};

class Refinement {
public:
    Refinement(const Mesh& mesh, Cage cage, Sdc::SchemeType scheme)
        : mesh_(mesh), cage_(std::move(cage)), scheme_(scheme) {}

    void want(const Primvar& primvar, const RenderPrimvar& read) {
        Refined& refined = primvars_.emplace_back(Refined{read, primvar.interpolation});
        if (read.rate != PrimvarRate::Corner) return;
        refined.channel = channelCount_++;
        refined.places.reserve(cage_.corners.size());
        for (const uint32_t corner : cage_.corners)
            refined.places.push_back(read.indices.empty() ? static_cast<int>(corner) : read.indices[corner]);
    }

    /// False where OpenSubdiv refuses the topology.
    bool refine(const Sdc::Options& rules, int level) {
        std::vector<Far::TopologyDescriptor::FVarChannel> channels;
        for (const Refined& refined : primvars_) {
            if (refined.channel < 0) continue;
            Far::TopologyDescriptor::FVarChannel channel;
            channel.numValues = static_cast<int>(refined.primvar.values.size() / refined.primvar.width);
            channel.valueIndices = refined.places.data();
            channels.push_back(channel);
        }
        Far::TopologyDescriptor about;
        about.numVertices = static_cast<int>(cage_.points.size());
        about.numFaces = static_cast<int>(cage_.counts.size());
        about.numVertsPerFace = cage_.counts.data();
        about.vertIndicesPerFace = cage_.indices.data();
        about.numCreases = static_cast<int>(cage_.creaseWeights.size());
        about.creaseVertexIndexPairs = cage_.creaseEnds.data();
        about.creaseWeights = cage_.creaseWeights.data();
        about.numCorners = static_cast<int>(cage_.sharpPoints.size());
        about.cornerVertexIndices = cage_.sharpPoints.data();
        about.cornerWeights = cage_.sharpWeights.data();
        about.numHoles = static_cast<int>(cage_.holes.size());
        about.holeIndices = cage_.holes.data();
        about.isLeftHanded = mesh_.flags.leftHanded;
        about.numFVarChannels = channelCount_;
        about.fvarChannels = channels.data();

        using Factory = Far::TopologyRefinerFactory<Far::TopologyDescriptor>;
        refiner_.reset(Factory::Create(about, Factory::Options(scheme_, rules)));
        if (!refiner_) return false;
        Far::TopologyRefiner::UniformOptions how(level);
        how.fullTopologyInLastLevel = true;
        refiner_->RefineUniform(how);
        return true;
    }

    void write(Tessellation& out) {
        Rows points(cage_.points.size(), 3);
        for (size_t p = 0; p < cage_.points.size(); ++p)
            for (size_t axis = 0; axis < 3; ++axis)
                points[static_cast<int>(p)].at[axis] = static_cast<double>(mesh_.points[cage_.points[p]][axis]);
        points = toLastLevel(std::move(points), Interpolation::Vertex, 0);

        const auto count = static_cast<size_t>(last().GetNumVertices());
        Rows limit(count, 3), along(count, 3), across(count, 3);
        Far::PrimvarRefinerReal<double>(*refiner_).Limit(points, limit, along, across);
        auto places = std::make_shared<std::vector<Vec3f>>(count);
        for (size_t v = 0; v < count; ++v) (*places)[v] = toFloat(limit.vec3(static_cast<int>(v)));
        out.points = *places;
        out.keepers.push_back(std::move(places));

        if (scheme_ != Sdc::SCHEME_BILINEAR) writeNormals(limit, along, across, out);
        for (const Refined& refined : primvars_) writePrimvar(refined, out);
        writeTriangles(out);
    }

private:
    const Far::TopologyLevel& last() const {
        if (!last_) last_ = std::make_unique<Far::TopologyLevel>(refiner_->GetLevel(refiner_->GetMaxLevel()));
        return *last_;
    }

    Rows toLastLevel(Rows rows, Interpolation interpolation, int channel) const {
        const Far::PrimvarRefinerReal<double> refiner(*refiner_);
        for (int level = 1; level <= refiner_->GetMaxLevel(); ++level) {
            const Far::TopologyLevel at = refiner_->GetLevel(level);
            const bool ofCorners = interpolation == Interpolation::FaceVarying;
            Rows finer(static_cast<size_t>(ofCorners ? at.GetNumFVarValues(channel) : at.GetNumVertices()),
                       rows.width());
            if (ofCorners)
                refiner.InterpolateFaceVarying(level, rows, finer, channel);
            else if (interpolation == Interpolation::Varying)
                refiner.InterpolateVarying(level, rows, finer);
            else
                refiner.Interpolate(level, rows, finer);
            rows = std::move(finer);
        }
        return rows;
    }

    void writePrimvar(const Refined& refined, Tessellation& out) const {
        RenderPrimvar primvar = refined.primvar;
        if (primvar.rate == PrimvarRate::Constant || primvar.rate == PrimvarRate::Face) {
            out.primvars.push_back(primvar);  // `faces` names authored faces
            return;
        }
        const size_t width = primvar.width;
        const auto row = [&](size_t place) { return primvar.values.data() + place * width; };
        if (primvar.rate == PrimvarRate::Point) {
            Rows rows(cage_.points.size(), width);
            for (size_t p = 0; p < cage_.points.size(); ++p) {
                const size_t point = cage_.points[p];
                const size_t place = primvar.indices.empty() ? point : static_cast<size_t>(primvar.indices[point]);
                std::copy_n(row(place), width, rows[static_cast<int>(p)].at);
            }
            rows = toLastLevel(std::move(rows), refined.interpolation, 0);
            if (refined.interpolation == Interpolation::Vertex) rows = toLimit(rows, -1);
            primvar.indices = {};
            keep(rows, primvar, out);
        } else {
            const size_t count = primvar.values.size() / width;
            Rows rows(count, width);
            for (size_t i = 0; i < count; ++i) std::copy_n(row(i), width, rows[static_cast<int>(i)].at);
            rows = toLimit(toLastLevel(std::move(rows), Interpolation::FaceVarying, refined.channel), refined.channel);
            auto places = std::make_shared<std::vector<int>>();
            for (int face = 0; face < last().GetNumFaces(); ++face) {
                const auto values = last().GetFaceFVarValues(face, refined.channel);
                places->insert(places->end(), values.begin(), values.end());
            }
            primvar.indices = *places;
            out.keepers.push_back(std::move(places));
            keep(rows, primvar, out);
        }
        out.primvars.push_back(primvar);
    }

    Rows toLimit(const Rows& rows, int channel) const {
        const Far::PrimvarRefinerReal<double> refiner(*refiner_);
        const int count = channel < 0 ? last().GetNumVertices() : last().GetNumFVarValues(channel);
        Rows limit(static_cast<size_t>(count), rows.width());
        if (channel < 0)
            refiner.Limit(rows, limit);
        else
            refiner.LimitFaceVarying(rows, limit, channel);
        return limit;
    }

    static void keep(const Rows& rows, RenderPrimvar& primvar, Tessellation& out) {
        auto owner = std::make_shared<const std::vector<float>>(rows.floats());
        primvar.values = *owner;
        out.keepers.push_back(std::move(owner));
    }

    /// Whether the limit tangents of a vertex tell its normal: nothing sharp meets there but a boundary.
    bool isSmooth(int vertex) const {
        if (last().IsVertexNonManifold(vertex)) return false;
        bool boundary = false;
        for (const int edge : last().GetVertexEdges(vertex)) {
            if (last().IsEdgeBoundary(edge))
                boundary = true;
            else if (last().GetEdgeSharpness(edge) > 0)
                return false;
        }
        return boundary || !(last().GetVertexSharpness(vertex) > 0);
    }

    void writeNormals(const Rows& limit, const Rows& along, const Rows& across, Tessellation& out) {
        auto normals = std::make_shared<std::vector<Vec3f>>(static_cast<size_t>(last().GetNumVertices()));
        auto places = std::make_shared<std::vector<int>>();
        for (int vertex = 0; vertex < last().GetNumVertices(); ++vertex) {
            const Vec3d normal = cross(along.vec3(vertex), across.vec3(vertex));
            const double size = length(normal);
            if (isSmooth(vertex) && size > 0 && std::isfinite(size)) {
                (*normals)[static_cast<size_t>(vertex)] = toFloat(normal * (1 / size));
                continue;
            }
            if (places->empty()) startPlaces(*places);
            splitNormal(limit, vertex, *normals, *places);
        }
        out.normals.width = 3;
        out.normals.rate = places->empty() ? PrimvarRate::Point : PrimvarRate::Corner;
        if (!normals->empty()) out.normals.values = {normals->front().v.data(), 3 * normals->size()};
        out.normals.indices = *places;
        out.keepers.push_back(std::move(normals));
        out.keepers.push_back(std::move(places));
    }

    void startPlaces(std::vector<int>& places) const {
        for (int face = 0; face < last().GetNumFaces(); ++face) {
            const auto vertices = last().GetFaceVertices(face);
            places.insert(places.end(), vertices.begin(), vertices.end());
        }
    }

    /// One normal for each group of faces around a vertex that no infinitely sharp edge parts.
    void splitNormal(const Rows& limit, int vertex, std::vector<Vec3f>& normals, std::vector<int>& places) const {
        const auto faces = last().GetVertexFaces(vertex);
        const auto corners = last().GetVertexFaceLocalIndices(vertex);
        std::vector<int> group(static_cast<size_t>(faces.size()));
        for (size_t i = 0; i < group.size(); ++i) group[i] = static_cast<int>(i);
        const auto joined = [&](int face) {
            const auto found = std::find(faces.begin(), faces.end(), face);
            return group[static_cast<size_t>(found - faces.begin())];
        };
        for (const int edge : last().GetVertexEdges(vertex)) {
            const auto beside = last().GetEdgeFaces(edge);
            if (beside.size() != 2 || last().IsEdgeNonManifold(edge) || last().IsEdgeInfSharp(edge)) continue;
            const int a = joined(beside[0]), b = joined(beside[1]);
            std::replace(group.begin(), group.end(), std::max(a, b), std::min(a, b));
        }
        bool first = true;
        for (size_t g = 0; g < group.size(); ++g) {
            if (group[g] != static_cast<int>(g)) continue;
            Vec3d sum;
            for (size_t i = g; i < group.size(); ++i)
                if (group[i] == static_cast<int>(g))
                    sum = sum + facetNormal(limit, faces[static_cast<int>(i)], corners[static_cast<int>(i)]);
            // The vertex's own row serves the first group.
            const size_t row = first ? static_cast<size_t>(vertex) : normals.size();
            if (first)
                normals[row] = toFloat(sum);
            else
                normals.push_back(toFloat(sum));
            first = false;
            for (size_t i = g; i < group.size(); ++i)
                if (group[i] == static_cast<int>(g))
                    places[cornerOf(faces[static_cast<int>(i)], corners[static_cast<int>(i)])] = static_cast<int>(row);
        }
    }

    size_t faceSize() const { return scheme_ == Sdc::SCHEME_LOOP ? 3 : 4; }
    size_t cornerOf(int face, int corner) const {
        return static_cast<size_t>(face) * faceSize() + static_cast<size_t>(corner);
    }

    /// The unit normal of a facet at one corner, times the angle there (Thürmer and Wüthrich, 1998).
    Vec3d facetNormal(const Rows& limit, int face, int corner) const {
        const auto vertices = last().GetFaceVertices(face);
        const int n = vertices.size();
        const Vec3d at = limit.vec3(vertices[corner]);
        const Vec3d to = limit.vec3(vertices[(corner + 1) % n]) - at;
        const Vec3d from = limit.vec3(vertices[(corner + n - 1) % n]) - at;
        const Vec3d normal = cross(to, from);
        const double size = length(normal);
        if (!(size > 0) || !std::isfinite(size)) return {};
        return normal * (std::atan2(size, dot(to, from)) / size);
    }

    void writeTriangles(Tessellation& out) const {
        const bool wantsCorners =
            out.normals.rate == PrimvarRate::Corner ||
            std::any_of(out.primvars.begin(), out.primvars.end(),
                        [](const RenderPrimvar& primvar) { return primvar.rate == PrimvarRate::Corner; });
        const size_t perFace = faceSize() - 2;
        const auto count = static_cast<size_t>(last().GetNumFaces()) * perFace;
        out.triangles.reserve(count);
        out.faces.reserve(count);
        if (wantsCorners) out.corners.reserve(count);
        const std::vector<uint32_t> authored = authoredFaces();
        for (int face = 0; face < last().GetNumFaces(); ++face) {
            if (last().IsFaceHole(face)) continue;
            const auto vertices = last().GetFaceVertices(face);
            for (size_t t = 0; t < perFace; ++t) {
                const std::array<uint32_t, 3> places{0, static_cast<uint32_t>(t + 1), static_cast<uint32_t>(t + 2)};
                const auto vertex = [&](size_t k) {
                    return static_cast<uint32_t>(vertices[static_cast<int>(places[k])]);
                };
                const std::array<uint32_t, 3> triangle{vertex(0), vertex(1), vertex(2)};
                if (!std::all_of(triangle.begin(), triangle.end(), [&](uint32_t v) { return isFinite(out.points[v]); }))
                    continue;
                out.triangles.push_back(triangle);
                out.faces.push_back(authored[static_cast<size_t>(face)]);
                const auto first = static_cast<uint32_t>(cornerOf(face, 0));
                if (wantsCorners) out.corners.push_back({first + places[0], first + places[1], first + places[2]});
            }
        }
    }

    std::vector<uint32_t> authoredFaces() const {
        std::vector<uint32_t> faces = cage_.faces;
        for (int level = 1; level <= refiner_->GetMaxLevel(); ++level) {
            const Far::TopologyLevel at = refiner_->GetLevel(level);
            std::vector<uint32_t> finer(static_cast<size_t>(at.GetNumFaces()));
            for (int face = 0; face < at.GetNumFaces(); ++face)
                finer[static_cast<size_t>(face)] = faces[static_cast<size_t>(at.GetFaceParentFace(face))];
            faces = std::move(finer);
        }
        return faces;
    }

    const Mesh& mesh_;
    Cage cage_;
    Sdc::SchemeType scheme_;
    std::vector<Refined> primvars_;
    int channelCount_ = 0;
    std::unique_ptr<Far::TopologyRefiner> refiner_;
    mutable std::unique_ptr<Far::TopologyLevel> last_;
};

/// OpenSubdiv prints what it thinks of a topology; nobody asked, and what matters is told in `problem`.
void hushOpenSubdiv() {
    static const bool hushed = [] {
        Far::SetErrorCallback([](Far::ErrorType, const char*) {});
        Far::SetWarningCallback([](const char*) {});
        return true;
    }();
    (void)hushed;
}

/// Faces after so many refinements: each splits in four, the first time an n-gon into n quads.
size_t refinedFaceCount(const Cage& cage, Sdc::SchemeType scheme, int level) {
    const size_t once = scheme == Sdc::SCHEME_LOOP ? 4 * cage.counts.size() : cage.indices.size();
    return once << (2 * (level - 1));
}

}  // namespace

std::string_view subdivisionScheme(const Scene& scene, const Mesh& mesh, TimeCode time) {
    return tokenAt(scene, mesh.prim, "subdivisionScheme", "catmullClark", time);
}

bool subdivide(const Scene& scene, const Mesh& mesh, const TessellateOptions& options, Tessellation& out) {
    const auto refuse = [&](const std::string& why) {
        out.problem = std::string(scene.path(mesh.prim)) + ": " + why;
        return false;
    };
    const std::string_view name = subdivisionScheme(scene, mesh, options.time);
    const Sdc::SchemeType scheme = name == "loop"       ? Sdc::SCHEME_LOOP
                                   : name == "bilinear" ? Sdc::SCHEME_BILINEAR
                                                        : Sdc::SCHEME_CATMARK;
    if (scheme == Sdc::SCHEME_CATMARK && name != "catmullClark")
        return refuse("subdivisionScheme is " + std::string(name) +
                      ", which is none of catmullClark, loop, bilinear; "
                      "its cage is drawn");
    Cage cage = cageOf(mesh);
    if (cage.counts.empty()) return false;
    if (scheme == Sdc::SCHEME_LOOP)
        for (const int n : cage.counts)
            if (n != 3) return refuse("subdivisionScheme is loop, but not all faces are triangles; its cage is drawn");

    int level = std::min(options.level, kDeepestLevel);
    while (level > 0 && refinedFaceCount(cage, scheme, level) > options.refinedFaceLimit) --level;
    if (level < options.level) {
        out.problem = std::string(scene.path(mesh.prim)) + ": refined " + std::to_string(level) + " instead of " +
                      std::to_string(options.level) + " times, as it would have more than " +
                      std::to_string(options.refinedFaceLimit) + " faces";
        if (level == 0) return false;
    }

    hushOpenSubdiv();
    Refinement refinement(mesh, std::move(cage), scheme);
    for (const TokenId wanted : options.primvars)
        for (const Primvar& primvar : mesh.primvars) {
            if (primvar.name != wanted) continue;
            const auto read = renderPrimvar(scene, primvar, rateOf(primvar.interpolation), options.time, out.keepers);
            if (read && fits(*read, mesh)) refinement.want(primvar, *read);
        }
    if (!refinement.refine(rulesOf(scene, mesh, options.time), level))
        return refuse("OpenSubdiv refuses its topology; its cage is drawn");
    refinement.write(out);
    return true;
}

}  // namespace usdtune
