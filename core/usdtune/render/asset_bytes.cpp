// SPDX-License-Identifier: Apache-2.0
//
// Packages are zip archives (PKWARE APPNOTE 6.3) within the limits of the USDZ specification: members stored, no
// encryption, no Zip64. As a stored member is a range of its package, so is a package's in a package: a path is a file
// and a range that grows narrower.
#include "usdtune/render/asset_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>

namespace usdtune {

namespace {

struct PathParts {
    std::string file;
    std::vector<std::string> members;  ///< outermost first
};

/// The bracket that the last character closes, or npos; a backslash takes a bracket's meaning.
size_t openingBracket(std::string_view path) {
    const auto isPlain = [&](size_t i) { return i == 0 || path[i - 1] != '\\'; };
    if (path.size() < 2 || path.back() != ']' || !isPlain(path.size() - 1)) return std::string_view::npos;
    int depth = 0;
    for (size_t i = path.size(); i-- > 0;) {
        if (path[i] == ']' && isPlain(i)) ++depth;
        if (path[i] == '[' && isPlain(i) && --depth == 0) return i;
    }
    return std::string_view::npos;
}

std::string withoutEscapes(std::string_view text) {
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '[' || text[i + 1] == ']')) continue;
        out += text[i];
    }
    return out;
}

PathParts partsOf(std::string_view path) {
    PathParts parts;
    for (bool outermost = true;; outermost = false) {
        const size_t bracket = openingBracket(path);
        const std::string_view head = path.substr(0, std::min(bracket, path.size()));
        if (outermost)
            parts.file = head;
        else
            parts.members.push_back(withoutEscapes(head));
        if (bracket == std::string_view::npos) return parts;
        path = path.substr(bracket + 1, path.size() - bracket - 2);
    }
}

/// A range of an open file.
class FileRange {
public:
    explicit FileRange(const std::string& file) : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC)) {
        struct stat facts{};
        if (descriptor_ < 0 || ::fstat(descriptor_, &facts) != 0)
            problem_ = std::strerror(errno);
        else if (!S_ISREG(facts.st_mode))
            problem_ = "it is not a regular file";
        else
            size_ = static_cast<uint64_t>(facts.st_size);
    }
    ~FileRange() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    FileRange(const FileRange&) = delete;
    FileRange& operator=(const FileRange&) = delete;

    const std::string& problem() const { return problem_; }
    uint64_t size() const { return size_; }
    bool holds(uint64_t offset, uint64_t count) const { return offset <= size_ && count <= size_ - offset; }
    void narrow(uint64_t offset, uint64_t count) {
        begin_ += offset;
        size_ = count;
    }

    /// Those bytes, or none where they are not all there.
    std::optional<std::vector<std::byte>> read(uint64_t offset, uint64_t count) const {
        if (!holds(offset, count)) return std::nullopt;
        std::vector<std::byte> bytes(count);
        for (size_t done = 0; done < count;) {
            const ssize_t got =
                ::pread(descriptor_, bytes.data() + done, count - done, static_cast<off_t>(begin_ + offset + done));
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return std::nullopt;
            done += static_cast<size_t>(got);
        }
        return bytes;
    }

private:
    int descriptor_;
    uint64_t begin_ = 0, size_ = 0;
    std::string problem_;
};

uint32_t number(const std::byte* at, size_t bytes) {
    uint32_t out = 0;
    for (size_t i = bytes; i-- > 0;) out = out << 8 | static_cast<uint32_t>(at[i]);
    return out;
}
uint32_t number16(const std::byte* at) { return number(at, 2); }
uint32_t number32(const std::byte* at) { return number(at, 4); }

constexpr uint32_t kLocalHeader = 0x04034b50, kDirectoryEntry = 0x02014b50, kDirectoryEnd = 0x06054b50;
constexpr uint64_t kLocalHeaderSize = 30, kEntrySize = 46, kEndSize = 22, kLongestComment = 65535;

/// The archive's directory, or what is wrong with it.
Result<std::vector<std::byte>> directoryOf(const FileRange& archive) {
    const uint64_t tailSize = std::min(archive.size(), kEndSize + kLongestComment);
    const auto tail = archive.read(archive.size() - tailSize, tailSize);
    if (!tail) return Error{"the file cannot be read"};
    for (size_t at = tail->size() >= kEndSize ? tail->size() - kEndSize + 1 : 0; at-- > 0;) {
        const std::byte* end = tail->data() + at;
        if (number32(end) != kDirectoryEnd) continue;
        auto directory = archive.read(number32(end + 16), number32(end + 12));
        if (directory) return std::move(*directory);
        return Error{"its table of contents lies outside of the file"};
    }
    return Error{"it is no zip archive"};
}

struct Member {
    uint32_t flags, method, size, offset;
};

std::optional<Member> findMember(const std::vector<std::byte>& directory, std::string_view name) {
    for (size_t at = 0; at + kEntrySize <= directory.size();) {
        const std::byte* entry = directory.data() + at;
        if (number32(entry) != kDirectoryEntry) return std::nullopt;
        const size_t nameSize = number16(entry + 28);
        const size_t whole = kEntrySize + nameSize + number16(entry + 30) + number16(entry + 32);
        if (whole > directory.size() - at) return std::nullopt;
        if (std::string_view(reinterpret_cast<const char*>(entry + kEntrySize), nameSize) == name)
            return Member{number16(entry + 8), number16(entry + 10), number32(entry + 20), number32(entry + 42)};
        at += whole;
    }
    return std::nullopt;
}

/// Narrows an archive to one member; tells why it cannot.
std::optional<std::string> enter(FileRange& archive, const std::string& name) {
    const auto directory = directoryOf(archive);
    if (!directory) return directory.error();
    const auto member = findMember(directory.value(), name);
    if (!member) return "it has no member " + name;
    if ((member->flags & 1) != 0) return name + " is encrypted";
    if (member->method != 0) return name + " is compressed, but members of a package must be stored as they are";
    const auto header = archive.read(member->offset, kLocalHeaderSize);
    if (!header || number32(header->data()) != kLocalHeader) return name + " is not where the table of contents says";
    const uint64_t begin =
        uint64_t{member->offset} + kLocalHeaderSize + number16(header->data() + 26) + number16(header->data() + 28);
    if (!archive.holds(begin, member->size)) return name + " reaches beyond the end of the package";
    archive.narrow(begin, member->size);
    return std::nullopt;
}

}  // namespace

Result<std::vector<std::byte>> readAsset(std::string_view resolvedPath) {
    const PathParts parts = partsOf(resolvedPath);
    const auto failure = [&](const std::string& why) {
        return Error{std::string(resolvedPath) + " cannot be read: " + why + "."};
    };
    FileRange range(parts.file);
    if (!range.problem().empty()) return failure(range.problem());
    for (const std::string& member : parts.members)
        if (const auto why = enter(range, member)) return failure(*why);
    auto bytes = range.read(0, range.size());
    if (!bytes) return failure("it ends too early");
    return std::move(*bytes);
}

bool assetExists(std::string_view resolvedPath) {
    const PathParts parts = partsOf(resolvedPath);
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(parts.file, ignored)) return false;
    if (parts.members.empty()) return true;
    FileRange range(parts.file);
    return range.problem().empty() && std::none_of(parts.members.begin(), parts.members.end(), [&](const auto& member) {
               return enter(range, member).has_value();
           });
}

std::string besideLayer(std::string_view layerPath, std::string_view relative) {
    if (std::filesystem::path(relative).is_absolute()) return std::string(relative);
    const auto beside = [&](std::string_view file) {
        return (std::filesystem::path(file).parent_path() / relative).lexically_normal().string();
    };
    if (layerPath.ends_with(".usdz"))
        return std::string(layerPath) + "[" + std::filesystem::path(relative).lexically_normal().string() + "]";
    // The innermost member is the layer itself: what stands behind the last bracket that opens.
    const size_t closing = layerPath.find_last_not_of(']');
    if (openingBracket(layerPath) == std::string_view::npos || closing == std::string_view::npos)
        return beside(layerPath);
    const size_t inner = layerPath.rfind('[', closing) + 1;
    const std::string_view member = layerPath.substr(inner, closing + 1 - inner);
    return std::string(layerPath.substr(0, inner)) + beside(member) + std::string(layerPath.substr(closing + 1));
}

}  // namespace usdtune
