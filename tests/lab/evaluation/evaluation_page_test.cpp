// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace evaluation_page_test {

using ::testing::HasSubstr;
using ::testing::Not;

EvaluationReport report() {
    EvaluationReport made{.model = "small 1.0.0", .model_digest = "0123456789abcdef", .device = "cpu"};
    EvaluatedCase one{.id = "1", .file = "1_t2<.mha"};
    const auto numbers = testing::uniform(400, 11);
    for (std::size_t s = 0; s < kStructures; ++s) {
        one.final[s].dice = 0.90;
        one.presegmentation[s].dice = s == 2 ? 0.95 : 0.90;
        for (const double p : numbers) {
            made.final[s].band.add(p, p > 0.5);
            made.final[s].band_errors.add(static_cast<float>(p), p > 0.8);
            made.final[s].border_errors.add(static_cast<float>(p), p > 0.7);
        }
    }
    one.slices.push_back({0, {0.9, 0.8, 0.7}, {0.1, 0.1, 0.2}, {}});
    one.verdict = {{0.8, 0.8, 0.8}, 0.8, "review", {}};
    made.cases.push_back(one);
    return made;
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(EvaluationPage, StandsAloneAndDrawsEveryChart) {
    const auto page = evaluation_page(report());
    EXPECT_THAT(page, HasSubstr("<!DOCTYPE html>"));
    EXPECT_THAT(page, HasSubstr("prefers-color-scheme: dark"));
    EXPECT_THAT(page, Not(HasSubstr("http")));
    EXPECT_THAT(page, Not(HasSubstr("src=")));
    // Dice; 3 × reliability; 2 × ROC; 2 × risk and coverage; 3 × slices.
    EXPECT_EQ(count(page, "<svg "), 11U);
    EXPECT_EQ(count(page, "<svg "), count(page, "</svg>"));
    EXPECT_THAT(page, Not(HasSubstr("t2<.mha"))) << "file names are text";
    EXPECT_THAT(page, Not(HasSubstr("nan")));
    EXPECT_THAT(page, HasSubstr("<h2>Volumes and borders</h2>"));
}

TEST(EvaluationPage, MarksWhatTheRefinementMadeWorse) {
    const auto page = evaluation_page(report());
    EXPECT_EQ(count(page, "<td class=\"worse\">"), 2U) << "the disc in the summary and in its case";
}

TEST(EvaluationPage, OfNoCasesIsStillAPage) {
    EvaluationReport nothing{.model = "m"};
    EXPECT_THAT(evaluation_page(nothing), HasSubstr("</html>"));
}

}  // namespace evaluation_page_test
}  // namespace spineseg
