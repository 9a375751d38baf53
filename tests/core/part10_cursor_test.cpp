// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/part10_cursor.h"

#include <gtest/gtest.h>

#include <random>

#include "tests/core/part10_bytes.h"

namespace spineseg {
namespace part10_cursor_test {

using namespace part10_bytes;

/// "element (0008,0018) 3 bytes" and so on, or the error at the end.
std::vector<std::string> lines_of(const std::vector<std::uint8_t>& file) {
    static const char* const kNames[] = {"element", "sequence", "sequence end", "item", "item end", "end"};
    auto cursor = Part10Cursor::open(file);
    if (!cursor) return {std::string(to_string(cursor.error().code))};
    std::vector<std::string> lines;
    for (;;) {
        const auto event = cursor->next();
        if (!event) {
            lines.emplace_back(to_string(event.error().code));
            return lines;
        }
        std::string line = kNames[static_cast<int>(event->kind)];
        if (event->kind == Part10Event::Kind::element)
            line += " " + cursor->path() + tag_text(event->tag) + " " + std::to_string(event->value.size());
        lines.push_back(line);
        if (event->kind == Part10Event::Kind::end_of_file) return lines;
    }
}

std::string nested(bool defined) {
    const std::string inner = sequence(0x00081140, {short_element(0x00081150, "UI", "1.22")}, defined);
    return short_element(0x00080018, "UI", "1.2.34") +
           sequence(0x52009230, {inner + short_element(0x00200013, "IS", "7 "), ""}, defined) +
           long_element(0x7fe00010, "OB", "abcd");
}

TEST(Part10Cursor, ReadsSequencesOfBothKindsOfLength) {
    const std::vector<std::string> expected{"element (0008,0018) 6",
                                            "sequence",
                                            "item",
                                            "sequence",
                                            "item",
                                            "element (5200,9230)/(0008,1140)/(0008,1150) 4",
                                            "item end",
                                            "sequence end",
                                            "element (5200,9230)/(0020,0013) 2",
                                            "item end",
                                            "item",
                                            "item end",
                                            "sequence end",
                                            "element (7FE0,0010) 4",
                                            "end"};
    for (const bool defined : {true, false})
        EXPECT_EQ(lines_of(part10(nested(defined))), expected) << defined;
}

TEST(Part10Cursor, FragmentsOfPixelDataAreOneElement) {
    const std::string fragments = tag_bytes(0xfffee000) + little_endian(0, 4) + tag_bytes(0xfffee000) +
                                  little_endian(4, 4) + "abcd" + tag_bytes(0xfffee0dd) + little_endian(0, 4);
    const std::string pixels =
        tag_bytes(0x7fe00010) + "OB" + std::string(2, '\0') + "\xff\xff\xff\xff" + fragments;
    const auto file = part10(short_element(0x00280010, "US", "\x01\x02") + pixels, "1.2.840.10008.1.2.4.80");
    EXPECT_EQ(lines_of(file),
              (std::vector<std::string>{"element (0028,0010) 2",
                                        "element (7FE0,0010) " + std::to_string(fragments.size()), "end"}));
}

TEST(Part10Cursor, WhatIsNoFileOfOursIsNamed) {
    using Lines = std::vector<std::string>;
    EXPECT_EQ(lines_of({}), Lines{"not_dicom"});
    EXPECT_EQ(lines_of(std::vector<std::uint8_t>(200, 'x')), Lines{"not_dicom"});
    for (const char* syntax : {"1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99", ""})
        EXPECT_EQ(lines_of(part10("", syntax)), Lines{"unsupported_transfer_syntax"}) << syntax;
    EXPECT_EQ(lines_of(part10("abc")), Lines{"truncated_file"});
    EXPECT_EQ(lines_of(part10(tag_bytes(0x00100010) + "PN" + little_endian(9, 2) + "short")),
              Lines{"truncated_file"});
    EXPECT_EQ(lines_of(part10(tag_bytes(0x00100010) + std::string(4, '\0'))), Lines{"not_dicom"}) << "no VR";
    // An item that ends behind its sequence, and an unknown sequence without a length.
    const std::string item = tag_bytes(0xfffee000) + little_endian(100, 4);
    EXPECT_EQ(lines_of(part10(long_element(0x00081140, "SQ", item) + std::string(200, '\0'))),
              (Lines{"sequence", "truncated_file"}));
    EXPECT_EQ(lines_of(part10(tag_bytes(0x00091001) + "UN" + std::string(2, '\0') + "\xff\xff\xff\xff")),
              Lines{"not_dicom"});
}

// An unknown VR was read with a length of 16 bits, by DCMTK with one of 32 (PS3.5 7.1.2): what followed was read from
// another byte than Orthanc read it from.
TEST(Part10Cursor, AVrThatTheStandardDoesNotListHasALengthOf32Bits) {
    const std::string wide = long_element(0x00091001, "LN", "ab") + short_element(0x00100020, "LO", "ID");
    const auto file = part10(wide);
    auto cursor = Part10Cursor::open(file);
    ASSERT_TRUE(cursor);
    const auto first = cursor->next();
    ASSERT_TRUE(first) << first.error().describe();
    EXPECT_EQ(first->value.size(), 2u);
    const auto second = cursor->next();
    ASSERT_TRUE(second) << second.error().describe();
    EXPECT_EQ(second->tag, 0x00100020u);
}

TEST(Part10Cursor, ManyLevelsAreRefusedInsteadOfFollowed) {
    std::string open;
    for (int i = 0; i < 100'000; ++i)
        open += tag_bytes(0x00081140) + "SQ" + std::string(2, '\0') + "\xff\xff\xff\xff" +
                tag_bytes(0xfffee000) + "\xff\xff\xff\xff";
    EXPECT_EQ(lines_of(part10(open)).back(), "not_dicom");
    EXPECT_LE(lines_of(part10(open)).size(), Part10Cursor::kMostLevels + 1);
}

TEST(Part10Cursor, TwentyThousandMutationsEndInBoundedTime) {
    const auto good = part10(nested(true) + nested(false));
    std::mt19937 random(20261129);
    for (int i = 0; i < 20'000; ++i) {
        auto file = good;
        for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
            file[132 + random() % (file.size() - 132)] = static_cast<std::uint8_t>(random());
        if (random() % 4 == 0) file.resize(random() % file.size());
        ASSERT_LE(lines_of(file).size(), file.size() + 1);
    }
}

}  // namespace part10_cursor_test
}  // namespace spineseg
