// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/stored_zip.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace spineseg {
namespace {

constexpr std::uint64_t kLocalHeader = 30, kCentralHeader = 46, kEnd = 22, kEnd64 = 56, kEnd64Locator = 20;
constexpr std::uint64_t kLongestComment = 0xffff;
constexpr std::uint32_t kLocalMark = 0x04034b50, kCentralMark = 0x02014b50, kEndMark = 0x06054b50,
                        kEnd64Mark = 0x06064b50, kEnd64LocatorMark = 0x07064b50;
constexpr std::uint64_t kIn64 = 0xffffffff;   ///< a 32-bit field whose value is in the ZIP64 record
constexpr std::uint64_t kIn64Count = 0xffff;  ///< the same of a 16-bit field
constexpr std::uint16_t kZip64Extra = 1;
constexpr unsigned kEncrypted = 1;

tl::unexpected<Error> broken(const std::string& what) {
    return failure(ErrorCode::file_unreadable, "zip archive: " + what);
}

/// Little-endian number of `count` bytes at `at`; the caller has checked the range.
std::uint64_t number(std::string_view bytes, std::uint64_t at, int count) {
    std::uint64_t value = 0;
    for (int i = count - 1; i >= 0; --i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::uint64_t>(i)]);
    return value;
}

bool fits(std::string_view bytes, std::uint64_t at, std::uint64_t length) {
    return at <= bytes.size() && length <= bytes.size() - at;
}

struct Directory {
    std::uint64_t offset = 0, length = 0, count = 0;
};

std::optional<std::uint64_t> find_end(std::string_view bytes) {
    if (bytes.size() < kEnd) return std::nullopt;
    const std::uint64_t last = bytes.size() - kEnd;
    const std::uint64_t first = last - std::min(last, kLongestComment);
    for (std::uint64_t at = last + 1; at-- > first;) {
        if (number(bytes, at, 4) == kEndMark && at + kEnd + number(bytes, at + 20, 2) == bytes.size())
            return at;
    }
    return std::nullopt;
}

Result<Directory> read_end64(std::string_view bytes, std::uint64_t end) {
    if (end < kEnd64Locator || number(bytes, end - kEnd64Locator, 4) != kEnd64LocatorMark)
        return broken("the ZIP64 locator is missing");
    const std::uint64_t at = number(bytes, end - kEnd64Locator + 8, 8);
    if (!fits(bytes, at, kEnd64) || number(bytes, at, 4) != kEnd64Mark)
        return broken("the ZIP64 end record is missing");
    return Directory{number(bytes, at + 48, 8), number(bytes, at + 40, 8), number(bytes, at + 32, 8)};
}

Result<Directory> find_directory(std::string_view bytes) {
    const auto end = find_end(bytes);
    if (!end) return broken("no end record; the file is cut short, or no zip archive");
    Directory directory{number(bytes, *end + 16, 4), number(bytes, *end + 12, 4),
                        number(bytes, *end + 10, 2)};
    if (directory.offset == kIn64 || directory.length == kIn64 || directory.count == kIn64Count) {
        auto large = read_end64(bytes, *end);
        if (!large) return failure(large.error());
        directory = *large;
    }
    if (!fits(bytes, directory.offset, directory.length) ||
        directory.count > directory.length / kCentralHeader)
        return broken("its directory lies outside the file");
    return directory;
}

struct Entry {
    std::string name;
    std::uint64_t header = 0;  ///< offset of the local header
    std::uint64_t length = 0;  ///< of its bytes in the archive
    std::uint64_t begin = 0;   ///< of its bytes in the archive
    bool compressed = false;
};

/// The sizes and the offset that are in the ZIP64 extra field instead, in the order of the format.
Result<void> read_extra64(std::string_view extra, const std::vector<std::uint64_t*>& fields) {
    for (std::uint64_t at = 0; at + 4 <= extra.size();) {
        const std::uint64_t length = number(extra, at + 2, 2);
        if (!fits(extra, at + 4, length)) break;
        if (number(extra, at, 2) == kZip64Extra) {
            if (length < 8 * fields.size()) break;
            for (std::size_t i = 0; i < fields.size(); ++i) *fields[i] = number(extra, at + 4 + 8 * i, 8);
            return {};
        }
        at += 4 + length;
    }
    return broken("a ZIP64 field is missing");
}

/// One directory entry; moves `at` behind it.
Result<Entry> read_entry(std::string_view directory, std::uint64_t& at) {
    if (!fits(directory, at, kCentralHeader) || number(directory, at, 4) != kCentralMark)
        return broken("its directory is damaged");
    const std::uint64_t name = number(directory, at + 28, 2), extra = number(directory, at + 30, 2),
                        comment = number(directory, at + 32, 2);
    if (!fits(directory, at + kCentralHeader, name + extra + comment))
        return broken("its directory is damaged");
    Entry entry;
    entry.name = directory.substr(at + kCentralHeader, name);
    entry.length = number(directory, at + 20, 4);
    std::uint64_t unfolded = number(directory, at + 24, 4);
    entry.header = number(directory, at + 42, 4);
    std::vector<std::uint64_t*> large;
    for (auto* field : {&unfolded, &entry.length, &entry.header}) {
        if (*field == kIn64) large.push_back(field);
    }
    if (!large.empty()) {
        const auto read = read_extra64(directory.substr(at + kCentralHeader + name, extra), large);
        if (!read) return failure(read.error());
    }
    if (number(directory, at + 8, 2) & kEncrypted) return broken(entry.name + " is encrypted");
    entry.compressed = number(directory, at + 10, 2) != 0;
    if (!entry.compressed && unfolded != entry.length)
        return broken(entry.name + " is stored, but has two lengths");
    at += kCentralHeader + name + extra + comment;
    return entry;
}

Result<void> locate(std::string_view bytes, Entry& entry) {
    if (!fits(bytes, entry.header, kLocalHeader) || number(bytes, entry.header, 4) != kLocalMark)
        return broken(entry.name + " is not where the directory says");
    entry.begin = entry.header + kLocalHeader + number(bytes, entry.header + 26, 2) +
                  number(bytes, entry.header + 28, 2);
    if (!fits(bytes, entry.begin, entry.length))
        return broken(entry.name + " ends behind the end of the file");
    return {};
}

/// Overlapping entries would let a small file unfold into a large one.
Result<void> check_disjoint(std::vector<Entry>& entries) {
    std::sort(entries.begin(), entries.end(),
              [](const Entry& a, const Entry& b) { return a.header < b.header; });
    for (std::size_t i = 1; i < entries.size(); ++i) {
        if (entries[i - 1].begin + entries[i - 1].length > entries[i].header)
            return broken(entries[i - 1].name + " and " + entries[i].name + " overlap");
    }
    return {};
}

}  // namespace

Result<StoredZip> read_stored_zip(std::string_view bytes) {
    const auto directory = find_directory(bytes);
    if (!directory) return failure(directory.error());
    const auto listing = bytes.substr(directory->offset, directory->length);
    std::vector<Entry> entries;
    std::uint64_t at = 0;
    for (std::uint64_t i = 0; i < directory->count; ++i) {
        auto entry = read_entry(listing, at);
        if (!entry) return failure(entry.error());
        if (const auto located = locate(bytes, *entry); !located) return failure(located.error());
        entries.push_back(std::move(*entry));
    }
    if (const auto disjoint = check_disjoint(entries); !disjoint) return failure(disjoint.error());
    StoredZip found;
    for (const auto& entry : entries) {
        if (found.contains(entry.name)) return broken(entry.name + " occurs in it twice");
        if (entry.compressed)
            found.compressed.insert(entry.name);
        else
            found.stored.emplace(entry.name, bytes.substr(entry.begin, entry.length));
    }
    return found;
}

}  // namespace spineseg
