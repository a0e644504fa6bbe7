// SPDX-License-Identifier: Apache-2.0
#include "usdtune/verify/variant_groups.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "usdtune/scene/incoming_targets.h"

namespace usdtune {

namespace {

constexpr size_t kCombinationLimit = 64;

/// Those that have no other of them above, in row order.
std::vector<PrimId> outermost(const Scene& scene, std::vector<PrimId> roots) {
    std::sort(roots.begin(), roots.end(), [](PrimId a, PrimId b) { return a.index < b.index; });
    uint32_t end = 0;
    std::erase_if(roots, [&](PrimId root) {
        if (root.index < end) return true;
        end = scene.prim(root).subtreeEnd;
        return false;
    });
    return roots;
}

/// Grows the rows that a variant set may change until nothing outside is affected by something inside.
class Reach {
public:
    Reach(const Scene& scene, const IncomingTargets& incoming) : scene_(scene), incoming_(incoming) {
        for (const Arc& arc : scene.tables().arcs)
            if (arc.internal && arc.prim.valid() && scene.find(arc.target).valid()) arcs_.push_back(&arc);
    }

    std::vector<PrimId> from(PrimId prim) {
        roots_.clear();
        inside_.assign(scene_.prims().size(), false);
        add(prim);
        for (size_t next = 0; next < roots_.size(); ++next) {
            const PrimId root = roots_[next];
            for (uint32_t row = root.index; row < scene_.prim(root).subtreeEnd; ++row) pointingAt(PrimId(row));
            for (const Arc* arc : arcs_)
                if (overlaps(scene_.find(arc->target), root)) add(arc->prim);
        }
        return outermost(scene_, std::move(roots_));
    }

private:
    bool overlaps(PrimId a, PrimId b) const { return contains(a, b) || contains(b, a); }
    bool contains(PrimId root, PrimId prim) const {
        return root.index <= prim.index && prim.index < scene_.prim(root).subtreeEnd;
    }

    void add(PrimId prim) {
        // A network is drawn by whoever binds its material, so all of it is in question.
        for (PrimId above = prim; above.valid(); above = scene_.prim(above).parent)
            if (scene_.typeName(above) == "Material") prim = above;
        if (inside_[prim.index]) return;
        for (uint32_t row = prim.index; row < scene_.prim(prim).subtreeEnd; ++row) inside_[row] = true;
        roots_.push_back(prim);
    }

    void pointingAt(PrimId prim) {
        for (const IncomingTarget& target : incoming_.at(prim)) {
            const Property& property = scene_.property(target.property);
            if (!scene_.text(property.name).starts_with("collection:")) add(property.prim);
        }
    }

    const Scene& scene_;
    const IncomingTargets& incoming_;
    std::vector<const Arc*> arcs_;
    std::vector<PrimId> roots_;
    std::vector<bool> inside_;
};

struct SetReach {
    const VariantSet* set;
    std::vector<PrimId> reach;
    size_t group;
};

std::vector<VariantChoice> otherChoices(const Scene& scene, const VariantSet& set) {
    std::vector<VariantChoice> out;
    for (const TokenId variant : scene.tokenList(set.variants))
        if (variant != set.selection)
            out.push_back({std::string(scene.path(set.prim)), std::string(scene.text(set.name)),
                           std::string(scene.text(variant))});
    return out;
}

std::vector<std::vector<VariantChoice>> statesOf(const std::vector<std::vector<VariantChoice>>& choices) {
    size_t combinations = 1;
    for (const auto& others : choices)
        combinations = std::min(combinations * (others.size() + 1), kCombinationLimit + 1);
    std::vector<std::vector<VariantChoice>> states;
    if (combinations > kCombinationLimit) {
        for (const auto& others : choices)
            for (const VariantChoice& choice : others) states.push_back({choice});
        return states;
    }
    states.emplace_back();
    for (const auto& others : choices) {
        const size_t before = states.size();
        for (const VariantChoice& choice : others)
            for (size_t i = 0; i < before; ++i) {
                states.push_back(states[i]);
                states.back().push_back(choice);
            }
    }
    states.erase(states.begin());  // the scene as it is
    return states;
}

}  // namespace

std::vector<VariantGroup> variantGroups(const Scene& scene) {
    std::vector<SetReach> sets;
    if (scene.tables().variantSets.empty()) return {};
    const IncomingTargets incoming(scene);
    Reach reach(scene, incoming);
    for (const VariantSet& set : scene.tables().variantSets) {
        if (scene.prim(set.prim).flags.inPrototype || !scene.prim(set.prim).flags.active) continue;
        const bool sameAsLast = !sets.empty() && sets.back().set->prim == set.prim;
        sets.push_back({&set, sameAsLast ? sets.back().reach : reach.from(set.prim), sets.size()});
    }
    // Thousands of sets are thousands of assets, each with a reach of its own: neighbours in row order overlap, if any.
    std::vector<std::pair<PrimId, size_t>> roots;
    for (size_t i = 0; i < sets.size(); ++i)
        for (const PrimId root : sets[i].reach) roots.emplace_back(root, i);
    std::sort(roots.begin(), roots.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.index, a.second) < std::pair(b.first.index, b.second);
    });
    const auto groupOf = [&](size_t i) {
        while (sets[i].group != i) i = sets[i].group;
        return i;
    };
    size_t open = 0;  // the root seen last that reaches furthest down
    for (size_t i = 1; i < roots.size(); ++i) {
        if (roots[i].first.index < scene.prim(roots[open].first).subtreeEnd) {
            const size_t x = groupOf(roots[open].second), y = groupOf(roots[i].second);
            sets[std::max(x, y)].group = std::min(x, y);
        } else {
            open = i;
        }
    }

    std::vector<VariantGroup> groups;
    for (size_t first = 0; first < sets.size(); ++first) {
        if (groupOf(first) != first) continue;
        VariantGroup group;
        std::vector<std::vector<VariantChoice>> choices;
        std::vector<PrimId> all;
        for (size_t i = first; i < sets.size(); ++i) {
            if (groupOf(i) != first) continue;
            choices.push_back(otherChoices(scene, *sets[i].set));
            group.sets.emplace_back(scene.path(sets[i].set->prim), scene.text(sets[i].set->name));
            all.insert(all.end(), sets[i].reach.begin(), sets[i].reach.end());
        }
        for (const PrimId root : outermost(scene, std::move(all))) group.reach.emplace_back(scene.path(root));
        group.states = statesOf(choices);
        groups.push_back(std::move(group));
    }
    return groups;
}

nlohmann::json toJson(const std::vector<VariantGroup>& groups) {
    nlohmann::json out = nlohmann::json::array();
    for (const VariantGroup& group : groups) {
        nlohmann::json states = nlohmann::json::array();
        for (const auto& state : group.states) {
            nlohmann::json choices = nlohmann::json::array();
            for (const VariantChoice& choice : state)
                choices.push_back({{"prim", choice.prim}, {"set", choice.set}, {"variant", choice.variant}});
            states.push_back(std::move(choices));
        }
        out.push_back({{"sets", group.sets}, {"reach", group.reach}, {"states", std::move(states)}});
    }
    return out;
}

}  // namespace usdtune
