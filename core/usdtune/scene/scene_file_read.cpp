// SPDX-License-Identifier: Apache-2.0
//
// The reader trusts nothing: it first checks and converts every row on its own, then what rows say about each
// other, and only then freezes, as the rest of the core takes a Scene at its word.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>

#include "usdtune/scene/scene_file.h"
#include "usdtune/scene/scene_file_flags.h"
#include "usdtune/scene/scene_file_format.h"

namespace usdtune {

namespace {

using namespace scene_file;

class Reader {
public:
    explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}

    /// False with a reason in `wrong` when anything does not hold.
    bool read(SceneTables& out) {
        return readHeader() && readTexts(out) && readStage(out) && readRows(out) && checkPrims(out) &&
               checkPrototypes(out);
    }
    std::string wrong;

private:
    bool fail(const std::string& what) {
        if (wrong.empty()) wrong = what;
        return false;
    }

    bool readHeader() {
        if (bytes_.size() < sizeof(Header)) return fail("it is shorter than its header");
        std::memcpy(&header_, bytes_.data(), sizeof(Header));
        if (header_.magic != kMagic) return fail("it is no scene file");
        if (header_.version != kVersion || header_.tableCount != kTableCount)
            return fail("it is of version " + std::to_string(header_.version) + ", and this program reads version " +
                        std::to_string(kVersion));
        if (header_.fileSize != bytes_.size())
            return fail("it should have " + std::to_string(header_.fileSize) + " bytes and has " +
                        std::to_string(bytes_.size()));
        return true;
    }

    /// The rows of one table, or nothing when they are not inside the file.
    template <class Row>
    std::optional<std::span<const Row>> table(Table which) {
        const TableEntry& entry = header_.tables[static_cast<size_t>(which)];
        const bool inside = entry.offset % kAlignment == 0 && entry.offset <= bytes_.size() &&
                            entry.count <= (bytes_.size() - entry.offset) / sizeof(Row) &&
                            (sizeof(Row) == 1 || entry.count < kNone);
        if (!inside) {
            fail("table " + std::to_string(static_cast<uint32_t>(which)) + " lies outside of the file");
            return {};
        }
        return std::span(reinterpret_cast<const Row*>(bytes_.data() + entry.offset), static_cast<size_t>(entry.count));
    }

    bool readTexts(SceneTables& out) {
        const auto ends = table<uint64_t>(Table::TextEnds);
        const auto texts = table<char>(Table::Texts);
        if (!ends || !texts) return false;
        out.tokens->reserve(ends->size());
        uint64_t begin = 0;
        for (size_t i = 0; i < ends->size(); ++i) {
            const uint64_t end = (*ends)[i];
            if (end < begin || end > texts->size())
                return fail("text " + std::to_string(i) + " lies outside of its table");
            // Ids in the file must be ids in the new table, so that arrays of texts are used as they are mapped.
            if (out.tokens->intern({texts->data() + begin, static_cast<size_t>(end - begin)}) != TokenId(i))
                return fail("text " + std::to_string(i) + " is there twice");
            begin = end;
        }
        tokenCount_ = static_cast<uint32_t>(ends->size());
        return tokenCount_ > 0 || fail("it has no texts");
    }

    bool token(uint32_t number, TokenId& out, bool optional = false) {
        if (number == kNone ? !optional : number >= tokenCount_)
            return fail("a row names text " + std::to_string(number) + ", which is not there");
        out.index = number;
        return true;
    }
    bool optionalToken(uint32_t number, TokenId& out) { return token(number, out, true); }

    template <class Tag>
    bool row(uint32_t number, size_t count, Id<Tag>& out) {
        if (number != kNone && number >= count)
            return fail("a row names row " + std::to_string(number) + " of " + std::to_string(count));
        out.index = number;
        return true;
    }
    bool range(Range in, Table of, RowRange& out) {
        out = {in.begin, in.end};
        return (in.begin <= in.end && in.end <= header_.tables[static_cast<size_t>(of)].count) ||
               fail("a range of rows lies outside of its table");
    }
    template <class Enum>
    bool enumerator(uint8_t number, Enum last, Enum& out) {
        out = static_cast<Enum>(number);
        return number <= static_cast<uint8_t>(last) ||
               fail("an enumerator has the unknown value " + std::to_string(number));
    }
    bool flag(uint64_t number, bool& out) {
        out = number == 1;
        return number <= 1 || fail("a flag is neither 0 nor 1");
    }

    bool value(const ValueRow& in, Value& out) {
        bool isArray = false;
        if (!enumerator(in.element, Element::Opaque, out.type.element) || !flag(in.isArray, isArray)) return false;
        out.type.components = in.components;
        out.type.isArray = isArray;
        out.count = in.count;
        if (in.components < 1 || in.components > 16)
            return fail("a value has " + std::to_string(in.components) + " components");
        const size_t elementSize = out.elementSize();
        if (elementSize == 0) return in.count == 0 || fail("a value without a type has elements");
        if (!isArray && in.count != 1) return fail("a scalar value has " + std::to_string(in.count) + " elements");
        if (in.count == 0) return true;
        if (in.offset % kAlignment != 0 || in.offset > bytes_.size() ||
            in.count > (bytes_.size() - in.offset) / elementSize)
            return fail("a value lies outside of the file");
        out.data = bytes_.data() + in.offset;
        if (out.type.element != Element::Text && out.type.element != Element::Asset &&
            out.type.element != Element::Opaque)
            return true;
        for (const TokenId id : std::span(static_cast<const TokenId*>(out.data), out.byteSize() / sizeof(TokenId)))
            if (TokenId ignored; !optionalToken(id.index, ignored)) return false;
        return true;
    }

    bool readStage(SceneTables& out) {
        const auto rows = table<StageRow>(Table::Stage);
        if (!rows || rows->size() != 1) return fail("it does not describe one stage");
        const StageRow& in = rows->front();
        StageInfo& s = out.stage;
        s.metersPerUnit = in.metersPerUnit;
        s.startTimeCode = in.startTimeCode;
        s.endTimeCode = in.endTimeCode;
        s.timeCodesPerSecond = in.timeCodesPerSecond;
        s.kilogramsPerUnit = in.kilogramsPerUnit;
        s.upAxis = static_cast<char>(in.upAxis);
        if (s.upAxis != 'X' && s.upAxis != 'Y' && s.upAxis != 'Z') return fail("its up axis is none of X, Y and Z");
        TokenId identifier, defaultPrim;
        if (!token(in.identifier, identifier) || !token(in.defaultPrim, defaultPrim)) return false;
        s.identifier = out.tokens->text(identifier);
        s.defaultPrim = out.tokens->text(defaultPrim);
        return flag(in.metersPerUnitAuthored, s.metersPerUnitAuthored) && flag(in.upAxisAuthored, s.upAxisAuthored);
    }

    /// Converts one table row by row.
    template <class Row, class Out, class Convert>
    bool convert(Table which, std::vector<Out>& out, const Convert& convertRow) {
        const auto rows = table<Row>(which);
        if (!rows) return false;
        out.resize(rows->size());
        for (size_t i = 0; i < rows->size(); ++i)
            if (!convertRow((*rows)[i], out[i])) return false;
        return true;
    }

    bool readRows(SceneTables& out) {
        const size_t primCount = header_.tables[static_cast<size_t>(Table::Prims)].count;
        const size_t layerCount = header_.tables[static_cast<size_t>(Table::Layers)].count;
        const auto prims = [&](const PrimRow& in, Prim& p) {
            p.flags = unpackPrimFlags(in.flags);
            p.opinionCount = in.opinionCount;
            p.subtreeEnd = in.subtreeEnd;
            return token(in.path, p.path) && token(in.name, p.name) && token(in.typeName, p.typeName) &&
                   row(in.parent, primCount, p.parent) && row(in.prototype, primCount, p.prototype) &&
                   row(in.layer, layerCount, p.layer) && range(in.properties, Table::Properties, p.properties) &&
                   range(in.metadata, Table::Metadata, p.metadata) &&
                   range(in.apiSchemas, Table::TokenLists, p.apiSchemas) &&
                   enumerator(in.specifier, Specifier::Class, p.specifier) &&
                   (in.flags >> kPrimFlagCount == 0 || fail("a prim has unknown flags"));
        };
        const auto properties = [&](const PropertyRow& in, Property& p) {
            p.flags = unpackPropertyFlags(in.flags);
            p.opinionCount = in.opinionCount;
            return value(in.value, p.value) && token(in.name, p.name) && token(in.typeName, p.typeName) &&
                   row(in.prim, primCount, p.prim) && row(in.layer, layerCount, p.layer) &&
                   range(in.samples, Table::Samples, p.samples) && range(in.targets, Table::TokenLists, p.targets) &&
                   range(in.metadata, Table::Metadata, p.metadata) && flag(in.hasTargets, p.hasTargets) &&
                   (in.flags >> kPropertyFlagCount == 0 || fail("a property has unknown flags"));
        };
        const auto metadata = [&](const MetadatumRow& in, Metadatum& m) {
            return value(in.value, m.value) && token(in.key, m.key) && optionalToken(in.typeName, m.typeName);
        };
        const auto samples = [&](const SampleRow& in, TimeSample& s) {
            s.time = in.time;
            return value(in.value, s.value) && flag(in.blocked, s.blocked);
        };
        const auto tokens = [&](uint32_t in, TokenId& id) { return token(in, id); };
        const auto arcs = [&](const ArcRow& in, Arc& a) {
            return row(in.prim, primCount, a.prim) && optionalToken(in.asset, a.asset) &&
                   optionalToken(in.resolved, a.resolved) && optionalToken(in.target, a.target) &&
                   row(in.layer, layerCount, a.layer) && enumerator(in.kind, ArcKind::Relocate, a.kind) &&
                   flag(in.internal, a.internal) && flag(in.broken, a.broken);
        };
        const auto variantSets = [&](const VariantSetRow& in, VariantSet& v) {
            return row(in.prim, primCount, v.prim) && token(in.name, v.name) &&
                   optionalToken(in.selection, v.selection) && range(in.variants, Table::TokenLists, v.variants);
        };
        const auto layers = [&](const LayerRow& in, Layer& l) {
            return optionalToken(in.identifier, l.identifier) && optionalToken(in.realPath, l.realPath) &&
                   range(in.metadata, Table::Metadata, l.metadata) && flag(in.own, l.own);
        };
        const auto prototypes = [&](const PrototypeRow& in, Prototype& p) {
            return row(in.root, primCount, p.root) && row(in.firstInstance, primCount, p.firstInstance) &&
                   optionalToken(in.source, p.source);
        };
        const auto problems = [&](const ProblemRow& in, ContentProblem& p) {
            TokenId code, message;
            if (!token(in.code, code) || !token(in.message, message) || !optionalToken(in.path, p.path)) return false;
            p.code = out.tokens->text(code);
            p.message = out.tokens->text(message);
            return true;
        };
        return convert<PrimRow>(Table::Prims, out.prims, prims) &&
               convert<PropertyRow>(Table::Properties, out.properties, properties) &&
               convert<MetadatumRow>(Table::Metadata, out.metadata, metadata) &&
               convert<SampleRow>(Table::Samples, out.samples, samples) &&
               convert<uint32_t>(Table::TokenLists, out.tokenLists, tokens) &&
               convert<ArcRow>(Table::Arcs, out.arcs, arcs) &&
               convert<VariantSetRow>(Table::VariantSets, out.variantSets, variantSets) &&
               convert<LayerRow>(Table::Layers, out.layers, layers) &&
               convert<PrototypeRow>(Table::Prototypes, out.prototypes, prototypes) &&
               convert<uint32_t>(Table::LatentTargets, out.latentTargets, tokens) &&
               convert<ProblemRow>(Table::Problems, out.problems, problems);
    }

    /// Pre-order, nesting, paths made of the parent's path and the name, properties that belong to their prim.
    bool checkPrims(const SceneTables& t) {
        bool inPrototypes = false;
        std::vector<uint32_t> open;
        for (uint32_t i = 0; i < t.prims.size(); ++i) {
            const Prim& p = t.prims[i];
            const auto bad = [&](const char* what) { return fail("prim row " + std::to_string(i) + " " + what); };
            while (!open.empty() && t.prims[open.back()].subtreeEnd <= i) open.pop_back();
            const uint32_t parent = open.empty() ? kNone : open.back();
            const uint32_t limit = open.empty() ? static_cast<uint32_t>(t.prims.size()) : t.prims[parent].subtreeEnd;
            if (p.parent.index != parent || p.subtreeEnd <= i || p.subtreeEnd > limit) return bad("does not nest");
            if (p.flags.prototypeRoot && parent != kNone) return bad("is a prototype's root below another prim");
            inPrototypes = inPrototypes || p.flags.prototypeRoot;
            if (p.flags.inPrototype != inPrototypes || (inPrototypes && parent == kNone && !p.flags.prototypeRoot))
                return bad("stands on the wrong side of the prototypes");
            if (p.flags.instance != p.prototype.valid()) return bad("is an instance of nothing");
            if (p.prototype.valid() && !t.prims[p.prototype.index].flags.prototypeRoot)
                return bad("is an instance of a prim that is no prototype");
            if (!pathFits(t, p, parent)) return bad("has a path that is not its parent's path and its name");
            for (uint32_t row = p.properties.begin; row < p.properties.end; ++row) {
                if (t.properties[row].prim != PrimId(i)) return bad("owns a property of another prim");
            }
            open.push_back(i);
        }
        for (const Property& property : t.properties)
            if (!property.prim.valid()) return fail("a property belongs to no prim");
        for (const VariantSet& set : t.variantSets)
            if (!set.prim.valid()) return fail("a variant set belongs to no prim");
        return true;
    }

    static bool pathFits(const SceneTables& t, const Prim& p, uint32_t parent) {
        const std::string_view path = t.tokens->text(p.path), name = t.tokens->text(p.name);
        if (p.flags.prototypeRoot) return path.starts_with('/') && path.size() > 1;
        const std::string_view above = parent == kNone ? std::string_view() : t.tokens->text(t.prims[parent].path);
        return !name.empty() && name.find('/') == std::string_view::npos &&
               path.size() == above.size() + 1 + name.size() && path.starts_with(above) && path[above.size()] == '/' &&
               path.ends_with(name);
    }

    /// One entry per root, each with an instance, none inside itself.
    bool checkPrototypes(const SceneTables& t) {
        std::vector<uint32_t> numberOf(t.prims.size(), kNone);
        for (uint32_t i = 0; i < t.prototypes.size(); ++i) {
            const Prototype& p = t.prototypes[i];
            if (!p.root.valid() || !t.prims[p.root.index].flags.prototypeRoot || numberOf[p.root.index] != kNone)
                return fail("a prototype has no root of its own");
            if (!p.firstInstance.valid() || t.prims[p.firstInstance.index].prototype != p.root)
                return fail("a prototype has no first instance");
            numberOf[p.root.index] = i;
        }
        for (uint32_t i = 0; i < t.prims.size(); ++i)
            if (t.prims[i].flags.prototypeRoot && numberOf[i] == kNone) return fail("a prototype's root is in no list");

        // Depth first over "contains an instance of", without recursion.
        enum : uint8_t { Unseen, Open, Done };
        std::vector<uint8_t> state(t.prototypes.size(), Unseen);
        std::vector<std::pair<uint32_t, uint32_t>> stack;  // prototype, next row to look at
        for (uint32_t start = 0; start < t.prototypes.size(); ++start) {
            if (state[start] != Unseen) continue;
            stack.emplace_back(start, t.prototypes[start].root.index);
            state[start] = Open;
            while (!stack.empty()) {
                auto& [prototype, next] = stack.back();
                if (next >= t.prims[t.prototypes[prototype].root.index].subtreeEnd) {
                    state[prototype] = Done;
                    stack.pop_back();
                    continue;
                }
                const PrimId inner = t.prims[next++].prototype;
                const uint32_t number = inner.valid() ? numberOf[inner.index] : kNone;
                if (number == kNone || state[number] == Done) continue;
                if (state[number] == Open) return fail("a prototype contains itself");
                state[number] = Open;
                stack.emplace_back(number, inner.index);
            }
        }
        return true;
    }

    std::span<const std::byte> bytes_;
    Header header_{};
    uint32_t tokenCount_ = 0;
};

/// A file mapped for reading; unmapped with its last user.
struct Map {
    void* data = nullptr;
    size_t size = 0;
    Map() = default;
    Map(const Map&) = delete;
    Map& operator=(const Map&) = delete;
    ~Map() {
        if (data != nullptr) munmap(data, size);
    }
};

}  // namespace

Result<ScenePtr> readSceneBytes(std::span<const std::byte> bytes, Keeper keeper) {
    USDTUNE_ASSERT(reinterpret_cast<uintptr_t>(bytes.data()) % kAlignment == 0,
                   "scene bytes begin at a multiple of 16");
    SceneTables tables;
    Reader reader(bytes);
    if (!reader.read(tables)) return Error{"The scene file cannot be read: " + reader.wrong + "."};
    tables.keepers.push_back(std::move(keeper));
    return Scene::freeze(std::move(tables));
}

Result<ScenePtr> readSceneFile(const std::filesystem::path& path) {
    const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    const auto refuse = [&](const std::string& why) {
        return Error{"The scene file " + path.string() + " cannot be read: " + why + "."};
    };
    if (descriptor < 0) return refuse(std::strerror(errno));
    struct stat facts{};
    auto map = std::make_shared<Map>();
    const bool hasSize = fstat(descriptor, &facts) == 0 && S_ISREG(facts.st_mode);
    if (hasSize && facts.st_size > 0) {
        void* data = mmap(nullptr, static_cast<size_t>(facts.st_size), PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (data != MAP_FAILED) {
            map->data = data;
            map->size = static_cast<size_t>(facts.st_size);
        }
    }
    const int error = errno;
    close(descriptor);
    if (!hasSize) return refuse("it is no regular file");
    if (map->data == nullptr) return refuse(facts.st_size == 0 ? "it is empty" : std::strerror(error));
    SceneTables tables;
    Reader reader({static_cast<const std::byte*>(map->data), map->size});
    if (!reader.read(tables)) return refuse(reader.wrong);
    tables.keepers.push_back(std::move(map));
    return Scene::freeze(std::move(tables));
}

}  // namespace usdtune
