// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "usdtune/edit/edit.h"
#include "usdtune/scene/scene.h"

namespace usdtune {

/// Names that no sibling has yet: the wanted one, else with the next number behind it.
class FreeNames {
public:
    void take(std::string_view name) { taken_.emplace(name); }
    std::string free(std::string_view wanted);

private:
    std::unordered_set<std::string> taken_;
    std::unordered_map<std::string, int> lastNumber_;
};

/// Says the sentences that write new prims out of what a scene holds. Appends to `edits`, which must outlive it; a
/// returned edit is valid until the next sentence.
class PrimWriter {
public:
    PrimWriter(const Scene& scene, std::vector<Edit>& edits) : scene_(scene), edits_(edits) {}

    Edit& say(EditKind kind, TokenId path);
    void define(TokenId path, Specifier specifier, TokenId typeName);
    TokenId below(TokenId path, std::string_view name);

    /// An attribute with a default value and no metadata.
    void set(TokenId path, std::string_view name, std::string_view typeName, OwnedValue value, bool uniform = false);
    void target(TokenId path, std::string_view name, TokenId target);

    /// A property of the scene as it stands, samples left out, at another prim.
    void copy(const Property& row, TokenId path);
    void copyMetadata(const Prim& prim, TokenId path);
    void copySchemas(const Prim& prim, TokenId path);
    void copySubset(const Subset& subset, TokenId mesh);
    /// The mesh's own `extent` where it encloses the points, else their box.
    void extentOf(const Mesh& mesh, TokenId path);

private:
    const Scene& scene_;
    std::vector<Edit>& edits_;
};

}  // namespace usdtune
