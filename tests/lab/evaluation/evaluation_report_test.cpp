// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/evaluation_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace evaluation_report_test {

EvaluatedCase with(const std::string& id, double dice, double score, const std::string& verdict) {
    EvaluatedCase one{.id = id, .file = id + "_t2.mha", .strata = {{"contrast", id < "5" ? "t1" : "t2"}}};
    for (std::size_t s = 0; s < kStructures; ++s) {
        one.final[s].dice = dice;
        one.presegmentation[s].dice = dice - 0.01;
        one.final[s].volume_bias = dice - 1.0;
        one.final[s].signed_distance_mm = id == "3" ? -1.0 : 0.1;
        one.verdict.structure_score[s] = score;
    }
    one.verdict.score = score;
    one.verdict.verdict = verdict;
    one.verdict.evidence["certainty"] = {score, score, score};
    return one;
}

EvaluationReport ten_cases() {
    EvaluationReport report{.model = "small 1.0.0", .samples = 5, .steps = 3};
    for (int i = 0; i < 10; ++i)
        report.cases.push_back(with(std::to_string(i), i == 3 ? 0.4 : 0.9, i == 3 ? 0.3 : 0.8 + 0.01 * i,
                                    i == 3 ? "reject" : "pass"));
    return report;
}

TEST(EvaluationReport, TheWorstTenthIsFoundAndWhatItCostsIsSaid) {
    auto report = ten_cases();
    auto verdict = verdict_figures(report.cases);
    EXPECT_EQ(verdict.worst, 1U);
    EXPECT_EQ(verdict.worst_found, 1U);
    EXPECT_EQ(verdict.flagged, 1U);
    EXPECT_DOUBLE_EQ(verdict.share_to_find_worst, 0.1);
    report.cases[3].verdict.verdict = "pass";
    report.cases[3].verdict.score = 0.845;  // five others are lower
    verdict = verdict_figures(report.cases);
    EXPECT_EQ(verdict.worst_found, 0U);
    EXPECT_DOUBLE_EQ(verdict.share_to_find_worst, 0.5);
}

TEST(EvaluationReport, ACaseWithoutAnythingToFindIsNotAmongTheWorst) {
    auto report = ten_cases();
    for (auto& structure : report.cases[0].final) structure.dice.reset();
    report.cases[0].verdict.verdict = "reject";
    const auto verdict = verdict_figures(report.cases);
    EXPECT_EQ(verdict.worst_found, 1U);
    EXPECT_EQ(verdict.flagged, 2U);
    EXPECT_EQ(verdict.cases, 10U);
}

TEST(EvaluationReport, JsonHoldsMeansStrataAndWhichEvidenceKnowsTheDice) {
    const auto json = to_json(ten_cases());
    EXPECT_NEAR(json["mean"]["final"]["disc"]["dice"].get<double>(), 0.85, 1e-12);
    EXPECT_NEAR(json["mean"]["final"]["disc"]["median_dice"].get<double>(), 0.9, 1e-12);
    EXPECT_NEAR(json["mean"]["presegmentation"]["mean_dice"].get<double>(), 0.84, 1e-12);
    EXPECT_EQ(json["strata"]["contrast"]["t1"]["cases"], 5);
    EXPECT_NEAR(json["strata"]["contrast"]["t2"]["final"]["mean_dice"].get<double>(), 0.9, 1e-12);
    EXPECT_TRUE(json["cases"][0]["final"]["canal"]["hd95_mm"].is_null()) << "not measured is not zero";
    EXPECT_NEAR(json["cases"][3]["final"]["disc"]["volume_bias"].get<double>(), -0.6, 1e-12);
    EXPECT_NEAR(json["mean"]["final"]["disc"]["volume_bias"].get<double>(), -0.15, 1e-12);
    EXPECT_NEAR(json["mean"]["final"]["disc"]["signed_distance_mm"].get<double>(), -0.01, 1e-12);
    for (const char* per_case : {"dice", "volume_bias", "signed_distance_mm"})
        EXPECT_FALSE(json["pooled"]["final"]["disc"].contains(per_case)) << per_case;
    EXPECT_EQ(json["cases"].size(), 10U);
    EXPECT_NEAR(json["structure_scores"]["certainty"]["aurc"].get<double>(),
                json["structure_scores"]["certainty"]["least_aurc"].get<double>(), 1e-12);
    EXPECT_EQ(json["verdict"]["worst_tenth_found"], 1);
}

TEST(EvaluationReport, SlicesAreRatedByTheirUncertaintyAndByTheSamplesAgreement) {
    EvaluationReport report;
    EvaluatedCase one;
    // The uncertainty knows the bad slice; the samples agree on it.
    one.slices.push_back({0, {0.9, {}, {}}, {0.1, {}, {}}, {0.8, {}, {}}});
    one.slices.push_back({1, {0.5, {}, {}}, {0.3, {}, {}}, {0.9, {}, {}}});
    one.slices.push_back({2, {0.0, {}, {}}, {}, {}});  // nothing labelled: nothing to rate
    report.cases.push_back(one);
    const auto risk = slice_risk(report);
    EXPECT_NEAR(risk.by_uncertainty.value(), (0.1 + 0.3) / 2, 1e-12);
    EXPECT_NEAR(risk.by_agreement.value(), (0.5 + 0.3) / 2, 1e-12);
    EXPECT_EQ(risk.least, risk.by_uncertainty);
    EXPECT_FALSE(slice_risk({}).by_agreement.has_value());
}

TEST(EvaluationReport, OnlyTheStructuresThatTheTruthKnowsAreReported) {
    auto report = ten_cases();
    report.structures = {Structure::vertebra};
    const auto json = to_json(report);
    EXPECT_FALSE(json["mean"]["final"].contains("disc"));
    EXPECT_NEAR(json["mean"]["final"]["mean_dice"].get<double>(), 0.85, 1e-12);
}

TEST(EvaluationReport, FiguresOfAStructureAreThoseOfItsParts) {
    StructureEvaluation evaluation;
    evaluation.dice = 0.5;
    evaluation.surface = SurfaceDistance{3.0, 1.0, -0.5};
    evaluation.volume_bias = -0.125;
    evaluation.band.add(0.8, true);
    evaluation.band_errors.add(0.9F, true);
    evaluation.band_errors.add(0.1F, false);
    const auto figures = figures_of(evaluation);
    EXPECT_EQ(figures.dice, 0.5);
    EXPECT_EQ(figures.hd95_mm, 3.0);
    EXPECT_EQ(figures.signed_distance_mm, -0.5);
    EXPECT_EQ(figures.volume_bias, -0.125);
    EXPECT_NEAR(figures.band_ece.value(), 0.2, 1e-12);
    EXPECT_EQ(figures.band_error_auroc, 1.0);
    EXPECT_FALSE(figures.ece.has_value());
    PooledStructure pooled;
    pool(pooled, evaluation);
    pool(pooled, evaluation);
    EXPECT_EQ(pooled.band.count(), 2U);
    EXPECT_FALSE(pooled_figures(pooled).dice.has_value());
}

}  // namespace evaluation_report_test
}  // namespace spineseg
