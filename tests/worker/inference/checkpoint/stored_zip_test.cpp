// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/stored_zip.h"

#include <gmock/gmock.h>

#include <cstdint>
#include <vector>

namespace spineseg {
namespace stored_zip_test {

using ::testing::HasSubstr;
using namespace std::string_literals;

std::string little(std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i) & 0xff);
    return text;
}

std::string zeros(std::size_t bytes) {
    return std::string(bytes, '\0');
}

/// What a test bends of an archive that is otherwise as APPNOTE says.
struct Bend {
    std::uint64_t method = 0, flags = 0;
    std::int64_t length = 0;    ///< added to the lengths in the directory
    std::int64_t unfolded = 0;  ///< added to the length after unpacking alone
    std::int64_t offset = 0;    ///< added to the second entry's place
    bool zip64 = false;
    std::string second = "b";
};

std::string archive(const Bend& bend = {}) {
    const std::vector<std::pair<std::string, std::string>> entries{{"a", "first"}, {bend.second, "second!"}};
    std::string bytes, directory;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const auto& [name, data] = entries[i];
        const auto length = data.size() + static_cast<std::uint64_t>(i == 1 ? bend.length : 0);
        const auto unfolded = length + static_cast<std::uint64_t>(bend.unfolded);
        const auto place = bytes.size() + static_cast<std::uint64_t>(i == 1 ? bend.offset : 0);
        const auto extra = bend.zip64 ? little(1, 2) + little(24, 2) + little(unfolded, 8) +
                                            little(length, 8) + little(place, 8)
                                      : ""s;
        const auto shown = [&](std::uint64_t value) { return little(bend.zip64 ? 0xffffffff : value, 4); };
        bytes +=
            "PK\3\4"s + std::string(22, '\0') + little(name.size(), 2) + little(3, 2) + name + "xyz" + data;
        directory += "PK\1\2"s + little(20, 2) + little(20, 2) + little(bend.flags, 2) +
                     little(bend.method, 2) + zeros(8) + shown(length) + shown(unfolded) +
                     little(name.size(), 2) + little(extra.size(), 2) + zeros(10) + shown(place) + name +
                     extra;
    }
    const auto start = bytes.size();
    bytes += directory;
    const auto end64 = bytes.size();
    if (bend.zip64)
        bytes += "PK\6\6"s + little(44, 8) + zeros(12) + little(2, 8) + little(2, 8) +
                 little(directory.size(), 8) + little(start, 8) + "PK\6\7"s + little(0, 4) +
                 little(end64, 8) + little(1, 4);
    const auto shown = [&](std::uint64_t value, int width) {
        return little(bend.zip64 ? ~std::uint64_t{0} : value, width);
    };
    return bytes + "PK\5\6"s + little(0, 4) + shown(2, 2) + shown(2, 2) + shown(directory.size(), 4) +
           shown(start, 4) + little(0, 2);
}

void expect_refused(const std::string& bytes, const std::string& reason) {
    const auto entries = read_stored_zip(bytes);
    ASSERT_FALSE(entries.has_value()) << reason;
    EXPECT_EQ(entries.error().code, ErrorCode::file_unreadable);
    EXPECT_THAT(entries.error().detail, HasSubstr(reason));
}

TEST(StoredZip, ListsWhatIsStored) {
    for (const bool zip64 : {false, true}) {
        const auto bytes = archive({.zip64 = zip64});
        const auto entries = read_stored_zip(bytes);
        ASSERT_TRUE(entries.has_value()) << entries.error().detail;
        ASSERT_EQ(entries->stored.size(), 2u);
        EXPECT_EQ(entries->stored.at("a"), "first");
        EXPECT_EQ(entries->stored.at("b"), "second!");
        EXPECT_TRUE(entries->compressed.empty());
    }
}

TEST(StoredZip, OfACompressedEntryGivesTheNameOnly) {
    const auto entries = read_stored_zip(archive({.method = 8}));
    ASSERT_TRUE(entries.has_value()) << entries.error().detail;
    EXPECT_TRUE(entries->stored.empty());
    EXPECT_THAT(entries->compressed, ::testing::ElementsAre("a", "b"));
}

TEST(StoredZip, RefusesWhatItCannotTrust) {
    expect_refused("", "no end record");
    expect_refused(std::string(100, 'x'), "no end record");
    expect_refused(archive().substr(0, 60), "no end record");
    expect_refused(archive({.unfolded = 1}), "two lengths");
    expect_refused(archive({.flags = 1}), "encrypted");
    expect_refused(archive({.length = 1'000'000}), "ends behind the end");
    expect_refused(archive({.offset = 1}), "not where the directory says");
    expect_refused(archive({.second = "a"}), "twice");
    expect_refused(archive({.length = -100, .zip64 = true}), "ends behind the end");
    auto far = archive();
    far.replace(far.size() - 6, 4, little(0x7fffffff, 4));
    expect_refused(far, "outside the file");
}

TEST(StoredZip, RefusesEntriesThatShareBytes) {
    // Two directory entries of one place: how a small file unfolds into a large one.
    const auto first = archive({.second = "bb"}).find("PK\3\4", 4);
    expect_refused(archive({.offset = -static_cast<std::int64_t>(first), .second = "bb"}), "overlap");
}

}  // namespace stored_zip_test
}  // namespace spineseg
