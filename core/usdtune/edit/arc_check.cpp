// SPDX-License-Identifier: Apache-2.0
#include "usdtune/edit/arc_check.h"

#include <string>
#include <unordered_map>
#include <unordered_set>

namespace usdtune {

namespace {

constexpr uint32_t kNone = Drafts::kNone;

class ArcCheck {
public:
    ArcCheck(const Scene& scene, const Drafts& drafts) : scene_(scene), in_(scene.tables()), drafts_(drafts) {
        for (const Prototype& prototype : in_.prototypes) sourceOfRoot_[prototype.root.index] = prototype.source;
    }

    Problem newReferences() const {
        std::unordered_set<TokenId> sources;
        for (const TokenId path : drafts_.referrers()) {
            const uint32_t node = drafts_.nodeAt(path);
            if (node == kNone || !drafts_.find(node)->reference.valid()) continue;
            const TokenId source = drafts_.find(node)->reference;
            if (!sources.insert(source).second) continue;
            const uint32_t target = drafts_.nodeAt(source);
            const std::string sentence =
                quoted(path) + ": the reference to " + quoted(source) + " cannot be followed: ";
            if (target == kNone) return sentence + "there is no such prim.";
            if (!drafts_.isOld(target)) {
                if (drafts_.find(target)->reference.valid()) return sentence + "that prim has a reference itself.";
                continue;
            }
            const Prim& row = drafts_.row(target);
            if (row.flags.inPrototype || row.flags.hasArcs) return sentence + "that prim has composition arcs itself.";
            if (!row.flags.active) return sentence + "that prim is inactive.";
        }
        return {};
    }

    Problem oldArcs() {
        for (const Arc& arc : in_.arcs) {
            if (!arc.internal || arc.broken || !arc.prim.valid() || arc.kind == ArcKind::Relocate) continue;
            if (arc.prim.index < scene_.stagePrimCount() && drafts_.isDead(arc.prim.index)) continue;
            const PrimId source = sourceOf(arc);
            if (!source.valid() || source.index >= scene_.stagePrimCount()) continue;
            for (PrimId above = source; above.valid(); above = in_.prims[above.index].parent)
                if (leaves(above.index))
                    return quotedAt(above) + ": it cannot be taken away, as " + arcInWords(arc, source) + ".";
            if (followsSource(arc, source)) continue;
            if (const uint32_t row = touchedAt(source); row != kNone)
                return quotedAt(PrimId(row)) + ": it cannot be edited, as " + arcInWords(arc, source) +
                       " and would change with it.";
        }
        return {};
    }

private:
    std::string quoted(TokenId id) const { return std::string(scene_.text(id)); }
    std::string quotedAt(PrimId prim) const { return quoted(in_.prims[prim.index].path); }
    std::string arcInWords(const Arc& arc, PrimId source) const {
        const bool refers = arc.kind == ArcKind::Reference || arc.kind == ArcKind::Payload;
        return quotedAt(arc.prim) + (refers ? " refers to " : " inherits from ") + quotedAt(source);
    }

    PrimId sourceOf(const Arc& arc) const {
        const bool named = arc.target.valid() && !scene_.text(arc.target).empty();
        return named ? scene_.find(arc.target) : scene_.find(drafts_.defaultPrimPath());
    }

    bool leaves(uint32_t row) const {
        return drafts_.isDead(row) || (in_.prims[row].flags.active && !drafts_.row(row).flags.active);
    }

    /// True for arcs of instances whose prototype mirrors the source, and whose own row is no copy of the source's.
    bool followsSource(const Arc& arc, PrimId source) const {
        const Prim& prim = in_.prims[arc.prim.index];
        if (!prim.flags.instance || !prim.prototype.valid()) return false;
        if (const Draft* draft = drafts_.find(source.index); draft != nullptr && draft->changesFacts()) return false;
        return sourceOfRoot_.at(prim.prototype.index) == in_.prims[source.index].path;
    }

    /// The first row at or below `source` that an edit changes or takes away; kNone when all stays.
    uint32_t touchedAt(PrimId source) {
        const auto [slot, isNew] = touched_.try_emplace(source.index, kNone);
        if (!isNew) return slot->second;
        for (uint32_t row = source.index; row < in_.prims[source.index].subtreeEnd && slot->second == kNone; ++row)
            if (drafts_.find(row) != nullptr || drafts_.isDead(row)) slot->second = row;
        return slot->second;
    }

    const Scene& scene_;
    const SceneTables& in_;
    const Drafts& drafts_;
    std::unordered_map<uint32_t, TokenId> sourceOfRoot_;  ///< of old prototypes
    std::unordered_map<uint32_t, uint32_t> touched_;
};

}  // namespace

Problem checkArcs(const Scene& scene, const Drafts& drafts) {
    ArcCheck check(scene, drafts);
    if (auto problem = check.newReferences()) return problem;
    if (drafts.leaveOldPrimsAlone()) return {};
    return check.oldArcs();
}

}  // namespace usdtune
