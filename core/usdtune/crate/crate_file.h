// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "usdtune/base/result.h"
#include "usdtune/crate/value_rep.h"

namespace usdtune::crate {

/// A file mapped for reading. Its bytes stay valid for as long as a copy of `keeper` lives, and while nobody
/// truncates the file.
struct MappedFile {
    std::span<const std::byte> bytes;
    Keeper keeper;
};
Result<MappedFile> mapFile(const std::filesystem::path& file);

struct Version {
    uint8_t major = 0, minor = 0, patch = 0;
    friend constexpr auto operator<=>(const Version&, const Version&) = default;
    std::string text() const;
};

constexpr Version kOldestVersion{0, 4, 0};   ///< first with compressed structure
constexpr Version kNewestVersion{0, 16, 0};  ///< what OpenUSD 26.11 writes at most

enum class SpecType : uint8_t {
    Unknown,
    Attribute,
    Connection,
    Expression,
    Mapper,
    MapperArg,
    Prim,
    PseudoRoot,
    Relationship,
    RelationshipTarget,
    Variant,
    VariantSet,
    None = 255  ///< None: a path without a spec
};

struct Field {
    uint32_t name = 0;  ///< token
    ValueRep value;
};

constexpr uint32_t kNoNode = 0xFFFFFFFF;

/// A path of the file as a node of the path tree. Nodes are named by their path index.
struct PathNode {
    uint32_t parent = kNoNode;
    uint32_t firstChild = kNoNode;
    uint32_t nextSibling = kNoNode;
    uint32_t element = 0;     ///< token: the name, or `{set=variant}`, `[target]`, …
    uint32_t firstField = 0;  ///< into `fieldSets`; a run ends with kNoNode
    uint16_t depth = 0;
    SpecType spec = SpecType::None;
    bool isProperty = false;  ///< a property directly below a prim
    bool present = false;
};

/// The structural sections of a crate file, decoded and checked: every token, field and path index in here is in
/// range, every field run ends, and the path tree is a tree. Values are not looked at.
struct CrateFile {
    std::span<const std::byte> bytes;
    Version version;
    std::vector<char> tokenText;
    std::vector<std::string_view> tokens;  ///< into tokenText
    std::vector<uint32_t> strings;         ///< string index -> token
    std::vector<Field> fields;
    std::vector<uint32_t> fieldSets;  ///< field indices; kNoNode ends a run
    std::vector<PathNode> nodes;
    uint32_t root = kNoNode;
    size_t specCount = 0;
};

/// Decodes the structure. Damaged and unknown files give an error; none makes it read out of bounds, run on or take
/// memory out of proportion to the file.
Result<std::unique_ptr<CrateFile>> decodeStructure(std::span<const std::byte> bytes);

}  // namespace usdtune::crate
