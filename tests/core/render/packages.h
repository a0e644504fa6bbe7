// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace usdtune::test {

/// A folder that is gone again at the end of the test.
class TemporaryFolder {
public:
    TemporaryFolder() {
        static std::atomic<int> count = 0;
        root_ = std::filesystem::temp_directory_path() /
                ("usdtune_render_" + std::to_string(getpid()) + "_" + std::to_string(count++));
        std::filesystem::create_directories(root_);
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(root_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    std::string path(std::string_view name) const { return (root_ / name).string(); }
    /// Writes a file and gives its path.
    std::string write(std::string_view name, const char* text) const { return write(name, std::string(text)); }
    template <class Bytes>
        requires requires(const Bytes& bytes) { bytes.data(); }
    std::string write(std::string_view name, const Bytes& bytes) const {
        std::ofstream(root_ / name, std::ios::binary)
            .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
        return path(name);
    }

private:
    std::filesystem::path root_;
};

/// A zip archive, without checksums, which nobody here looks at.
class Package {
public:
    Package& member(std::string_view name, std::string_view content, uint16_t method = 0) {
        const auto offset = static_cast<uint32_t>(members_.size());
        const auto facts = [&](std::string& out) {
            put(out, method, 2);
            put(out, 0, 8);  // time, date and checksum
            put(out, content.size(), 4);
            put(out, content.size(), 4);
            put(out, name.size(), 2);
        };
        put(members_, 0x04034b50, 4);
        put(members_, 10, 4);  // version and flags
        facts(members_);
        put(members_, 0, 2);
        members_.append(name).append(content);

        put(directory_, 0x02014b50, 4);
        put(directory_, 10, 2);
        put(directory_, 10, 4);
        facts(directory_);
        put(directory_, 0, 12);  // extra field, comment, disk and attributes
        put(directory_, offset, 4);
        directory_.append(name);
        ++count_;
        return *this;
    }
    std::string bytes() const {
        std::string out = members_ + directory_;
        put(out, 0x06054b50, 4);
        put(out, 0, 4);
        put(out, count_, 2);
        put(out, count_, 2);
        put(out, directory_.size(), 4);
        put(out, members_.size(), 4);
        put(out, 0, 2);
        return out;
    }

private:
    static void put(std::string& out, uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i, value >>= 8) out += static_cast<char>(value & 0xff);
    }
    std::string members_, directory_;
    uint64_t count_ = 0;
};

}  // namespace usdtune::test
