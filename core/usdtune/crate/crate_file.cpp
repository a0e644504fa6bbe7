// SPDX-License-Identifier: Apache-2.0
// The layout is the one OpenUSD documents by its reader (pxr/usd/sdf/crateFile.cpp): a bootstrap header, a table of
// contents, and six structural sections. Versions before 0.4.0 keep the sections uncompressed and are left to pxr.

#include "usdtune/crate/crate_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "usdtune/crate/byte_cursor.h"
#include "usdtune/crate/compression.h"

namespace usdtune::crate {

namespace {

constexpr std::string_view kIdentifier = "PXR-USDC";
constexpr size_t kBootstrapBytes = 88;
// Later stages walk the namespace recursively; no scene comes near this.
constexpr size_t kDeepest = 1000;

struct Section {
    std::string_view name;
    std::span<const std::byte> bytes;
};

/// Reads the sections one by one. The first complaint stays in `error`.
class StructureReader {
public:
    explicit StructureReader(std::span<const std::byte> bytes) : file_(std::make_unique<CrateFile>()) {
        file_->bytes = bytes;
    }

    Result<std::unique_ptr<CrateFile>> read() {
        if (readBootstrap() && readTokens() && readStrings() && readFields() && readFieldSets() && readPaths() &&
            readSpecs())
            return std::move(file_);
        return Error{error_};
    }

private:
    bool damaged(std::string_view what) {
        if (error_.empty()) error_ = "damaged crate file: " + std::string(what);
        return false;
    }

    bool readBootstrap() {
        const auto bytes = file_->bytes;
        if (bytes.size() < kBootstrapBytes || std::memcmp(bytes.data(), kIdentifier.data(), kIdentifier.size()) != 0) {
            error_ = "not a crate file: it does not begin with PXR-USDC";
            return false;
        }
        ByteCursor in(bytes, kIdentifier.size());
        file_->version = {in.read<uint8_t>(), in.read<uint8_t>(), in.read<uint8_t>()};
        if (file_->version < kOldestVersion || file_->version > kNewestVersion) {
            error_ = "not supported: crate version " + file_->version.text() + "; versions " + kOldestVersion.text() +
                     " to " + kNewestVersion.text() + " are";
            return false;
        }
        in.seek(16);
        in.seek(in.read<uint64_t>());
        const uint64_t sectionCount = in.readCount(32);
        for (uint64_t i = 0; i < sectionCount && !in.failed(); ++i) {
            const auto name = in.take(16);
            const auto start = in.read<uint64_t>();
            const auto size = in.read<uint64_t>();
            if (in.failed() || start > bytes.size() || size > bytes.size() - start)
                return damaged("a section lies outside of the file");
            const std::string_view text(reinterpret_cast<const char*>(name.data()), name.size());
            sections_.push_back({text.substr(0, text.find('\0')), bytes.subspan(start, size)});
        }
        if (in.failed()) return damaged("the table of contents lies outside of the file");
        return true;
    }

    ByteCursor section(std::string_view name) {
        for (const Section& s : sections_)
            if (s.name == name) return ByteCursor(s.bytes);
        damaged("it has no section " + std::string(name));
        ByteCursor none({});
        none.fail();
        return none;
    }

    /// A count of items whose indices are 32-bit.
    static bool smallCount(uint64_t count) { return count < kNoNode; }

    /// Compressed counts can be absurd without being impossible; the structure of a real file is a few bytes per item.
    bool plausible(uint64_t count) const {
        return smallCount(count) && count <= (uint64_t{1} << 20) + 64 * file_->bytes.size();
    }

    bool readIntegers(ByteCursor& in, uint64_t count, std::vector<uint32_t>& out, std::string_view what) {
        const auto size = in.read<uint64_t>();
        const auto compressed = in.take(size);
        if (in.failed() || !plausible(count) || !canHoldIntegers(size, count, 4))
            return damaged(std::string(what) + " are cut off");
        out.resize(count);
        return decompressIntegers(compressed, out, scratch_) || damaged(std::string(what) + " cannot be decompressed");
    }

    bool readTokens() {
        ByteCursor in = section("TOKENS");
        const auto count = in.read<uint64_t>();
        const auto textBytes = in.read<uint64_t>();
        const auto compressed = in.take(in.read<uint64_t>());
        if (in.failed() || count > textBytes || !smallCount(count) || !canHold(compressed.size(), textBytes))
            return damaged("its tokens are cut off");
        auto& text = file_->tokenText;
        text.resize(textBytes);
        if (textBytes != 0 &&
            decompressBytes(compressed, std::as_writable_bytes(std::span(text))) != static_cast<int64_t>(textBytes))
            return damaged("its tokens cannot be decompressed");
        file_->tokens.reserve(count);
        size_t begin = 0;
        while (file_->tokens.size() < count) {
            const void* const end =
                begin < text.size() ? std::memchr(text.data() + begin, 0, text.size() - begin) : nullptr;
            if (end == nullptr) return damaged("it has fewer tokens than it claims");
            const auto size = static_cast<size_t>(static_cast<const char*>(end) - (text.data() + begin));
            file_->tokens.emplace_back(text.data() + begin, size);
            begin += size + 1;
        }
        return true;
    }

    bool readStrings() {
        ByteCursor in = section("STRINGS");
        const uint64_t count = in.readCount(4);
        const auto bytes = in.take(count * 4);
        if (in.failed() || !smallCount(count)) return damaged("its strings are cut off");
        file_->strings.resize(count);
        if (count != 0) std::memcpy(file_->strings.data(), bytes.data(), bytes.size());
        return allBelow(file_->strings, file_->tokens.size()) || damaged("a string names a token that is not there");
    }

    static bool allBelow(const std::vector<uint32_t>& indices, size_t limit) {
        return std::all_of(indices.begin(), indices.end(), [limit](uint32_t i) { return i < limit; });
    }

    bool readFields() {
        ByteCursor in = section("FIELDS");
        const auto count = in.read<uint64_t>();
        std::vector<uint32_t> names;
        if (in.failed() || !readIntegers(in, count, names, "its fields")) return damaged("its fields are cut off");
        if (!allBelow(names, file_->tokens.size())) return damaged("a field names a token that is not there");
        const auto compressed = in.take(in.read<uint64_t>());
        if (in.failed() || !canHold(compressed.size(), count * 8)) return damaged("its field values are cut off");
        std::vector<uint64_t> reps(count);
        if (count != 0 &&
            decompressBytes(compressed, std::as_writable_bytes(std::span(reps))) != static_cast<int64_t>(count * 8))
            return damaged("its field values cannot be decompressed");
        file_->fields.resize(count);
        for (size_t i = 0; i < count; ++i) file_->fields[i] = {names[i], {reps[i]}};
        return true;
    }

    bool readFieldSets() {
        ByteCursor in = section("FIELDSETS");
        const auto count = in.read<uint64_t>();
        if (in.failed() || !readIntegers(in, count, file_->fieldSets, "its field sets"))
            return damaged("its field sets are cut off");
        for (const uint32_t field : file_->fieldSets)
            if (field != kNoNode && field >= file_->fields.size())
                return damaged("a field set names a field that is not there");
        return file_->fieldSets.empty() || file_->fieldSets.back() == kNoNode ||
               damaged("its last field set does not end");
    }

    bool readPaths() {
        ByteCursor in = section("PATHS");
        const auto pathCount = in.read<uint64_t>();
        const auto count = in.read<uint64_t>();
        std::vector<uint32_t> indices, elements, jumps;
        if (in.failed() || !smallCount(pathCount) || count > pathCount ||
            !readIntegers(in, count, indices, "its paths") || !readIntegers(in, count, elements, "its path elements") ||
            !readIntegers(in, count, jumps, "its path jumps"))
            return damaged("its paths are cut off");
        // The table may have room for paths that are not stored (the empty path), but not for many.
        if (pathCount > count + 64) return damaged("it claims more paths than it has");
        file_->nodes.resize(pathCount);
        return buildTree(indices, elements, jumps);
    }

    /// Paths stand in pre-order. A jump of 0: a sibling follows; -1: a child follows; -2: neither; else a child follows
    /// and the next sibling stands that much further on.
    bool buildTree(const std::vector<uint32_t>& indices, const std::vector<uint32_t>& elements,
                   const std::vector<uint32_t>& jumps) {
        if (indices.empty()) return damaged("it has no paths");
        auto& nodes = file_->nodes;
        struct Branch {
            size_t at;
            uint32_t parent, previous;
        };
        std::vector<Branch> open{{0, kNoNode, kNoNode}};
        size_t visited = 0;
        while (!open.empty()) {
            auto [at, parent, previous] = open.back();
            open.pop_back();
            for (;;) {
                if (at >= indices.size() || indices[at] >= nodes.size())
                    return damaged("a path lies outside of the path table");
                const uint32_t index = indices[at];
                PathNode& node = nodes[index];
                if (node.present) return damaged("a path is there twice");
                ++visited;
                node.present = true;
                node.parent = parent;
                if (parent == kNoNode) {
                    if (at != 0) return damaged("it has two root paths");
                    file_->root = index;
                } else {
                    const auto element = static_cast<int32_t>(elements[at]);
                    node.isProperty = element < 0;
                    node.element = node.isProperty ? 0u - elements[at] : elements[at];
                    if (node.element >= file_->tokens.size())
                        return damaged("a path element names a token that is not there");
                    if (nodes[parent].depth >= kDeepest) {
                        error_ =
                            "not supported: the namespace is more than " + std::to_string(kDeepest) + " levels deep";
                        return false;
                    }
                    node.depth = static_cast<uint16_t>(nodes[parent].depth + 1);
                    (previous == kNoNode ? nodes[parent].firstChild : nodes[previous].nextSibling) = index;
                }
                const auto jump = static_cast<int32_t>(jumps[at]);
                if (jump < -2) return damaged("a path jump is out of range");
                const bool hasChild = jump > 0 || jump == -1;
                if (hasChild) {
                    if (jump > 0) open.push_back({at + static_cast<size_t>(jump), parent, index});
                    parent = index;
                    previous = kNoNode;
                } else if (jump == 0) {
                    previous = index;
                } else {
                    break;
                }
                ++at;
            }
        }
        return visited == indices.size() || damaged("some of its paths hang nowhere");
    }

    bool readSpecs() {
        ByteCursor in = section("SPECS");
        const auto count = in.read<uint64_t>();
        std::vector<uint32_t> paths, firstFields, types;
        if (in.failed() || !readIntegers(in, count, paths, "its specs") ||
            !readIntegers(in, count, firstFields, "its spec fields") ||
            !readIntegers(in, count, types, "its spec types"))
            return damaged("its specs are cut off");
        for (size_t i = 0; i < count; ++i) {
            if (paths[i] >= file_->nodes.size() || !file_->nodes[paths[i]].present)
                return damaged("a spec has a path that is not there");
            if (firstFields[i] >= file_->fieldSets.size()) return damaged("a spec has a field set that is not there");
            if (types[i] == 0 || types[i] > static_cast<uint32_t>(SpecType::VariantSet))
                return damaged("a spec is of no known type");
            PathNode& node = file_->nodes[paths[i]];
            if (node.spec != SpecType::None) return damaged("a path has two specs");
            node.spec = static_cast<SpecType>(types[i]);
            node.firstField = firstFields[i];
        }
        file_->specCount = count;
        if (file_->nodes[file_->root].spec != SpecType::PseudoRoot) return damaged("it has no root spec");
        return true;
    }

    std::unique_ptr<CrateFile> file_;
    std::vector<Section> sections_;
    std::vector<std::byte> scratch_;
    std::string error_;
};

}  // namespace

std::string Version::text() const {
    return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

Result<MappedFile> mapFile(const std::filesystem::path& file) {
    const auto failure = [&](const char* what) {
        return Error{file.string() + ": " + what + ": " + std::strerror(errno)};
    };
    const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return failure("cannot be opened");
    struct stat facts{};
    if (::fstat(descriptor, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        ::close(descriptor);
        return Error{file.string() + ": is not a regular file"};
    }
    const auto size = static_cast<size_t>(facts.st_size);
    if (size == 0) {
        ::close(descriptor);
        return MappedFile{};
    }
    void* const memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    const int mapError = errno;
    ::close(descriptor);
    errno = mapError;
    if (memory == MAP_FAILED) return failure("cannot be mapped");
    Keeper keeper(memory, [size](const void* at) { ::munmap(const_cast<void*>(at), size); });
    return MappedFile{{static_cast<const std::byte*>(memory), size}, std::move(keeper)};
}

Result<std::unique_ptr<CrateFile>> decodeStructure(std::span<const std::byte> bytes) {
    return StructureReader(bytes).read();
}

}  // namespace usdtune::crate
