// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/text_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {
namespace text_pattern_test {

using testing::ElementsAre;
using testing::IsEmpty;

bool says(const char* pattern, const char* text) {
    return TextPattern(pattern).matches(fold_words(text));
}

TEST(TextPattern, CaseAccentsAndFullWidthAreFolded) {
    EXPECT_THAT(fold_words("Lędźwiowy_KRĘGOSŁUP t2"), ElementsAre("ledzwiowy", "kregoslup", "t2"));
    EXPECT_THAT(fold_words("ＬＳＰＩＮＥ"), ElementsAre("lspine"));
    EXPECT_THAT(fold_words("ПОЯСНИЧНЫЙ отдел"), ElementsAre("поясничный", "отдел"));
    EXPECT_THAT(fold_words("ΟΣΦΥΪΚΉ"), ElementsAre("οσφυικη"));
}

TEST(TextPattern, DecomposedAccentsVanishToo) {
    EXPECT_THAT(fold_words("e\xCC\x81paule"), ElementsAre("epaule"));
}

TEST(TextPattern, BytesThatAreNoUtf8SeparateWordsAndHarmNothing) {
    EXPECT_THAT(fold_words("lumb\xE4 t2"), ElementsAre("lumb", "t2"));
    EXPECT_THAT(fold_words("\xF0\x9F\xFF\xC0\x80\xE5\x85"), IsEmpty());
}

TEST(TextPattern, AWordMatchesWholeAndAStarMatchesTheRest) {
    EXPECT_TRUE(says("loc", "3-plane LOC"));
    EXPECT_FALSE(says("loc", "local shim volume"));
    EXPECT_TRUE(says("lumb*", "MR LUMBALE WERVELKOLOM"));
    EXPECT_FALSE(says("lumb*", "plumb"));
    EXPECT_TRUE(says("*腰*", "T2 腰椎矢状位"));
}

TEST(TextPattern, SeveralWordsMatchInARowOnly) {
    EXPECT_TRUE(says("l spine", "MRI L-SPINE w/o"));
    EXPECT_FALSE(says("l spine", "spine L"));
}

TEST(TextPattern, APatternOfStarsIsNoTrap) {
    const std::string long_text(3000, 'a');
    EXPECT_FALSE(says("*a*a*a*a*a*a*a*b", long_text.c_str()));
}

TEST(TextPattern, OnlyTheBeginningOfALongTextIsRead) {
    const std::string text = std::string(kMaxFoldedBytes, ' ') + "lumbar";
    EXPECT_THAT(fold_words(text), IsEmpty());
}

}  // namespace text_pattern_test
}  // namespace spineseg
