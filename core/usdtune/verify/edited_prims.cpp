// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/edited_prims.h"

#include <algorithm>
#include <unordered_map>

#include "usdtune/scene/incoming_targets.h"

namespace usdtune {

namespace {

class RowComparison {
public:
    RowComparison(const Scene& a, const Scene& b) : a_(a), b_(b) {}

    bool same(PrimId mine, PrimId theirs) const {
        const Prim &x = a_.prim(mine), &y = b_.prim(theirs);
        return x.path == y.path && x.typeName == y.typeName && x.specifier == y.specifier && x.layer == y.layer &&
               sameFlags(x.flags, y.flags) && prototypePath(a_, x) == prototypePath(b_, y) &&
               sameTokens(x.apiSchemas, y.apiSchemas) && sameMetadata(x.metadata, y.metadata) &&
               sameProperties(mine, theirs);
    }

private:
    static bool sameFlags(const PrimFlags& x, const PrimFlags& y) {
        return x.active == y.active && x.defined == y.defined && x.abstract == y.abstract && x.loaded == y.loaded &&
               x.instanceable == y.instanceable && x.instance == y.instance && x.prototypeRoot == y.prototypeRoot &&
               x.inPrototype == y.inPrototype && x.hasArcs == y.hasArcs && x.opaque == y.opaque;
    }
    static bool sameFlags(const PropertyFlags& x, const PropertyFlags& y) {
        return x.relationship == y.relationship && x.custom == y.custom && x.uniform == y.uniform &&
               x.blocked == y.blocked && x.animated == y.animated && x.opaque == y.opaque &&
               x.mismatched == y.mismatched;
    }
    static TokenId prototypePath(const Scene& scene, const Prim& row) {
        return row.prototype.valid() ? scene.prim(row.prototype).path : TokenId();
    }
    bool sameTokens(RowRange x, RowRange y) const {
        const auto mine = a_.tokenList(x), theirs = b_.tokenList(y);
        return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end());
    }
    bool sameMetadata(RowRange x, RowRange y) const {
        const auto mine = a_.metadata(x), theirs = b_.metadata(y);
        return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                          [](const Metadatum& m, const Metadatum& t) {
                              return m.key == t.key && m.typeName == t.typeName && sameBytes(m.value, t.value);
                          });
    }
    bool sameSamples(const Property& x, const Property& y) const {
        const auto mine = a_.samples(x), theirs = b_.samples(y);
        return std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                          [](const TimeSample& m, const TimeSample& t) {
                              return m.time == t.time && m.blocked == t.blocked && sameBytes(m.value, t.value);
                          });
    }
    bool sameProperties(PrimId mine, PrimId theirs) const {
        const auto x = a_.properties(mine), y = b_.properties(theirs);
        return std::equal(x.begin(), x.end(), y.begin(), y.end(), [&](const Property& m, const Property& t) {
            return m.name == t.name && m.typeName == t.typeName && sameFlags(m.flags, t.flags) && m.layer == t.layer &&
                   m.hasTargets == t.hasTargets && sameBytes(m.value, t.value) && sameSamples(m, t) &&
                   sameTokens(m.targets, t.targets) && sameMetadata(m.metadata, t.metadata);
        });
    }

    const Scene& a_;
    const Scene& b_;
};

/// Rows of one scene that are in question, grown until nothing outside is drawn with something inside.
class Question {
public:
    explicit Question(const Scene& scene) : scene_(scene), flags_(scene.prims().size(), 0) {
        for (size_t row = scene.stagePrimCount(); row < scene.prims().size(); ++row)
            instancersInPrototypes_ |= scene.typeName(PrimId(row)) == "PointInstancer";
    }

    /// The prim with everything below it. Subsets are drawn by their mesh; all of a network by whoever binds it.
    void add(PrimId prim) {
        for (PrimId above = prim; above.valid(); above = scene_.prim(above).parent)
            if (scene_.typeName(above) == "Material" || scene_.typeName(above) == "PointInstancer") prim = above;
        if (scene_.typeName(prim) == "GeomSubset" && scene_.prim(prim).parent.valid()) prim = scene_.prim(prim).parent;
        if (flags_[prim.index] != 0) return;
        for (uint32_t row = prim.index; row < scene_.prim(prim).subtreeEnd; ++row) {
            if (flags_[row] != 0) continue;
            flags_[row] = 1;
            fresh_.push_back(PrimId(row));
        }
    }

    /// Whoever points at something in question is in question, but for collections: being a member of one with it makes
    /// nobody look different. One that includes another collection is what that one is.
    void grow() {
        if (fresh_.empty()) return;
        const IncomingTargets incoming(scene_);
        for (size_t next = 0; next < fresh_.size(); ++next) {
            drawnBy(fresh_[next]);
            for (const IncomingTarget& target : incoming.at(fresh_[next])) {
                const Property& property = scene_.property(target.property);
                const bool isMember = scene_.text(property.name).starts_with("collection:") &&
                                      scene_.text(target.path).find(".collection:") == std::string_view::npos;
                if (!isMember) add(property.prim);
            }
        }
    }

    bool has(PrimId prim) const { return flags_[prim.index] != 0; }
    std::vector<uint8_t> take() { return std::move(flags_); }

private:
    /// What an instancer draws is met at the paths of its prototypes, and not below it.
    void drawnBy(PrimId prim) {
        const Prim& row = scene_.prim(prim);
        if (instancersInPrototypes_ && row.prototype.valid()) add(row.prototype);
        if (scene_.typeName(prim) != "PointInstancer") return;
        const PropertyId prototypes = scene_.findProperty(prim, "prototypes");
        if (!prototypes.valid()) return;
        for (const TokenId target : scene_.tokenList(scene_.property(prototypes).targets))
            if (const PrimId found = scene_.findThroughInstances(scene_.text(target)); found.valid()) add(found);
    }

    const Scene& scene_;
    bool instancersInPrototypes_ = false;
    std::vector<uint8_t> flags_;
    std::vector<PrimId> fresh_;
};

/// Rows of B at the rows of A: by path, roots of prototypes by the path of their first instance. Invalid where gone.
std::vector<PrimId> rowsOfB(const Scene& a, const Scene& b) {
    std::unordered_map<TokenId, PrimId> rootOf;
    for (const Prototype& prototype : b.prototypes()) rootOf.emplace(b.prim(prototype.root).path, prototype.root);
    std::vector<PrimId> out(a.prims().size());
    for (size_t row = 0; row < out.size(); ++row) {
        const Prim& prim = a.prims()[row];
        if (!prim.flags.prototypeRoot) {
            out[row] = b.find(prim.path);
        } else if (const auto root = rootOf.find(prim.path); root != rootOf.end()) {
            out[row] = root->second;
        }
    }
    return out;
}

/// Which tokens are paths that lead elsewhere by the mapping; each is asked about once.
class Redirected {
public:
    Redirected(const Scene& scene, const PathMapping& mapping)
        : scene_(scene), mapping_(mapping), known_(scene.tokens().size(), kUnknown) {}

    bool operator()(TokenId path) {
        if (!path.valid() || mapping_.empty()) return false;
        int8_t& known = known_[path.index];
        if (known == kUnknown) known = mapping_.map(scene_.text(path)).path != scene_.text(path) ? 1 : 0;
        return known == 1;
    }

private:
    static constexpr int8_t kUnknown = -1;
    const Scene& scene_;
    const PathMapping& mapping_;
    std::vector<int8_t> known_;
};

}  // namespace

EditedPrims editedPrims(const Scene& a, const Scene& b, const PathMapping& mapping) {
    USDTUNE_ASSERT(&a.tokens() == &b.tokens(), "scenes are compared over one token table");
    const RowComparison rows(a, b);
    const std::vector<PrimId> toB = rowsOfB(a, b);
    Redirected redirected(a, mapping);
    Question inA(a), inB(b);
    EditedPrims out;
    out.written.assign(a.prims().size(), 0);
    std::vector<uint8_t> known(b.prims().size(), 0);

    for (size_t row = 0; row < toB.size(); ++row) {
        const PrimId mine(row), theirs = toB[row];
        if (theirs.valid()) known[theirs.index] = 1;
        const bool edited = !theirs.valid() || !rows.same(mine, theirs);
        const bool leadsElsewhere = redirected(a.prim(mine).path);
        if (edited) ++out.editedCount;
        if (edited || leadsElsewhere) {
            out.written[row] = 1;
            inA.add(mine);
            if (theirs.valid()) inB.add(theirs);
        }
        if (!leadsElsewhere) continue;
        const std::string_view path = a.path(mine);
        const PathMapping::Target to = mapping.map(path);
        if (const PrimId there = b.findThroughInstances(to.path); there.valid() && !to.path.starts_with(path))
            inB.add(there);
    }
    for (const Property& property : a.properties())
        for (const TokenId target : a.tokenList(property.targets))
            if (redirected(target)) out.written[property.prim.index] = 1;
    for (size_t row = 0; row < known.size(); ++row) {
        if (known[row] != 0) continue;
        ++out.editedCount;
        inB.add(PrimId(row));
    }

    inA.grow();
    inB.grow();
    // What one side puts in question is so on the other, too, so that both sides leave out the same.
    std::vector<PrimId> alsoInA, alsoInB;
    for (size_t row = 0; row < toB.size(); ++row) {
        if (!toB[row].valid() || inA.has(PrimId(row)) == inB.has(toB[row])) continue;
        if (inA.has(PrimId(row)))
            alsoInB.push_back(toB[row]);
        else
            alsoInA.emplace_back(row);
    }
    for (const PrimId prim : alsoInA) inA.add(prim);
    for (const PrimId prim : alsoInB) inB.add(prim);
    out.inA = inA.take();
    out.inB = inB.take();
    return out;
}

}  // namespace usdtune
