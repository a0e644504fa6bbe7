// SPDX-License-Identifier: Apache-2.0
#include "usdtune/crate/value_reader.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "usdtune/base/parallel.h"
#include "usdtune/crate/compression.h"

namespace usdtune::crate {

namespace {

constexpr uint64_t kLeastCompressedCount = 16;  ///< shorter arrays are stored plainly, whatever their rep says

size_t scalarBytes(Element element) {
    switch (element) {
        case Element::Bool:
        case Element::UChar:
            return 1;
        case Element::Half:
            return 2;
        case Element::Int:
        case Element::UInt:
        case Element::Float:
            return 4;
        case Element::Int64:
        case Element::UInt64:
        case Element::Double:
            return 8;
        default:
            return 0;
    }
}

/// A small whole number as an IEEE half; exact for what fits into eight bits.
uint16_t halfOf(int8_t value) {
    if (value == 0) return 0;
    const auto magnitude = static_cast<unsigned>(std::abs(static_cast<int>(value)));
    const auto exponent = static_cast<unsigned>(std::bit_width(magnitude)) - 1;
    const unsigned mantissa = (magnitude << (10 - exponent)) & 1023u;
    return static_cast<uint16_t>((value < 0 ? 0x8000u : 0u) | ((exponent + 15) << 10) | mantissa);
}

void storeComponent(Element element, int8_t value, std::byte* out) {
    const auto store = [&](auto component) { std::memcpy(out, &component, sizeof component); };
    switch (element) {
        case Element::Half:
            store(halfOf(value));
            break;
        case Element::Float:
            store(static_cast<float>(value));
            break;
        case Element::Double:
            store(static_cast<double>(value));
            break;
        default:
            store(static_cast<int32_t>(value));
            break;
    }
}

bool isMatrix(Kind kind) { return kind == Kind::Matrix2d || kind == Kind::Matrix3d || kind == Kind::Matrix4d; }
bool isQuaternion(Kind kind) { return kind == Kind::Quatd || kind == Kind::Quatf || kind == Kind::Quath; }

/// Tuples of small whole numbers are stored as one byte per component; of a matrix, the diagonal.
void unpackTuple(Kind kind, const KindFacts& facts, uint32_t packed, std::byte* out) {
    const size_t bytes = scalarBytes(facts.element);
    const size_t rows = isMatrix(kind) ? static_cast<size_t>(std::lround(std::sqrt(facts.components))) : 0;
    for (size_t i = 0; i < facts.components; ++i) {
        const bool stored = rows == 0 || i % (rows + 1) == 0;
        const size_t slot = rows == 0 ? i : i / (rows + 1);
        storeComponent(facts.element, stored ? static_cast<int8_t>(packed >> (8 * slot)) : int8_t{0}, out + i * bytes);
    }
}

template <class Out>
bool decodeWhole(std::span<const std::byte> compressed, uint64_t count, Out* out, std::vector<std::byte>& scratch,
                 auto convert) {
    if (!canHoldIntegers(compressed.size(), count, sizeof(uint32_t))) return false;
    std::vector<uint32_t> integers(count);
    if (!decompressIntegers(compressed, std::span(integers), scratch)) return false;
    for (uint64_t i = 0; i < count; ++i)
        if (!convert(integers[i], out[i])) return false;
    return true;
}

/// Numbers that are all whole are coded as integers ('i'), repetitive ones as a table and indices into it ('t').
template <class Out>
bool decodeNumbers(ByteCursor in, uint64_t count, Out* out, std::vector<std::byte>& scratch, auto fromInteger) {
    const auto code = static_cast<char>(in.read<int8_t>());
    std::vector<Out> table;
    if (code == 't') {
        const auto tableSize = in.read<uint32_t>();
        const auto bytes = in.take(uint64_t{tableSize} * sizeof(Out));
        table.resize(bytes.size() / sizeof(Out));
        if (!table.empty()) std::memcpy(table.data(), bytes.data(), bytes.size());
    } else if (code != 'i') {
        return false;
    }
    const auto compressed = in.take(in.read<uint64_t>());
    if (in.failed()) return false;
    if (code == 'i') {
        return decodeWhole(compressed, count, out, scratch, [&](uint32_t integer, Out& number) {
            number = fromInteger(static_cast<int32_t>(integer));
            return true;
        });
    }
    return decodeWhole(compressed, count, out, scratch, [&](uint32_t index, Out& number) {
        if (index >= table.size()) return false;
        number = table[index];
        return true;
    });
}

/// Rounds to nearest, ties to even, as the half type of OpenUSD does.
uint16_t halfOfInteger(int32_t value) {
    const uint16_t sign = value < 0 ? uint16_t{0x8000} : uint16_t{0};
    const auto magnitude = static_cast<uint32_t>(std::abs(static_cast<int64_t>(value)));
    if (magnitude == 0) return sign;
    if (magnitude >= 65520) return static_cast<uint16_t>(sign | 0x7C00);
    auto exponent = static_cast<unsigned>(std::bit_width(magnitude)) - 1;
    if (exponent <= 10)
        return static_cast<uint16_t>(sign | ((exponent + 15) << 10) | ((magnitude << (10 - exponent)) & 1023));
    const unsigned shift = exponent - 10;
    uint32_t mantissa = magnitude >> shift;
    const uint32_t rest = magnitude & ((1u << shift) - 1), halfway = 1u << (shift - 1);
    if (rest > halfway || (rest == halfway && (mantissa & 1) != 0)) ++mantissa;
    return static_cast<uint16_t>(sign | (((exponent + 15) << 10) + (mantissa - 1024)));
}

}  // namespace

ValueReader::ValueReader(const CrateFile& file, RowCollector& rows, uint64_t memoryBudget)
    : file_(file), rows_(rows), budget_(memoryBudget), paths_(file.nodes.size()) {
    tokens_.reserve(file.tokens.size());
    for (const std::string_view text : file.tokens) tokens_.push_back(rows.tokens().intern(text));
}

bool ValueReader::fail(std::string message) {
    if (error_.empty()) error_ = std::move(message);
    return false;
}

bool ValueReader::charge(uint64_t bytes) {
    if (bytes > budget_) return unsupported("its values take more memory than its size makes plausible");
    budget_ -= bytes;
    return true;
}

void* ValueReader::allocate(uint64_t bytes) { return charge(bytes) ? rows_.allocate(bytes) : nullptr; }

bool ValueReader::copy(const void* data, size_t bytes, Value& out) {
    void* const memory = allocate(bytes);
    if (memory == nullptr) return false;
    std::memcpy(memory, data, bytes);
    out.data = memory;
    return true;
}

bool ValueReader::textOf(Kind kind, uint32_t index, TokenId& out) {
    if (kind == Kind::String || kind == Kind::PathExpression) {
        if (index >= file_.strings.size()) return damaged("a value names a string that is not there");
        index = file_.strings[index];
    }
    if (index >= tokens_.size()) return damaged("a value names a token that is not there");
    out = tokens_[index];
    // The stage reads it relative to its prim, which a value does not know.
    if (kind == Kind::PathExpression && !file_.tokens[index].starts_with('/'))
        return unsupported("a path expression that may be relative");
    return true;
}

bool ValueReader::readPlain(ValueRep rep, Value& out) {
    const KindFacts& facts = factsOf(rep.kind());
    if (facts.element == Element::None)
        return unsupported("a value of kind " + std::to_string(static_cast<int>(rep.kind())) +
                           (rep.isArray() ? ", array" : ""));
    out = {nullptr, 1, {facts.element, facts.components, rep.isArray()}};
    return rep.isArray() ? readArray(rep, out) : readScalar(rep, out);
}

bool ValueReader::readScalar(ValueRep rep, Value& out) {
    const Kind kind = rep.kind();
    const uint32_t packed = rep.inlined();
    if (kind == Kind::String || kind == Kind::Token || kind == Kind::AssetPath || kind == Kind::PathExpression) {
        uint32_t index = packed;
        if (kind == Kind::PathExpression) {
            ByteCursor in = cursor(rep);
            index = in.read<uint32_t>();
            if (rep.isInlined() || in.failed()) return damaged("a path expression lies outside of the file");
        }
        // An asset is two texts: what is authored, and what it resolves to (not known here).
        TokenId texts[2] = {TokenId(), TokenId(size_t{0})};
        if (!textOf(kind, index, texts[0])) return false;
        return copy(texts, kind == Kind::AssetPath ? sizeof texts : sizeof texts[0], out);
    }

    std::byte memory[128];
    const size_t componentBytes = scalarBytes(out.type.element);
    const size_t bytes = componentBytes * out.type.components;
    if (kind == Kind::Bool) {
        memory[0] = static_cast<std::byte>((packed & 0xFF) != 0);
    } else if (bytes <= sizeof packed) {
        std::memcpy(memory, &packed, bytes);
    } else if (!rep.isInlined()) {
        ByteCursor in = cursor(rep);
        const auto stored = in.take(bytes);
        if (in.failed()) return damaged("a value lies outside of the file");
        std::memcpy(memory, stored.data(), bytes);
    } else if (kind == Kind::Double) {
        const double number = std::bit_cast<float>(packed);
        std::memcpy(memory, &number, bytes);
    } else if (kind == Kind::Int64 || kind == Kind::UInt64) {
        const uint64_t number =
            kind == Kind::Int64 ? static_cast<uint64_t>(int64_t{static_cast<int32_t>(packed)}) : packed;
        std::memcpy(memory, &number, bytes);
    } else if (kind == Kind::TimeCode || isQuaternion(kind)) {
        return damaged("a value is stored in a way that its kind does not have");
    } else {
        unpackTuple(kind, factsOf(kind), packed, memory);
    }
    return copy(memory, bytes, out);
}

bool ValueReader::readArray(ValueRep rep, Value& out) {
    static constexpr uint64_t nothing = 0;
    out.count = 0;
    out.data = &nothing;
    if (rep.payload() == 0) return true;

    ByteCursor in = cursor(rep);
    if (file_.version < Version{0, 5, 0}) in.read<uint32_t>();  // the number of dimensions, always 1
    const uint64_t count = file_.version < Version{0, 7, 0} ? in.read<uint32_t>() : in.read<uint64_t>();
    if (in.failed()) return damaged("an array lies outside of the file");

    const Kind kind = rep.kind();
    const Element element = out.type.element;
    if (element == Element::Text || element == Element::Asset || element == Element::Opaque)
        return readTextArray(in, kind, count, out);

    const uint64_t elementBytes = scalarBytes(element) * out.type.components;
    const bool isInteger = kind == Kind::Int || kind == Kind::UInt || kind == Kind::Int64 || kind == Kind::UInt64;
    const bool isNumber = kind == Kind::Half || kind == Kind::Float || kind == Kind::Double;
    const bool compressed =
        rep.isCompressed() && count >= kLeastCompressedCount &&
        ((isInteger && file_.version >= Version{0, 5, 0}) || (isNumber && file_.version >= Version{0, 6, 0}));
    if (!compressed) {
        if (count > in.remaining() / elementBytes) return damaged("an array is longer than the file");
        const auto bytes = in.take(count * elementBytes);
        out.count = count;
        const bool aligned = reinterpret_cast<uintptr_t>(bytes.data()) % scalarBytes(element) == 0;
        if (aligned) out.data = bytes.data();
        return aligned || count == 0 || copy(bytes.data(), bytes.size(), out);
    }

    if (const auto found = arrays_.find(rep.bits); found != arrays_.end()) {
        out = found->second;
        return true;
    }
    // Whether the compressed data can be that long is seen while decoding; here it is held against all that is left.
    if (!canHoldIntegers(in.remaining(), count, 4)) return damaged("an array is longer than the file can hold");
    void* const memory = allocate(count * elementBytes);
    if (memory == nullptr) return false;
    out.count = count;
    out.data = memory;
    jobs_.push_back({kind, in.position(), count, memory});
    arrays_.emplace(rep.bits, out);
    return true;
}

bool ValueReader::readTextArray(ByteCursor in, Kind kind, uint64_t count, Value& out) {
    if (count > in.remaining() / sizeof(uint32_t)) return damaged("an array is longer than the file");
    const bool isAsset = kind == Kind::AssetPath;
    // Assets are tokens when they stand alone, but strings inside an array.
    const Kind indexKind = isAsset ? Kind::String : kind;
    auto* text = static_cast<TokenId*>(allocate(count * sizeof(TokenId) * (isAsset ? 2 : 1)));
    if (text == nullptr) return false;
    out.count = count;
    out.data = text;
    for (uint64_t i = 0; i < count; ++i) {
        if (!textOf(indexKind, in.read<uint32_t>(), *text++)) return false;
        if (isAsset) *text++ = TokenId(size_t{0});
    }
    return true;
}

bool ValueReader::decodeArray(const ArrayJob& job, std::vector<std::byte>& scratch) const {
    ByteCursor in(file_.bytes, job.position);
    const auto count = static_cast<size_t>(job.count);
    switch (job.kind) {
        case Kind::Half:
            return decodeNumbers(in, count, static_cast<uint16_t*>(job.out), scratch, halfOfInteger);
        case Kind::Float:
            return decodeNumbers(in, count, static_cast<float*>(job.out), scratch,
                                 [](int32_t i) { return static_cast<float>(i); });
        case Kind::Double:
            return decodeNumbers(in, count, static_cast<double*>(job.out), scratch,
                                 [](int32_t i) { return static_cast<double>(i); });
        case Kind::Int:
        case Kind::UInt: {
            const auto compressed = in.take(in.read<uint64_t>());
            return !in.failed() &&
                   decompressIntegers(compressed, std::span(static_cast<uint32_t*>(job.out), count), scratch);
        }
        default: {
            const auto compressed = in.take(in.read<uint64_t>());
            return !in.failed() &&
                   decompressIntegers(compressed, std::span(static_cast<uint64_t*>(job.out), count), scratch);
        }
    }
}

bool ValueReader::decodeArrays(const Context& context) {
    std::vector<uint8_t> decoded(jobs_.size());
    constexpr size_t batch = 64;  // one scratch buffer per batch
    parallelFor(
        context, (jobs_.size() + batch - 1) / batch,
        [&](size_t b) {
            std::vector<std::byte> scratch;
            for (size_t i = b * batch; i < std::min(jobs_.size(), (b + 1) * batch); ++i)
                decoded[i] = decodeArray(jobs_[i], scratch);
        },
        1);
    if (context.isCancelled()) return fail("cancelled");
    for (size_t i = 0; i < jobs_.size(); ++i)
        if (decoded[i] == 0)
            return damaged("the array at byte " + std::to_string(jobs_[i].position) + " cannot be decompressed");
    return true;
}

bool ValueReader::readTimeSamples(ValueRep rep, std::vector<TimeSample>& out, std::vector<Kind>& kinds) {
    if (rep.kind() != Kind::TimeSamples || rep.isInlined() || rep.isArray())
        return unsupported("time samples of another kind");
    // Times and values each stand behind a forward offset that jumps over what they refer to.
    ByteCursor in = cursor(rep);
    const auto jump = [&in] {
        const uint64_t start = in.position();
        in.seek(start + static_cast<uint64_t>(in.read<int64_t>()));
    };
    jump();
    const auto timesRep = in.read<ValueRep>();
    jump();
    const uint64_t count = in.readCount(sizeof(ValueRep));
    if (in.failed()) return damaged("time samples lie outside of the file");
    if (timesRep.kind() != Kind::DoubleVector || timesRep.isInlined())
        return unsupported("sample times that are no list of doubles");
    ByteCursor times = cursor(timesRep);
    if (times.readCount(sizeof(double)) != count || times.failed())
        return damaged("there are not as many sample times as samples");
    if (!charge(count * (sizeof(TimeSample) + sizeof(Kind)))) return false;
    out.reserve(count);
    for (uint64_t i = 0; i < count; ++i) {
        TimeSample sample;
        sample.time = times.read<double>();
        const auto value = in.read<ValueRep>();
        // Written by OpenUSD they ascend; anything else is for OpenUSD to interpret.
        if (std::isnan(sample.time) || (i > 0 && !(out.back().time < sample.time)))
            return unsupported("sample times that do not ascend");
        sample.blocked = value.kind() == Kind::ValueBlock;
        if (!sample.blocked && !readPlain(value, sample.value)) return false;
        if (!sample.blocked && std::find(kinds.begin(), kinds.end(), value.kind()) == kinds.end())
            kinds.push_back(value.kind());
        out.push_back(sample);
    }
    return true;
}

bool ValueReader::readTokenVector(ValueRep rep, std::vector<TokenId>& out) {
    if (rep.kind() != Kind::TokenVector || rep.isArray() || rep.isInlined())
        return unsupported("a list of names of another kind");
    ByteCursor in = cursor(rep);
    const uint64_t count = in.readCount(sizeof(uint32_t));
    if (in.failed()) return damaged("a list of names lies outside of the file");
    if (!charge(count * sizeof(TokenId))) return false;
    out.resize(count);
    for (TokenId& name : out)
        if (!textOf(Kind::Token, in.read<uint32_t>(), name)) return false;
    return true;
}

bool ValueReader::readTokenListOp(ValueRep rep, ListOp<TokenId>& out) {
    if (rep.kind() != Kind::TokenListOp || rep.isArray() || rep.isInlined())
        return unsupported("a list edit of another kind");
    ByteCursor in = cursor(rep);
    bool good = true;
    out = readListOp<TokenId>(in, sizeof(uint32_t), [&](ByteCursor& items) {
        TokenId name;
        good = textOf(Kind::Token, items.read<uint32_t>(), name) && good;
        return name;
    });
    if (!out[ListPart::Ordered].empty()) return unsupported("a list edit that reorders");
    return good && (!in.failed() || damaged("a list edit lies outside of the file")) &&
           charge((in.position() - rep.payload()));
}

bool ValueReader::readPathListOp(ValueRep rep, ListOp<uint32_t>& out) {
    if (rep.kind() != Kind::PathListOp || rep.isArray() || rep.isInlined())
        return unsupported("a list of paths of another kind");
    ByteCursor in = cursor(rep);
    bool good = true;
    out = readListOp<uint32_t>(in, sizeof(uint32_t), [&](ByteCursor& items) {
        const auto node = items.read<uint32_t>();
        good = good && node < file_.nodes.size() && file_.nodes[node].present;
        return node;
    });
    if (in.failed() || !good) return damaged("a list of paths names a path that is not there");
    return charge(in.position() - rep.payload());
}

TokenId ValueReader::pathText(uint32_t index) {
    if (paths_[index].valid()) return paths_[index];
    const PathNode& node = file_.nodes[index];
    std::string text;
    if (node.parent == kNoNode) {
        text = "/";
    } else {
        text = rows_.tokens().text(pathText(node.parent));
        const std::string_view element = file_.tokens[node.element];
        if (node.isProperty) text += '.';
        // Variant selections, targets and their properties bring their own brackets and dots.
        else if (!text.ends_with('/') && !text.ends_with('}') && !element.starts_with('{') &&
                 !element.starts_with('[') && !element.starts_with('.'))
            text += '/';
        text += element;
    }
    if (!charge(text.size())) return TokenId(size_t{0});
    return paths_[index] = rows_.tokens().intern(text);
}

TokenId ValueReader::pathWithoutVariants(uint32_t index) {
    const std::string_view text = rows_.tokens().text(pathText(index));
    if (text.find('{') == std::string_view::npos) return pathText(index);
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '{') {
            out += text[i];
            continue;
        }
        i = std::min(text.find('}', i), text.size());
        if (i + 1 < text.size() && text[i + 1] != '{' && text[i + 1] != '.' && text[i + 1] != '/') out += '/';
    }
    return rows_.tokens().intern(out);
}

}  // namespace usdtune::crate
