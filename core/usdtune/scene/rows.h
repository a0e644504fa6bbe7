// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "usdtune/scene/value.h"

namespace usdtune {

enum class Specifier : uint8_t { Def, Over, Class };

/// Facts of a prim that are true or false. A prototype's prims are rows of their own (see Prototype).
struct PrimFlags {
    bool active : 1 = true;
    bool defined : 1 = true;    ///< itself and every ancestor has a defining specifier
    bool abstract : 1 = false;  ///< itself or an ancestor is a class
    bool loaded : 1 = true;
    bool instanceable : 1 = false;  ///< the composed `instanceable` metadata
    bool instance : 1 = false;      ///< populated as an instance of Prim::prototype
    bool prototypeRoot : 1 = false;
    bool inPrototype : 1 = false;     ///< prototype root or below
    bool editable : 1 = false;        ///< exactly one opinion, in the target's own layer stack, outside variants
    bool hasArcs : 1 = false;         ///< references, payloads, inherits, specializes, variant sets or relocates here
    bool latentOpinions : 1 = false;  ///< a variant that is not selected also speaks about it, or about an ancestor
    bool opaque : 1 = false;          ///< holds content this version does not understand (clips, splines): decline
};

struct Prim {
    TokenId path;  ///< whole path; below a prototype root: the path through its first instance
    TokenId name;
    TokenId typeName;         ///< empty text for an untyped prim
    PrimId parent;            ///< invalid for the pseudo-root's children and for prototype roots
    uint32_t subtreeEnd = 0;  ///< rows [own + 1, subtreeEnd) are the descendants (pre-order)
    Specifier specifier = Specifier::Def;
    PrimFlags flags;
    PrimId prototype;  ///< root row of the prototype, for instances
    LayerId layer;     ///< where the strongest opinion lives
    uint16_t opinionCount = 1;
    RowRange properties;  ///< rows of Scene::properties, sorted by name text
    RowRange metadata;    ///< rows of Scene::metadata, sorted by key text
    RowRange apiSchemas;  ///< rows of Scene::tokenLists: applied schemas, composed order
};

struct PropertyFlags {
    bool relationship : 1 = false;
    bool custom : 1 = false;
    bool uniform : 1 = false;     ///< variability
    bool blocked : 1 = false;     ///< the strongest default is a value block
    bool animated : 1 = false;    ///< one or more time samples, splines or clip values
    bool editable : 1 = false;    ///< one opinion, in the own layer stack, outside variants
    bool opaque : 1 = false;      ///< value kind not understood: the prim is declined
    bool mismatched : 1 = false;  ///< the value's type differs from the declared type
};

struct Property {
    TokenId name;
    TokenId typeName;  ///< attributes: `point3f[]`; relationships: empty text
    PrimId prim;
    PropertyFlags flags;
    uint16_t opinionCount = 1;
    LayerId layer;
    Value value;              ///< default value; empty when none is authored or it is blocked
    RowRange samples;         ///< rows of Scene::samples, by time
    RowRange targets;         ///< rows of Scene::tokenLists: relationship targets or connections, as whole paths
    RowRange metadata;        ///< rows of Scene::metadata, sorted by key text (interpolation, elementSize, …)
    bool hasTargets = false;  ///< targets were authored, possibly as an empty list
};

struct Metadatum {
    TokenId key;
    TokenId typeName;  ///< `token`, `string`, `bool`, … or `opaque`
    Value value;
};

struct TimeSample {
    double time = 0;
    Value value;
    bool blocked = false;
};

/// A composition arc as the target's layers author it.
enum class ArcKind : uint8_t { Reference, Payload, Inherit, Specialize, Sublayer, Clips, Relocate };

struct Arc {
    PrimId prim;  ///< invalid for sublayers
    ArcKind kind = ArcKind::Reference;
    TokenId asset;     ///< as authored; empty text for an internal arc
    TokenId resolved;  ///< empty text when it does not resolve (or is internal)
    TokenId target;    ///< prim path inside the asset; empty text means its default prim
    LayerId layer;
    bool internal = false;
    bool broken = false;  ///< asset or target prim cannot be found
};

struct VariantSet {
    PrimId prim;
    TokenId name;
    TokenId selection;
    RowRange variants;  ///< rows of Scene::tokenLists, sorted by text
};

struct Layer {
    TokenId identifier;
    TokenId realPath;
    bool own = false;   ///< belongs to the target's root layer stack
    RowRange metadata;  ///< rows of Scene::metadata
};

/// A shared subtree. Its root row and descendants stand after the stage's own rows.
struct Prototype {
    PrimId root;
    PrimId firstInstance;  ///< the instance whose path sorts first: the prototype's stable name
    TokenId source;        ///< when its whole content is one internal reference to an own prim: that prim's path
};

/// Content that is not what its schema says; becomes a finding, and its prim is left alone.
struct ContentProblem {
    std::string code;     ///< snake_case kind: `topology_invalid`, `type_mismatch`, `unresolved_reference`, …
    TokenId path;         ///< prim or property
    std::string message;  ///< one sentence with prim, value and expectation
};

}  // namespace usdtune
