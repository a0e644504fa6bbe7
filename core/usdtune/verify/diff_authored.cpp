// SPDX-License-Identifier: Apache-2.0
//
// The authored relation: nothing that was written down is lost. Every prim, property, target, arc and piece of metadata
// of A is in B at its own or its mapped path, with an equal value, or a row of the path map says what became of it.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "usdtune/verify/asset_names.h"
#include "usdtune/verify/diff_sink.h"
#include "usdtune/verify/edited_prims.h"
#include "usdtune/verify/path_mapping.h"

namespace usdtune {

namespace {

/// What the rendered relation compares by meaning when a mesh became the content of an instance: it has the numbers of
/// the geometry that it shares, and stands where its site puts it.
bool comparedAsDrawn(std::string_view name) {
    static constexpr std::string_view kNames[] = {
        "points",      "normals",       "extent",        "faceVertexCounts",  "faceVertexIndices", "holeIndices",
        "orientation", "doubleSided",   "cornerIndices", "cornerSharpnesses", "creaseIndices",     "creaseLengths",
        "velocities",  "accelerations", "xformOpOrder",  "creaseSharpnesses", "subdivisionScheme"};
    return name.starts_with("xformOp:") || name.starts_with("primvars:") ||
           std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

/// What an operation may write anew where it stands: what the rendered relation compares by meaning. A row that says so
/// about anything else explains nothing.
bool mayBeRewritten(const Scene& scene, const Property& property) {
    const std::string_view name = scene.text(property.name);
    if (name == "indices") return scene.typeName(property.prim) == "GeomSubset";
    return comparedAsDrawn(name) || name.starts_with("material:binding");
}

class AuthoredDiff {
public:
    AuthoredDiff(const Scene& a, const Scene& b, const PathMapping& mapping, const DiffOptions& options)
        : a_(a), b_(b), mapping_(mapping), assets_(a, b), options_(options), sink_(options) {}

    DiffReport run() {
        for (uint32_t row = 0; row < a_.stagePrimCount(); ++row)
            if (options_.edited == nullptr || options_.edited->written[row] != 0) prim(PrimId(row));
        if (mapping_.empty() && options_.edited == nullptr) extraPrims();
        arcs();
        layerMetadata();
        diffShared(a_, b_, mapping_, assets_, sink_);
        return sink_.finish();
    }

private:
    void prim(PrimId id) {
        sink_.checked("path");
        const std::string path(a_.path(id));
        const PathMapping::Target to = mapping_.map(path);
        if (to.path.empty()) {  // its removal has a row; what is deactivated is no part of the stage any more
            const PrimId still = b_.find(path);
            const bool onStage = still.valid() && still.index < b_.stagePrimCount();
            if (onStage && (b_.prim(still).flags.active || !a_.prim(id).flags.active))
                sink_.add("path", path, path, "a row says that it was removed, and it is still there");
            return;
        }
        // An instanced mesh keeps its site at the old path and its geometry at the mapped one.
        const bool split = to.listed && to.fate == PathFate::Instanced;
        const PrimId site = b_.findThroughInstances(split ? std::string_view(path) : std::string_view(to.path));
        const PrimId content = b_.findThroughInstances(to.path);
        if (!site.valid() || !content.valid())
            return sink_.add("path", path, to.path, "no such prim in the result, and no row says what became of it");
        if (to.listed && to.fate == PathFate::Merged) return;  // what it says is said by the one it was merged into
        const Prim& x = a_.prim(id);
        const Prim& y = b_.prim(split ? content : site);
        if (a_.text(x.typeName) != b_.text(y.typeName))
            sink_.add("path", path, to.path,
                      "type " + std::string(a_.text(x.typeName)) + " became " + std::string(b_.text(y.typeName)));
        if (x.flags.active != b_.prim(site).flags.active && !wentElsewhere(path))
            sink_.add("path", path, to.path, "active differs");
        if (!split && x.flags.instanceable != b_.prim(site).flags.instanceable && !explained(path))
            sink_.add("path", path, to.path, "instanceable differs");
        metadata(x.metadata, x.layer, b_.prim(site).metadata, b_.prim(site).layer, path, to.path);
        schemas(id, site, content, path, to.path);
        for (const Property& property : a_.properties(id)) this->property(property, path, site, content, split);
    }

    bool explained(const std::string& path) const { return mapping_.row(path).has_value(); }
    bool wentElsewhere(const std::string& path) const {
        const std::optional<PathMapping::Target> row = mapping_.row(path);
        return row && row->fate != PathFate::Kept;
    }

    void metadata(RowRange mine, LayerId myLayer, RowRange theirs, LayerId theirLayer, const std::string& path,
                  const std::string& otherPath) {
        for (const Metadatum& datum : a_.metadata(mine)) {
            sink_.checked("metadata");
            const Value other = b_.metadatum(theirs, a_.text(datum.key));
            if (other.empty()) {
                sink_.add("metadata", path, otherPath, std::string(a_.text(datum.key)) + " is gone");
            } else if (!assets_.agree(datum.value, myLayer, other, theirLayer) && !wentElsewhere(path)) {
                sink_.add("metadata", path, otherPath, std::string(a_.text(datum.key)) + " has another value");
            }
        }
    }

    void schemas(PrimId id, PrimId site, PrimId content, const std::string& path, const std::string& otherPath) {
        for (const TokenId schema : a_.tokenList(a_.prim(id).apiSchemas)) {
            sink_.checked("schema");
            const std::string_view name = a_.text(schema);
            if (!b_.hasApiSchema(site, name) && !b_.hasApiSchema(content, name))
                sink_.add("schema", path, otherPath, "applied schema " + std::string(name) + " is gone");
        }
    }

    void property(const Property& mine, const std::string& primPath, PrimId site, PrimId content, bool split) {
        sink_.checked("property");
        const std::string name(a_.text(mine.name));
        const std::string path = primPath + "." + name;
        const std::optional<PathMapping::Target> row = mapping_.row(path);  // says what became of this very property
        if (row && (row->fate != PathFate::Kept || mayBeRewritten(a_, mine))) return;
        PropertyId other = b_.findProperty(site, name);
        PrimId owner = site;
        if (!other.valid() && content != site) {
            other = b_.findProperty(content, name);
            owner = content;
        }
        if (!other.valid()) {
            const bool hadNothing =
                mine.value.empty() && mine.samples.empty() && !mine.hasTargets && !mine.flags.blocked;
            if (split && (hadNothing || comparedAsDrawn(name))) return;
            if (pointsAtRemovedOnly(mine)) return;
            return sink_.add("property", path, std::string(b_.path(site)),
                             "no such property in the result, and no row says what became of it");
        }
        const Property& theirs = b_.property(other);
        const std::string otherPath = std::string(b_.path(owner)) + "." + name;
        if (split && comparedAsDrawn(name)) return;
        if (a_.text(mine.typeName) != b_.text(theirs.typeName) || mine.flags.custom != theirs.flags.custom ||
            mine.flags.uniform != theirs.flags.uniform)
            sink_.add("property", path, otherPath, "its type, variability or custom flag differs");
        if (!valueAgrees(mine, theirs)) sink_.add("property", path, otherPath, "its value differs, and no row says so");
        if (!samplesAgree(mine, theirs)) sink_.add("property", path, otherPath, "its time samples differ");
        targets(mine, theirs, path, otherPath);
        metadata(mine.metadata, mine.layer, theirs.metadata, theirs.layer, path, otherPath);
    }

    /// Whether all that a relationship led to was removed, as rows say: then it may go as well as stay without targets.
    bool pointsAtRemovedOnly(const Property& mine) const {
        const auto targets = a_.tokenList(mine.targets);
        return mine.flags.relationship && !targets.empty() &&
               std::all_of(targets.begin(), targets.end(),
                           [&](TokenId target) { return mapping_.map(a_.text(target)).path.empty(); });
    }

    static bool valueAgrees(const Property& x, const Property& y) {
        if (x.flags.blocked != y.flags.blocked) return false;
        if (x.value.type.element == Element::Asset)
            return y.value.type == x.value.type && x.value.count == y.value.count;  // see law `asset`
        return x.value.empty() ? y.value.empty() : sameBytes(x.value, y.value);
    }

    bool samplesAgree(const Property& x, const Property& y) const {
        const auto sx = a_.samples(x), sy = b_.samples(y);
        return std::equal(sx.begin(), sx.end(), sy.begin(), sy.end(), [](const TimeSample& p, const TimeSample& q) {
            return p.time == q.time && p.blocked == q.blocked &&
                   (p.blocked || p.value.type.element == Element::Asset || sameBytes(p.value, q.value));
        });
    }

    void targets(const Property& mine, const Property& theirs, const std::string& path, const std::string& otherPath) {
        if (!mine.hasTargets) return;
        const auto x = a_.tokenList(mine.targets), y = b_.tokenList(theirs.targets);
        sink_.checked("target", x.size());
        std::vector<std::string> expected;
        for (const TokenId target : x) {
            const std::string_view text = a_.text(target);
            const PathMapping::Target to = mapping_.map(text);
            const bool ledSomewhere = a_.findThroughInstances(text.substr(0, text.find('.'))).valid();
            if (to.path.empty() && ledSomewhere) continue;
            // What points at a mesh that became an instance goes on pointing at its site.
            const bool stays = !ledSomewhere || (to.fate == PathFate::Instanced && to.listed);
            const std::string kept = stays ? std::string(text) : to.path;
            if (std::find(expected.begin(), expected.end(), kept) == expected.end()) expected.push_back(kept);
        }
        const bool same = std::equal(expected.begin(), expected.end(), y.begin(), y.end(),
                                     [&](const std::string& t, TokenId u) { return t == b_.text(u); });
        if (!same) sink_.add("target", path, otherPath, "it does not point at what it pointed at");
    }

    void extraPrims() {
        for (uint32_t row = 0; row < b_.stagePrimCount(); ++row) {
            const std::string_view path = b_.path(PrimId(row));
            if (!a_.find(path).valid()) sink_.add("path", "", std::string(path), "there was no such prim before");
        }
    }

    void arcs() {
        std::unordered_multimap<std::string, const Arc*> othersAt;
        for (const Arc& other : b_.tables().arcs)
            othersAt.emplace(other.prim.valid() ? std::string(b_.path(other.prim)) : "/", &other);
        for (const Arc& arc : a_.tables().arcs) {
            sink_.checked("arc");
            const std::string path = arc.prim.valid() ? std::string(a_.path(arc.prim)) : "/";
            const PathMapping::Target to = mapping_.map(path);
            if (to.path.empty()) continue;
            const auto [first, last] = othersAt.equal_range(to.path);
            const bool found = std::any_of(first, last, [&](const auto& other) {
                return other.second->kind == arc.kind && other.second->internal == arc.internal &&
                       sameTarget(arc, *other.second);
            });
            if (!found)
                sink_.add("arc", path, to.path,
                          "an arc to " + std::string(a_.text(arc.asset)) + "<" + std::string(a_.text(arc.target)) +
                              "> is gone");
        }
    }

    static constexpr size_t kNoLayer = ~size_t{0};

    /// How strong the own layer is that lies in this file, 0 being the root.
    static size_t ownLayerAt(const Scene& scene, std::string_view file) {
        const auto& layers = scene.tables().layers;
        size_t rank = 0;
        for (const Layer& layer : layers) {
            if (!layer.own) continue;
            if (!file.empty() && scene.text(layer.realPath) == file) return rank;
            ++rank;
        }
        return kNoLayer;
    }

    /// An asset path may be written anew; what it means may not change.
    bool sameTarget(const Arc& x, const Arc& y) const {
        const std::string_view target = a_.text(x.target);
        if (x.internal) return mapping_.map(target).path == b_.text(y.target);
        // An own sublayer is delivered as a copy, so another file is meant: the own layer at the same place.
        const size_t own = ownLayerAt(a_, a_.text(x.resolved));
        if (x.kind == ArcKind::Sublayer && own != kNoLayer && own == ownLayerAt(b_, b_.text(y.resolved))) return true;
        return target == b_.text(y.target) && x.broken == y.broken &&
               assets_.inA(a_.text(x.asset), a_.text(x.resolved), x.layer) ==
                   assets_.inB(b_.text(y.asset), b_.text(y.resolved), y.layer);
    }

    /// Root layer against root layer; what other own layers say about themselves goes with their copies.
    void layerMetadata() {
        if (a_.tables().layers.empty() || b_.tables().layers.empty()) return;
        const LayerId root(size_t{0});
        metadata(a_.tables().layers[0].metadata, root, b_.tables().layers[0].metadata, root, "/", "/");
    }

    const Scene& a_;
    const Scene& b_;
    const PathMapping& mapping_;
    AssetNames assets_;
    const DiffOptions& options_;
    DiffSink sink_;
};

}  // namespace

DiffReport diffAuthored(const Scene& a, const Scene& b, const std::vector<PathMove>& moves, const DiffOptions& options,
                        const Context& context) {
    return diffAuthoredBy(a, b, PathMapping(moves, a.tokens()), options, context);
}

DiffReport diffAuthoredBy(const Scene& a, const Scene& b, const PathMapping& mapping, const DiffOptions& options,
                          const Context&) {
    USDTUNE_ASSERT(&a.tokens() == &b.tokens(), "scenes are compared over one token table");
    return AuthoredDiff(a, b, mapping, options).run();
}

}  // namespace usdtune
