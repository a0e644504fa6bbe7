// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <unordered_map>

#include "usdtune/scene/scene_file.h"
#include "usdtune/scene/scene_file_flags.h"
#include "usdtune/scene/scene_file_format.h"

namespace usdtune {

namespace {

using namespace scene_file;

/// Borrowed arrays at least this large are written once, however many values point at them.
constexpr size_t kSharedSize = 64;

class Writer {
public:
    Writer(const Scene& scene, std::FILE* file) : scene_(scene), file_(file), numbers_(scene.tokens().size(), kNone) {}

    /// False when the file system refused; errno tells why.
    bool write() {
        Header header{};
        put(&header, sizeof header);
        tokenNumber(scene_.tokens().find(""));  // number 0 in every token table
        writeTables(header);
        writeTexts(header);
        header.magic = kMagic;
        header.version = kVersion;
        header.tableCount = kTableCount;
        header.fileSize = size_;
        if (ok_ && std::fseek(file_, 0, SEEK_SET) == 0) put(&header, sizeof header);
        return ok_ && std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
    }
    uint64_t size() const { return fileSize_; }

private:
    void put(const void* data, size_t size) {
        ok_ = ok_ && (size == 0 || std::fwrite(data, 1, size, file_) == size);
        size_ += size;
    }
    void align() {
        static constexpr std::array<char, kAlignment> zeros{};
        put(zeros.data(), (kAlignment - size_ % kAlignment) % kAlignment);
    }

    uint32_t tokenNumber(TokenId id) {
        if (!id.valid()) return kNone;
        uint32_t& number = numbers_[id.index];
        if (number == kNone) {
            number = static_cast<uint32_t>(texts_.size());
            texts_.push_back(scene_.text(id));
        }
        return number;
    }
    uint32_t textNumber(const std::string& text) {
        // Sentences and names that no token stands for.
        if (const TokenId id = scene_.tokens().find(text); id.valid() && id.index < numbers_.size())
            return tokenNumber(id);
        const auto [found, isNew] = extraTexts_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
        if (isNew) texts_.push_back(found->first);
        return found->second;
    }

    ValueRow value(const Value& v) {
        ValueRow row{0, v.count, static_cast<uint8_t>(v.type.element), v.type.components, v.type.isArray, 0, 0};
        const size_t size = v.byteSize();
        if (size == 0) return row;
        const bool holdsTokens =
            v.type.element == Element::Text || v.type.element == Element::Asset || v.type.element == Element::Opaque;
        uint64_t* known = nullptr;
        if (size >= kSharedSize) {
            const auto [found, isNew] = places_.try_emplace({v.data, size, holdsTokens}, 0);
            if (!isNew) {
                row.offset = found->second;
                return row;
            }
            known = &found->second;
        }
        align();
        row.offset = size_;
        if (known != nullptr) *known = size_;
        if (holdsTokens) {
            std::vector<uint32_t> numbers;
            for (const TokenId id : std::span(static_cast<const TokenId*>(v.data), size / sizeof(TokenId)))
                numbers.push_back(tokenNumber(id));
            put(numbers.data(), size);
        } else {
            put(v.data, size);
        }
        return row;
    }

    static Range range(RowRange r) { return {r.begin, r.end}; }

    template <class Row>
    void table(Header& header, Table which, const std::vector<Row>& rows) {
        align();
        header.tables[static_cast<size_t>(which)] = {size_, rows.size()};
        put(rows.data(), rows.size() * sizeof(Row));
    }

    /// Values of the rows go out while the rows are made; the rows follow in one piece.
    template <class Row, class Source, class Make>
    void rows(Header& header, Table which, const std::vector<Source>& sources, const Make& make) {
        std::vector<Row> out;
        out.reserve(sources.size());
        for (const Source& source : sources) out.push_back(make(source));
        table(header, which, out);
    }

    void writeTables(Header& header) {
        const SceneTables& t = scene_.tables();
        const StageInfo& s = t.stage;
        StageRow stage{};
        stage.metersPerUnit = s.metersPerUnit;
        stage.startTimeCode = s.startTimeCode;
        stage.endTimeCode = s.endTimeCode;
        stage.timeCodesPerSecond = s.timeCodesPerSecond;
        stage.kilogramsPerUnit = s.kilogramsPerUnit;
        stage.identifier = textNumber(s.identifier);
        stage.defaultPrim = textNumber(s.defaultPrim);
        stage.metersPerUnitAuthored = s.metersPerUnitAuthored;
        stage.upAxisAuthored = s.upAxisAuthored;
        stage.upAxis = static_cast<uint8_t>(s.upAxis);
        table(header, Table::Stage, std::vector<StageRow>{stage});

        rows<PrimRow>(header, Table::Prims, t.prims, [&](const Prim& p) {
            return PrimRow{tokenNumber(p.path),
                           tokenNumber(p.name),
                           tokenNumber(p.typeName),
                           p.parent.index,
                           p.subtreeEnd,
                           p.prototype.index,
                           p.layer.index,
                           range(p.properties),
                           range(p.metadata),
                           range(p.apiSchemas),
                           packFlags(p.flags),
                           p.opinionCount,
                           static_cast<uint8_t>(p.specifier),
                           0};
        });
        rows<PropertyRow>(header, Table::Properties, t.properties, [&](const Property& p) {
            return PropertyRow{value(p.value),   tokenNumber(p.name), tokenNumber(p.typeName),
                               p.prim.index,     p.layer.index,       range(p.samples),
                               range(p.targets), range(p.metadata),   packFlags(p.flags),
                               p.opinionCount,   p.hasTargets,        0};
        });
        rows<MetadatumRow>(header, Table::Metadata, t.metadata, [&](const Metadatum& m) {
            return MetadatumRow{value(m.value), tokenNumber(m.key), tokenNumber(m.typeName)};
        });
        rows<SampleRow>(header, Table::Samples, t.samples, [&](const TimeSample& sample) {
            return SampleRow{value(sample.value), sample.time, sample.blocked};
        });
        rows<uint32_t>(header, Table::TokenLists, t.tokenLists, [&](TokenId id) { return tokenNumber(id); });
        rows<ArcRow>(header, Table::Arcs, t.arcs, [&](const Arc& a) {
            return ArcRow{a.prim.index,
                          tokenNumber(a.asset),
                          tokenNumber(a.resolved),
                          tokenNumber(a.target),
                          a.layer.index,
                          static_cast<uint8_t>(a.kind),
                          a.internal,
                          a.broken,
                          0};
        });
        rows<VariantSetRow>(header, Table::VariantSets, t.variantSets, [&](const VariantSet& v) {
            return VariantSetRow{v.prim.index, tokenNumber(v.name), tokenNumber(v.selection), range(v.variants)};
        });
        rows<LayerRow>(header, Table::Layers, t.layers, [&](const Layer& l) {
            return LayerRow{tokenNumber(l.identifier), tokenNumber(l.realPath), range(l.metadata), l.own};
        });
        rows<PrototypeRow>(header, Table::Prototypes, t.prototypes, [&](const Prototype& p) {
            return PrototypeRow{p.root.index, p.firstInstance.index, tokenNumber(p.source)};
        });
        rows<uint32_t>(header, Table::LatentTargets, t.latentTargets, [&](TokenId id) { return tokenNumber(id); });
        rows<ProblemRow>(header, Table::Problems, t.problems, [&](const ContentProblem& p) {
            return ProblemRow{textNumber(p.code), tokenNumber(p.path), textNumber(p.message)};
        });
    }

    void writeTexts(Header& header) {
        std::vector<uint64_t> ends;
        uint64_t end = 0;
        for (const std::string_view text : texts_) ends.push_back(end += text.size());
        table(header, Table::TextEnds, ends);
        align();
        header.tables[static_cast<size_t>(Table::Texts)] = {size_, end};
        for (const std::string_view text : texts_) put(text.data(), text.size());
        fileSize_ = size_;
    }

    struct Place {
        const void* data;
        size_t size;
        bool tokens;
        bool operator==(const Place&) const = default;
    };
    struct PlaceHash {
        size_t operator()(const Place& p) const { return std::hash<const void*>{}(p.data) ^ p.size; }
    };

    const Scene& scene_;
    std::FILE* file_;
    bool ok_ = true;
    uint64_t size_ = 0, fileSize_ = 0;
    std::vector<uint32_t> numbers_;  ///< of tokens, in the file
    std::vector<std::string_view> texts_;
    std::unordered_map<std::string, uint32_t> extraTexts_;
    std::unordered_map<Place, uint64_t, PlaceHash> places_;
};

}  // namespace

Result<uint64_t> writeSceneFile(const Scene& scene, const std::filesystem::path& path) {
    // Two processes may write one cache entry: each has its own temporary name, the last rename wins.
    std::string temporary = path.string() + ".XXXXXX";
    const int descriptor = mkstemp(temporary.data());
    const auto refuse = [&](const char* what) {
        return Error{"The scene file " + path.string() + " cannot be " + what + ": " + std::strerror(errno) + "."};
    };
    if (descriptor < 0) return refuse("created");
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
        fdopen(descriptor, "wb"), [](std::FILE* f) { return f != nullptr ? std::fclose(f) : 0; });
    if (!file) {
        const Error error = refuse("created");
        close(descriptor);
        unlink(temporary.c_str());
        return error;
    }
    Writer writer(scene, file.get());
    if (!writer.write() || std::rename(temporary.c_str(), path.c_str()) != 0) {
        const Error error = refuse("written");
        unlink(temporary.c_str());
        return error;
    }
    return writer.size();
}

}  // namespace usdtune
