// SPDX-License-Identifier: Apache-2.0
// The part of ValueReader that writes canonical texts: dictionaries, list ops and lists in metadata.
#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "usdtune/crate/canonical_text.h"
#include "usdtune/crate/value_reader.h"

namespace usdtune::crate {

namespace {

constexpr int kDeepestDictionary = 64;
constexpr size_t kLongestText = size_t{16} << 20;

double numberAt(Element element, const std::byte* at) {
    const auto load = [&](auto zero) {
        std::memcpy(&zero, at, sizeof zero);
        return zero;
    };
    switch (element) {
        case Element::Half:
            return canonical::halfToDouble(load(uint16_t{}));
        case Element::Float:
            return load(float{});
        default:
            return load(double{});
    }
}

void appendComponent(std::string& out, Element element, const std::byte* at) {
    const auto load = [&](auto zero) {
        std::memcpy(&zero, at, sizeof zero);
        return zero;
    };
    switch (element) {
        case Element::Bool:
            canonical::appendBool(out, load(uint8_t{}) != 0);
            break;
        case Element::UChar:
            canonical::appendInteger(out, uint64_t{load(uint8_t{})});
            break;
        case Element::Int:
            canonical::appendInteger(out, int64_t{load(int32_t{})});
            break;
        case Element::UInt:
            canonical::appendInteger(out, uint64_t{load(uint32_t{})});
            break;
        case Element::Int64:
            canonical::appendInteger(out, load(int64_t{}));
            break;
        case Element::UInt64:
            canonical::appendInteger(out, load(uint64_t{}));
            break;
        default:
            canonical::appendNumber(out, numberAt(element, at));
            break;
    }
}

size_t bytesOf(Element element) {
    switch (element) {
        case Element::Bool:
        case Element::UChar:
            return 1;
        case Element::Half:
            return 2;
        case Element::Int64:
        case Element::UInt64:
        case Element::Double:
            return 8;
        default:
            return 4;
    }
}

bool isPlainVector(Kind kind) {
    return kind == Kind::TokenVector || kind == Kind::StringVector || kind == Kind::DoubleVector;
}

/// Items with separators, brackets around them.
template <class Items, class Append>
bool appendItems(std::string& out, const Items& items, Append&& append) {
    out += '[';
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ", ";
        first = false;
        if (!append(item)) return false;
    }
    out += ']';
    return true;
}

}  // namespace

bool ValueReader::readMetadatum(ValueRep rep, Metadatum& out) {
    const auto name = [&](std::string_view text) { out.typeName = rows_.tokens().intern(text); };
    const KindFacts& facts = factsOf(rep.kind());
    if (facts.element != Element::None) {
        if (!readPlain(rep, out.value)) return false;
        name(rep.isArray() ? std::string(facts.name) + "[]" : std::string(facts.name));
        return true;
    }
    if (rep.isArray()) return unsupported("an array of kind " + std::to_string(static_cast<int>(rep.kind())));
    if (rep.kind() == Kind::Permission || rep.kind() == Kind::Specifier || rep.kind() == Kind::Variability) {
        static constexpr std::string_view names[3][3] = {
            {"def", "over", "class"}, {"public", "private", ""}, {"varying", "uniform", "uniform"}};
        const auto row = static_cast<size_t>(rep.kind()) - static_cast<size_t>(Kind::Specifier);
        if (rep.inlined() > 2 || names[row][rep.inlined()].empty()) return damaged("a value is out of its range");
        const TokenId text = rows_.tokens().intern(names[row][rep.inlined()]);
        name("opaque");  // as OpenUSD's Python gives it: no value that could be written back as a text
        out.value = {nullptr, 1, {Element::Opaque, 1, false}};
        return copy(&text, sizeof text, out.value);
    }
    return readOpaque(rep, out);
}

bool ValueReader::readOpaque(ValueRep rep, Metadatum& out) {
    const Kind kind = rep.kind();
    if (isPlainVector(kind) && !rep.isInlined()) {
        // A plain list of texts or doubles is an array by another name.
        const bool isText = kind != Kind::DoubleVector;
        ByteCursor in = cursor(rep);
        const uint64_t count = in.readCount(isText ? sizeof(uint32_t) : sizeof(double));
        if (in.failed()) return damaged("a list lies outside of the file");
        out.typeName = rows_.tokens().intern(kind == Kind::TokenVector ? "token[]" : isText ? "string[]" : "double[]");
        out.value = {nullptr, count, {isText ? Element::Text : Element::Double, 1, true}};
        if (isText) return readTextArray(in, kind == Kind::TokenVector ? Kind::Token : Kind::String, count, out.value);
        const auto bytes = in.take(count * sizeof(double));
        static constexpr double nothing = 0;
        out.value.data = &nothing;
        return count == 0 || copy(bytes.data(), bytes.size(), out.value);
    }
    out.typeName = rows_.tokens().intern("opaque");
    auto [slot, isNew] = opaque_.try_emplace(rep.bits);
    if (isNew) {
        std::string text;
        if (!appendValue(text, rep, 0) || !charge(text.size())) return false;
        opaque_[rep.bits] = rows_.tokens().intern(text);
    }
    const TokenId text = opaque_[rep.bits];
    out.value = {nullptr, 1, {Element::Opaque, 1, false}};
    return copy(&text, sizeof text, out.value);
}

bool ValueReader::appendValue(std::string& out, ValueRep rep, int depth) {
    if (depth > kDeepestDictionary) return unsupported("dictionaries nested too deeply");
    if (out.size() > kLongestText) return unsupported("a dictionary too large to compare as text");
    const Kind kind = rep.kind();
    if (factsOf(kind).element != Element::None) return appendPlain(out, rep);
    if (rep.isArray()) return unsupported("an array of kind " + std::to_string(static_cast<int>(kind)));
    if (kind == Kind::ValueBlock) {
        out += "none";
        return true;
    }
    if (kind == Kind::Dictionary) {
        if (rep.isInlined()) {
            out += "{}";
            return true;
        }
        ByteCursor in = cursor(rep);
        return appendDictionary(out, in, depth);
    }
    if (rep.isInlined()) return unsupported("an inlined value of kind " + std::to_string(static_cast<int>(kind)));
    if (kind == Kind::PathVector || isPlainVector(kind)) return appendVector(out, rep);
    return appendListOp(out, rep);
}

bool ValueReader::appendPlain(std::string& out, ValueRep rep) {
    const Kind kind = rep.kind();
    const KindFacts& facts = factsOf(kind);
    Value value;
    if (!readPlain(rep, value)) return false;
    // Inside a text the elements are needed now, whether this or an earlier reader of the array put it on the list.
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const ArrayJob& j) { return rep.isArray() && j.out == value.data; });
    std::vector<std::byte> scratch;
    if (job != jobs_.end() && !decodeArray(*job, scratch))
        return damaged("an array in a dictionary cannot be decompressed");
    const auto* bytes = static_cast<const std::byte*>(value.data);
    if (facts.element == Element::Text || facts.element == Element::Asset || facts.element == Element::Opaque) {
        const size_t stride = facts.element == Element::Asset ? 2 : 1;
        const auto* texts = static_cast<const TokenId*>(value.data);
        if (!value.type.isArray) {
            if (stride == 2) out += "asset(";
            canonical::appendText(out, rows_.tokens().text(texts[0]));
            if (stride == 2) out += ')';
            return true;
        }
        std::string all;
        for (uint64_t i = 0; i < value.count; ++i) {
            all.append(rows_.tokens().text(texts[i * stride])).push_back('\0');
            if (all.size() > kLongestText) return unsupported("a dictionary too large to compare as text");
        }
        canonical::appendArray(out, stride == 2 ? "asset" : "text", value.count, hashBytes(all.data(), all.size()));
        return true;
    }
    const size_t componentBytes = bytesOf(facts.element);
    if (value.type.isArray) {
        canonical::appendArray(out, facts.name, value.count,
                               hashBytes(bytes, value.count * componentBytes * facts.components));
        return true;
    }
    const bool isTuple = facts.components > 1 || kind == Kind::TimeCode;
    if (isTuple) out.append(facts.name).append("(");
    for (size_t i = 0; i < facts.components; ++i) {
        if (i > 0) out += ", ";
        appendComponent(out, facts.element, bytes + i * componentBytes);
    }
    if (isTuple) out += ')';
    return true;
}

bool ValueReader::appendString(std::string& out, uint32_t index) {
    TokenId text;
    if (!textOf(Kind::String, index, text)) return false;
    canonical::appendText(out, rows_.tokens().text(text));
    return true;
}

bool ValueReader::appendPath(std::string& out, uint32_t index) {
    if (index >= file_.nodes.size() || !file_.nodes[index].present)
        return damaged("a list names a path that is not there");
    canonical::appendText(out, rows_.tokens().text(pathText(index)));
    return true;
}

bool ValueReader::appendDictionary(std::string& out, ByteCursor& in, int depth) {
    struct Entry {
        std::string_view key;
        ValueRep value;
    };
    constexpr uint64_t leastEntryBytes = sizeof(uint32_t) + sizeof(int64_t) + sizeof(ValueRep);
    const uint64_t count = in.readCount(leastEntryBytes);
    std::vector<Entry> entries;
    for (uint64_t i = 0; i < count && !in.failed(); ++i) {
        TokenId key;
        if (!textOf(Kind::String, in.read<uint32_t>(), key)) return false;
        const uint64_t start = in.position();
        const auto offset = in.read<int64_t>();
        if (offset < static_cast<int64_t>(sizeof offset)) return damaged("a dictionary refers backwards");
        in.seek(start + static_cast<uint64_t>(offset));
        entries.push_back({rows_.tokens().text(key), in.read<ValueRep>()});
    }
    if (in.failed()) return damaged("a dictionary lies outside of the file");
    std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
    out += '{';
    for (size_t i = 0; i < entries.size(); ++i) {
        if (i > 0 && entries[i].key == entries[i - 1].key) return damaged("a dictionary has a key twice");
        if (i > 0) out += ", ";
        canonical::appendText(out, entries[i].key);
        out += ": ";
        if (!appendValue(out, entries[i].value, depth + 1)) return false;
    }
    out += '}';
    return true;
}

bool ValueReader::appendVector(std::string& out, ValueRep rep) {
    ByteCursor in = cursor(rep);
    const Kind kind = rep.kind();
    const uint64_t count = in.readCount(kind == Kind::DoubleVector ? sizeof(double) : sizeof(uint32_t));
    if (in.failed()) return damaged("a list lies outside of the file");
    out += '[';
    for (uint64_t i = 0; i < count; ++i) {
        if (i > 0) out += ", ";
        if (out.size() > kLongestText) return unsupported("a list too large to compare as text");
        TokenId text;
        if (kind == Kind::DoubleVector) {
            canonical::appendNumber(out, in.read<double>());
        } else if (kind == Kind::TokenVector) {
            if (!textOf(Kind::Token, in.read<uint32_t>(), text)) return false;
            canonical::appendText(out, rows_.tokens().text(text));
        } else if (kind == Kind::StringVector) {
            if (!appendString(out, in.read<uint32_t>())) return false;
        } else if (!appendPath(out, in.read<uint32_t>())) {
            return false;
        }
    }
    out += ']';
    return true;
}

bool ValueReader::appendListOp(std::string& out, ValueRep rep) {
    ByteCursor in = cursor(rep);
    const auto write = [&](const auto& op, auto&& appendItem) {
        if (in.failed()) return damaged("a list edit lies outside of the file");
        out += "listop(";
        bool first = true;
        for (size_t part = 0; part < kListPartCount; ++part) {
            const bool shown = !op.parts[part].empty() || (part == 0 && op.isExplicit);
            if (!shown) continue;
            if (!first) out += ", ";
            first = false;
            out.append(kListPartNames[part]).append("=");
            const auto bounded = [&](const auto& item) {
                return appendItem(item) &&
                       (out.size() <= kLongestText || unsupported("a list too large to compare as text"));
            };
            if (!appendItems(out, op.parts[part], bounded)) return false;
        }
        out += ')';
        return true;
    };
    const auto integers = [&](auto zero) {
        using Integer = decltype(zero);
        const auto op = readListOp<Integer>(in, sizeof zero, [](ByteCursor& items) { return items.read<Integer>(); });
        return write(op, [&](Integer item) {
            if constexpr (std::is_signed_v<Integer>)
                canonical::appendInteger(out, int64_t{item});
            else
                canonical::appendInteger(out, uint64_t{item});
            return true;
        });
    };
    const auto indices = [&](auto&& appendItem) {
        return write(
            readListOp<uint32_t>(in, sizeof(uint32_t), [](ByteCursor& items) { return items.read<uint32_t>(); }),
            appendItem);
    };
    switch (rep.kind()) {
        case Kind::IntListOp:
            return integers(int32_t{});
        case Kind::UIntListOp:
            return integers(uint32_t{});
        case Kind::Int64ListOp:
            return integers(int64_t{});
        case Kind::UInt64ListOp:
            return integers(uint64_t{});
        case Kind::StringListOp:
            return indices([&](uint32_t item) { return appendString(out, item); });
        case Kind::PathListOp:
            return indices([&](uint32_t item) { return appendPath(out, item); });
        case Kind::TokenListOp:
            return indices([&](uint32_t item) {
                TokenId text;
                if (!textOf(Kind::Token, item, text)) return false;
                canonical::appendText(out, rows_.tokens().text(text));
                return true;
            });
        default:
            return unsupported("metadata of kind " + std::to_string(static_cast<int>(rep.kind())));
    }
}

/// Passes over a dictionary that stands in the middle of something else; its values lie elsewhere.
bool ValueReader::skipDictionary(ByteCursor& in) {
    const uint64_t count = in.readCount(sizeof(uint32_t) + sizeof(int64_t) + sizeof(ValueRep));
    for (uint64_t i = 0; i < count && !in.failed(); ++i) {
        in.read<uint32_t>();
        const uint64_t start = in.position();
        const auto offset = in.read<int64_t>();
        if (offset < static_cast<int64_t>(sizeof offset)) return damaged("a dictionary refers backwards");
        in.seek(start + static_cast<uint64_t>(offset));
        in.read<ValueRep>();
    }
    return !in.failed() || damaged("a dictionary lies outside of the file");
}

bool ValueReader::readArcs(ValueRep rep, ListOp<Reference>& out) {
    const Kind kind = rep.kind();
    const bool isReference = kind == Kind::ReferenceListOp;
    if (rep.isArray() || rep.isInlined() || !(isReference || kind == Kind::Payload || kind == Kind::PayloadListOp))
        return unsupported("references or payloads of kind " + std::to_string(static_cast<int>(kind)));
    ByteCursor in = cursor(rep);
    const bool hasOffset = isReference || file_.version >= Version{0, 8, 0};
    bool good = true;
    const auto readItem = [&](ByteCursor& items) {
        Reference item{items.read<uint32_t>(), items.read<uint32_t>()};
        if (hasOffset) {
            item.offset = items.read<double>();
            item.scale = items.read<double>();
        }
        if (isReference) good = skipDictionary(items) && good;
        return item;
    };
    if (kind == Kind::Payload)
        out.parts[0].push_back(readItem(in));
    else
        out = readListOp<Reference>(in, 2 * sizeof(uint32_t), readItem);
    if (!good) return false;
    if (in.failed()) return damaged("references lie outside of the file");
    return charge(in.position() - rep.payload());
}

/// Whether an arc names a prim of this layer. No prim path: the default prim.
bool ValueReader::isInternal(const Reference& item, bool& out) {
    TokenId asset;
    if (!textOf(Kind::String, item.asset, asset)) return false;
    out = rows_.tokens().text(asset).empty() && item.path < file_.nodes.size() && file_.nodes[item.path].present;
    return true;
}

bool ValueReader::readInternalArcs(ValueRep rep, std::vector<uint32_t>& out) {
    ListOp<Reference> op;
    if (!readArcs(rep, op)) return false;
    for (const ListPart part : {ListPart::Explicit, ListPart::Added, ListPart::Prepended, ListPart::Appended}) {
        for (const Reference& item : op[part]) {
            bool internal = false;
            if (!isInternal(item, internal)) return false;
            if (internal) out.push_back(item.path);
        }
    }
    return true;
}

bool ValueReader::readSoleInternalReference(ValueRep rep, uint32_t& out) {
    out = kNoNode;
    ListOp<Reference> op;
    if (!readArcs(rep, op)) return false;
    const Reference* sole = nullptr;
    for (const std::vector<Reference>& items : op.parts) {
        if (items.empty()) continue;
        if (sole != nullptr || items.size() != 1) return true;
        sole = items.data();
    }
    const bool takesAway = !op[ListPart::Deleted].empty() || !op[ListPart::Ordered].empty();
    if (sole == nullptr || takesAway || sole->offset != 0.0 || sole->scale != 1.0) return true;
    bool internal = false;
    if (!isInternal(*sole, internal)) return false;
    if (internal) out = sole->path;
    return true;
}

}  // namespace usdtune::crate
