// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <queue>

#include "usdtune/edit/row_writer.h"

namespace usdtune {

/// The row of a prototype: its old one where there is one, else a plain group, at the path of its first instance.
Prim RowWriter::prototypeRoot(const PrototypeKey& key, PrimId firstInstance) const {
    Prim root;
    if (key.oldRoot != Drafts::kNone)
        root = in_.prims[key.oldRoot];
    else if (const auto old = rootOfSource_.find(key.source); old != rootOfSource_.end())
        root = in_.prims[old->second.index];
    if (!root.flags.prototypeRoot) {
        root.typeName = tokens_.intern("");
        root.flags = PrimFlags();
        root.opinionCount = 0;
        root.metadata = root.apiSchemas = RowRange();
    }
    const Prim& instance = out_.prims[firstInstance.index];
    root.path = instance.path;
    root.name = instance.name;
    root.parent = root.prototype = PrimId();
    root.specifier = Specifier::Def;
    root.flags.prototypeRoot = root.flags.inPrototype = true;
    root.flags.editable = root.flags.instance = false;
    const auto noProperties = static_cast<uint32_t>(out_.properties.size());
    root.properties = {noProperties, noProperties};
    return root;
}

/// Prototypes in the order of their first instances' paths. A path through an outer prototype is longer than that
/// prototype's own, so taking the smallest one first settles every name (as in Dijkstra's algorithm).
void RowWriter::writePrototypes() {
    struct Waiting {
        std::string_view path;
        PrimId firstInstance;
        PrototypeKey key;
        bool operator>(const Waiting& other) const { return path > other.path; }
    };
    std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting;
    std::map<PrototypeKey, std::string_view> firstPath;
    std::map<PrototypeKey, PrimId> rootOf;
    size_t seen = 0;
    const auto collect = [&] {
        for (; seen < instances_.size(); ++seen) {
            const auto& [row, key] = instances_[seen];
            const std::string_view path = text(out_.prims[row.index].path);
            const auto [slot, isNew] = firstPath.try_emplace(key, path);
            if (!isNew && slot->second <= path) continue;
            slot->second = path;
            waiting.push({path, row, key});
        }
    };
    collect();
    while (!waiting.empty()) {
        const auto [path, firstInstance, key] = waiting.top();
        waiting.pop();
        if (rootOf.contains(key)) continue;
        const PrimId id(out_.prims.size());
        rootOf[key] = id;
        out_.prims.push_back(prototypeRoot(key, firstInstance));
        if (key.oldRoot != Drafts::kNone) newRowOf_[key.oldRoot] = id;
        const uint32_t source = key.source.valid() ? drafts_.nodeAt(key.source) : key.oldRoot;
        const std::string_view from = text(key.source.valid() ? key.source : in_.prims[key.oldRoot].path);
        const Mapping mapping{from, path, nullptr, false};  // which instance Usd composes it by is its own affair
        const Place below{id, &mapping, key.oldRoot == Drafts::kNone, true};
        if (source != Drafts::kNone) writeChildren(source, below);
        out_.prims[id.index].subtreeEnd = static_cast<uint32_t>(out_.prims.size());
        Prototype row;
        row.root = id;
        row.firstInstance = firstInstance;
        row.source = key.source;
        out_.prototypes.push_back(row);
        collect();
    }
    for (const auto& [row, key] : instances_) out_.prims[row.index].prototype = rootOf.at(key);
}

}  // namespace usdtune
