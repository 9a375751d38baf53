// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/printable_text.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "core/error.h"
#include "core/json_fields.h"

namespace spineseg {
namespace printable_text_test {

TEST(PrintableText, LeavesWhatCanBePrintedAsItIs) {
    for (const std::string text :
         {"", "a gap of 8.0 mm after slice 3", "Müller ↔ 腰椎 😀 עברית", "C:\\n \"quoted\""})
        EXPECT_EQ(printable(text), text);
}

// A line break in a DICOM value or in a worker's message began a forged line of the log; terminal escapes rewrote
// what stood above it.
TEST(PrintableText, EscapesWhatBeginsALineOrMovesTheCursor) {
    EXPECT_EQ(printable("ZZ\nE1130 forged"), "ZZ\\nE1130 forged");
    EXPECT_EQ(printable("a\r\tb"), "a\\r\\tb");
    EXPECT_EQ(printable("\x1b[2J\x07\x7f"), "\\x1b[2J\\x07\\x7f");
    EXPECT_EQ(printable(std::string("a\0b", 3)), "a\\x00b");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m"),
              "\\u009b31m")
        << "the control sequence introducer of C1";
    EXPECT_EQ(printable("\xe2\x80\xa8\xe2\x80\xa9"), "\\u2028\\u2029");
}

TEST(PrintableText, EscapesWhatHidesOrTurnsTheDirectionOfReading) {
    EXPECT_EQ(printable("\xe2\x80\xae"
                        "fdp.exe\xe2\x81\xa6"),
              "\\u202efdp.exe\\u2066");
    EXPECT_EQ(printable("a\xe2\x80\x8b"
                        "b\xef\xbb\xbf"),
              "a\\u200bb\\ufeff");
    EXPECT_EQ(printable("\xf3\xa0\x81\x81"), "\\U000e0041") << "a tag character";
    EXPECT_EQ(printable("\xef\xbf\xbf"), "\\uffff");
}

TEST(PrintableText, EscapesBytesThatAreNoUtf8) {
    EXPECT_EQ(printable("\xff\xfe"
                        "a"),
              "\\xff\\xfea");
    EXPECT_EQ(printable("\xc0\xaf"), "\\xc0\\xaf") << "an overlong form of /";
    EXPECT_EQ(printable("\xed\xa0\x80"), "\\xed\\xa0\\x80") << "half of a surrogate pair";
    EXPECT_EQ(printable("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80") << "above U+10FFFF";
    EXPECT_EQ(printable("\xe2\x82"), "\\xe2\\x82") << "cut off";
}

// One message wrote a line of 3,000,000 bytes into Orthanc's log.
TEST(PrintableText, CutsAtACharacterAndSaysSo) {
    const auto cut = printable(std::string(3'000'000, 'x'));
    EXPECT_EQ(cut.size(), kLongestText);
    EXPECT_TRUE(cut.ends_with("x…"));
    EXPECT_EQ(printable("aaaaääää", 10), "aaaaä…");
    EXPECT_EQ(printable("aaaa\n\n\n\n", 10), "aaaa\\n…");
    EXPECT_EQ(printable("0123456789", 10), "0123456789");
    EXPECT_EQ(in_quotes(std::string(100, 'y'), 16), "\"" + std::string(13, 'y') + "…\"");
}

TEST(PrintableText, WhateverTheBytesTheResultIsShortAndPrintableAndStays) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string text(random() % 40, ' ');
        for (char& c : text)
            c = static_cast<char>(random() % 3 == 0 ? random() % 256 : 0x80 + random() % 0x80);
        const auto once = printable(text, 24);
        ASSERT_LE(once.size(), 24u);
        ASSERT_EQ(printable(once, 24), once);
        for (const char c : once) ASSERT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
        ASSERT_NO_THROW((void)nlohmann::json(once).dump()) << "is valid UTF-8";
    }
}

TEST(PrintableText, EveryErrorIsPrintableHoweverItIsMade) {
    const Error error{ErrorCode::not_dicom, "file \xff\nE forged " + std::string(10'000, 'x')};
    EXPECT_TRUE(error.detail.starts_with("file \\xff\\nE forged x"));
    EXPECT_LE(error.detail.size(), kLongestText);
}

TEST(PrintableText, EveryTextAndKeyOfAJsonValueIsMadePrintable) {
    auto value = nlohmann::json::parse(R"({"a\nb": ["\u001b[31m", {"x": "\u202e"}], "plain": 1})");
    make_printable(value);
    EXPECT_EQ(value.dump(), R"({"a\\nb":["\\x1b[31m",{"x":"\\u202e"}],"plain":1})");
}

}  // namespace printable_text_test
}  // namespace spineseg
