// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "usdtune/scene/rows.h"
#include "usdtune/scene/tokens.h"

namespace usdtune {

/// The closed list of sentences an operation can say. All speak about the target's own layers.
enum class EditKind : uint8_t {
    DefinePrim,       ///< create a prim spec at `path` with `specifier` and `typeName`, as the last child of a parent
                      ///< that exists by then; it goes into the parent's layer, or the root layer at the top
    RemovePrim,       ///< `path` with all descendants
    SetTypeName,      ///< `typeName`
    SetSpecifier,     ///< `specifier`
    SetPrimMetadata,  ///< `name` = key, `typeName`, `value`; an empty value clears it (kind, active, instanceable, …)
    SetApiSchemas,    ///< `targets` = the explicit, whole list
    AddReference,     ///< internal reference to the prim path targets[0], as the prim's explicit only reference
    SetAttribute,     ///< `name`, `typeName`, `uniform`, `custom`, default `value`, `metadata`; created when absent.
                      ///< An empty value leaves the default as it is. Another `typeName` needs a RemoveProperty before.
    BlockAttribute,   ///< author a value block as the default of attribute `name`
    RemoveProperty,   ///< `name`; nothing happens when it is not there
    SetTargets,       ///< relationship `name` (or connections of attribute `name` when `connection`) = `targets`
};

std::string_view editKindName(EditKind kind);

/// One complete sentence; applying it needs no knowledge of the operation that said it.
struct Edit {
    EditKind kind = EditKind::SetAttribute;
    TokenId path;
    TokenId name;
    TokenId typeName;
    Specifier specifier = Specifier::Def;
    bool uniform = false;
    bool custom = false;
    bool connection = false;
    OwnedValue value;
    std::vector<TokenId> targets;
    std::vector<std::pair<TokenId, OwnedValue>>
        metadata;  ///< property metadata to set beside the value (interpolation, …)
};

/// What became of one authored path.
enum class PathFate : uint8_t { Kept, Moved, Instanced, Merged, Removed };
std::string_view pathFateName(PathFate fate);

/// A row of `pathmap.jsonl`; `to` is invalid for removed paths.
struct PathMove {
    TokenId from;
    TokenId to;
    PathFate fate = PathFate::Kept;
    std::string reason;
    std::string step;
};

/// Ordered edits with the path moves they cause. Edits are applied in order; the paths of an edit are those
/// that hold at its place in the list.
struct EditList {
    std::vector<Edit> edits;
    std::vector<PathMove> moves;

    bool empty() const { return edits.empty(); }
    void append(EditList&& later);
};

/// The same result with fewer sentences: of several values of one property the last, nothing about what a
/// later RemovePrim takes away, edits of one prim next to each other, parents before children, siblings in the order
/// in which they are defined or first mentioned (so new ones keep their order). `moves` are composed
/// (a → b, b → c gives a → c). Deterministic, O(edits).
EditList compact(const EditList& list, const TokenTable& tokens);

/// The moves that `compact` gives, without the edits.
std::vector<PathMove> composedMoves(const EditList& list);

}  // namespace usdtune
