// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "usdtune/edit/edit.h"

namespace usdtune {

namespace {

/// What is left to say about one property, in the order in which it is said: remove, set, block, targets.
/// Points to sentences of the list, so that a list is held once and not once more per place that a sentence could take.
struct PropertyEdits {
    TokenId name;
    const Edit *remove = nullptr, *set = nullptr, *block = nullptr, *targets = nullptr, *connections = nullptr;
    const Edit* first = nullptr;  ///< since the removal: where there is no such property, this one's type creates it
};

/// What is left to say about one prim. A removal, then a definition, come before everything else.
struct PrimEdits {
    TokenId path;
    const Edit *remove = nullptr, *define = nullptr;
    std::vector<const Edit*> facts;  ///< specifier, type name, API schemas, references and metadata, each sentence once
    std::vector<PropertyEdits> properties;
    size_t mention = 0;  ///< place among its siblings: that of its definition, else of its first mention
};

bool saysTheSame(const Edit& a, const Edit& b) {
    return a.kind == b.kind && (a.kind != EditKind::SetPrimMetadata || a.name == b.name);
}

/// Sentences that no list holds: what two of them say together.
using MergedEdits = std::deque<Edit>;

/// `earlier` followed by `later`, both about one attribute: what the later one leaves open stays.
Edit mergeSets(const Edit& earlier, Edit later) {
    if (later.value.value.empty()) later.value = earlier.value;
    std::vector<std::pair<TokenId, OwnedValue>> metadata = earlier.metadata;
    for (auto& entry : later.metadata) {
        const auto same =
            std::find_if(metadata.begin(), metadata.end(), [&](const auto& m) { return m.first == entry.first; });
        if (same != metadata.end())
            *same = std::move(entry);
        else
            metadata.push_back(std::move(entry));
    }
    later.metadata = std::move(metadata);
    return later;
}

void addToProperty(PropertyEdits& property, const Edit& edit, MergedEdits& merged) {
    if (edit.kind != EditKind::RemoveProperty && property.first == nullptr) property.first = &edit;
    switch (edit.kind) {
        case EditKind::RemoveProperty:
            property = PropertyEdits{property.name, &edit};
            return;
        case EditKind::SetAttribute:
            if (!edit.value.value.empty()) property.block = nullptr;
            property.set = property.set != nullptr ? &merged.emplace_back(mergeSets(*property.set, edit)) : &edit;
            return;
        case EditKind::BlockAttribute:
            if (property.set != nullptr && !property.set->value.value.empty()) {
                Edit& withoutValue = merged.emplace_back(*property.set);
                withoutValue.value = OwnedValue();
                property.set = &withoutValue;
            }
            property.block = &edit;
            return;
        default:
            (edit.connection ? property.connections : property.targets) = &edit;
    }
}

void addToPrim(PrimEdits& prim, const Edit& edit, MergedEdits& merged) {
    switch (edit.kind) {
        case EditKind::SetAttribute:
        case EditKind::BlockAttribute:
        case EditKind::RemoveProperty:
        case EditKind::SetTargets: {
            auto property = std::find_if(prim.properties.begin(), prim.properties.end(),
                                         [&](const PropertyEdits& p) { return p.name == edit.name; });
            if (property == prim.properties.end()) property = prim.properties.insert(property, {edit.name});
            addToProperty(*property, edit, merged);
            return;
        }
        default: {
            const auto same = std::find_if(prim.facts.begin(), prim.facts.end(),
                                           [&](const Edit* fact) { return saysTheSame(*fact, edit); });
            if (same != prim.facts.end())
                *same = &edit;
            else
                prim.facts.push_back(&edit);
        }
    }
}

void emit(std::vector<Edit>& out, const PrimEdits& prim) {
    const auto say = [&out](const Edit* edit) {
        if (edit != nullptr) out.push_back(*edit);
    };
    say(prim.remove);
    say(prim.define);
    for (const Edit* fact : prim.facts) say(fact);
    for (const PropertyEdits& property : prim.properties) {
        say(property.remove);
        const size_t leading = out.size();
        for (const Edit* edit : {property.set, property.block, property.targets, property.connections}) say(edit);
        // A setting says its type in full and has the last word about flags; others create what the first one named.
        if (property.set == nullptr && out.size() > leading) {
            out[leading].typeName = property.first->typeName;
            out[leading].uniform = property.first->uniform;
            out[leading].custom = property.first->custom;
        }
    }
}

/// The prims that the edits name, as a tree by path.
class Tree {
public:
    explicit Tree(const TokenTable& tokens) : tokens_(tokens) {}

    uint32_t nodeOf(TokenId path) {
        if (path.index >= nodeOfToken_.size())
            nodeOfToken_.resize(std::max<size_t>(path.index + 1, tokens_.size()), kNone);
        uint32_t& slot = nodeOfToken_[path.index];
        if (slot == kNone) {
            const uint32_t node = nodeOf(tokens_.text(path));
            nodeOfToken_[path.index] = node;
            prims[node].path = path;
            return node;
        }
        return slot;
    }
    void forgetBelow(uint32_t node) {
        for (const uint32_t child : children[node]) {
            const TokenId path = prims[child].path;
            prims[child] = PrimEdits();
            prims[child].path = path;
            prims[child].mention = kUnmentioned;
            forgetBelow(child);
        }
    }

    static constexpr size_t kUnmentioned = ~size_t{0};
    std::vector<PrimEdits> prims;
    std::vector<std::vector<uint32_t>> children;

private:
    static constexpr uint32_t kNone = ~uint32_t{0};

    /// Adds a node per ancestor, so that a subtree can be forgotten and ordered; the root is node 0.
    uint32_t nodeOf(std::string_view path) {
        const auto [slot, isNew] = nodes_.try_emplace(path, static_cast<uint32_t>(prims.size()));
        if (!isNew) return slot->second;
        const uint32_t node = slot->second;
        prims.emplace_back();
        prims.back().mention = kUnmentioned;
        children.emplace_back();
        if (path.size() > 1) {
            const size_t slash = path.rfind('/');
            const uint32_t parent =
                nodeOf(slash == 0 || slash == std::string_view::npos ? std::string_view("/") : path.substr(0, slash));
            children[parent].push_back(node);
        } else {
            root = node;
        }
        return node;
    }

    const TokenTable& tokens_;
    std::unordered_map<std::string_view, uint32_t> nodes_;
    std::vector<uint32_t> nodeOfToken_;

public:
    uint32_t root = 0;
};

/// Sets the place of every node to that of its earliest descendant where nothing mentions it itself.
size_t settleMentions(Tree& tree, uint32_t node) {
    size_t earliest = tree.prims[node].mention;
    size_t below = Tree::kUnmentioned;
    for (const uint32_t child : tree.children[node]) below = std::min(below, settleMentions(tree, child));
    if (earliest == Tree::kUnmentioned) tree.prims[node].mention = earliest = below;
    std::stable_sort(tree.children[node].begin(), tree.children[node].end(),
                     [&](uint32_t a, uint32_t b) { return tree.prims[a].mention < tree.prims[b].mention; });
    return earliest;
}

void emitTree(std::vector<Edit>& out, Tree& tree, uint32_t node) {
    emit(out, tree.prims[node]);
    for (const uint32_t child : tree.children[node]) emitTree(out, tree, child);
}

std::vector<Edit> compactEdits(const std::vector<Edit>& edits, const TokenTable& tokens) {
    Tree tree(tokens);
    MergedEdits merged;
    for (size_t i = 0; i < edits.size(); ++i) {
        const Edit& edit = edits[i];
        const uint32_t node = tree.nodeOf(edit.path);
        PrimEdits& prim = tree.prims[node];
        if (edit.kind == EditKind::RemovePrim) {
            tree.forgetBelow(node);
            // A prim that the list itself defined, and that was not there before, leaves no trace.
            const bool wasThere = prim.remove || !prim.define;
            const Edit* earlier = prim.remove;
            prim = PrimEdits();
            prim.path = edit.path;
            prim.mention = i;
            if (wasThere) prim.remove = earlier != nullptr ? earlier : &edit;
            continue;
        }
        if (edit.kind == EditKind::DefinePrim) {
            prim.define = &edit;
            prim.mention = i;
            continue;
        }
        if (prim.mention == Tree::kUnmentioned) prim.mention = i;
        addToPrim(prim, edit, merged);
    }
    std::vector<Edit> out;
    out.reserve(edits.size());
    if (tree.prims.empty()) return out;
    settleMentions(tree, tree.root);
    emitTree(out, tree, tree.root);
    return out;
}

}  // namespace

EditList compact(const EditList& list, const TokenTable& tokens) {
    EditList out;
    out.edits = compactEdits(list.edits, tokens);
    out.moves = composedMoves(list);
    return out;
}

/// a → b, then b → c, gives a → c. A path that an earlier step only merged into stays a path of its own.
std::vector<PathMove> composedMoves(const EditList& list) {
    std::unordered_set<TokenId> defined;
    for (const Edit& edit : list.edits)
        if (edit.kind == EditKind::DefinePrim) defined.insert(edit.path);

    std::vector<PathMove> out;
    std::unordered_map<TokenId, std::vector<size_t>> rowsTo;
    for (const PathMove& move : list.moves) {
        bool ownPath = true;
        std::vector<size_t> continued;
        if (const auto found = rowsTo.find(move.from); found != rowsTo.end()) {
            continued = std::move(found->second);
            rowsTo.erase(found);
        }
        for (const size_t row : continued) {
            PathMove& earlier = out[row];
            if (earlier.from != move.from && earlier.fate == PathFate::Moved) ownPath = false;
            if (earlier.from == move.from) ownPath = false;
            if (move.fate >= earlier.fate) {
                earlier.reason = move.reason;
                earlier.step = move.step;
            }
            earlier.fate = std::max(earlier.fate, move.fate);
            earlier.to = move.to;
        }
        if (ownPath && !defined.contains(move.from)) {
            continued.push_back(out.size());
            out.push_back(move);
        }
        if (move.to.valid() && move.fate != PathFate::Removed) {
            auto& rows = rowsTo[move.to];
            rows.insert(rows.end(), continued.begin(), continued.end());
        }
    }
    for (PathMove& row : out)
        if (row.fate == PathFate::Moved && row.from == row.to) row.fate = PathFate::Kept;
    return out;
}

}  // namespace usdtune
