// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/structure_evaluation.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace structure_evaluation_test {

constexpr auto kDisc = static_cast<std::uint8_t>(Label::disc);

LabelMap labelled(const Mask& mask, std::uint8_t label) {
    LabelMap labels{testing::surface_grid(), Mask(mask.size())};
    for (std::size_t i = 0; i < mask.size(); ++i) labels.voxels[i] = mask[i] != 0 ? label : 0;
    return labels;
}

Volume map_of(const Mask& mask, float inside, float outside) {
    Volume map{testing::surface_grid(), std::vector<float>(mask.size())};
    for (std::size_t i = 0; i < mask.size(); ++i) map.voxels[i] = mask[i] != 0 ? inside : outside;
    return map;
}

TEST(StructureEvaluation, DiceAgreesWithMedPyAndIsNothingForTwoEmptyMasks) {
    EXPECT_NEAR(dice(testing::first_body(), testing::second_body()).value(),
                testing::fixtures()["surfaces"]["dice"].get<double>(), 1e-12);
    EXPECT_EQ(dice(Mask(5), Mask(5)), std::nullopt);
    EXPECT_EQ(dice(Mask{1, 0}, Mask{0, 0}), 0.0);
}

TEST(StructureEvaluation, TheVolumeBiasIsTheShareThatIsTooMuch) {
    EXPECT_NEAR(volume_bias(Mask{1, 1, 1, 0}, Mask{0, 0, 1, 1}).value(), 0.5, 1e-12);
    EXPECT_NEAR(volume_bias(Mask{0, 0, 1, 0}, Mask{0, 0, 1, 1}).value(), -0.5, 1e-12);
    EXPECT_EQ(volume_bias(Mask{0, 0}, Mask{0, 1}), -1.0);
    EXPECT_EQ(volume_bias(Mask{1, 0}, Mask{0, 0}), std::nullopt);
}

TEST(StructureEvaluation, AnUncertaintyThatIsHighWhereTheLabelsAreWrongFindsEveryError) {
    const Mask ours = testing::first_body();
    const Mask theirs = testing::second_body();
    Mask wrong(ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) wrong[i] = ours[i] != theirs[i] ? 1 : 0;
    const Truth truth(labelled(theirs, kDisc));
    const LabelMap labels = labelled(ours, kDisc);
    const auto good = evaluate_structure(Structure::disc, truth,
                                         {labels, map_of(ours, 0.9F, 0.1F), map_of(wrong, 0.8F, 0.2F)});
    ASSERT_TRUE(good.has_value());
    EXPECT_EQ(good->band_map_errors.auroc(), 1.0);
    EXPECT_EQ(good->dice, dice(ours, theirs));
    EXPECT_EQ(good->volume_bias, volume_bias(ours, theirs));
    EXPECT_EQ(good->surface->hd95_mm, surface_distance(ours, theirs, testing::surface_grid())->hd95_mm);
    EXPECT_EQ(good->image.count(), ours.size());
    EXPECT_LT(good->band.count(), ours.size());
    const auto blind = evaluate_structure(Structure::disc, truth,
                                          {labels, map_of(ours, 0.9F, 0.1F), map_of(wrong, 0.2F, 0.2F)});
    EXPECT_EQ(blind->band_map_errors.auroc(), 0.5);
}

TEST(StructureEvaluation, AStructuresOwnProbabilityIsRankedByItsEntropyWhateverTheOthersBordersShow) {
    const Mask ours = testing::first_body();
    const Mask theirs = testing::second_body();
    Volume probability = map_of(ours, 0.95F, 0.02F);
    for (std::size_t i = 0; i < ours.size(); ++i)
        if (ours[i] != theirs[i]) probability.voxels[i] = ours[i] != 0 ? 0.6F : 0.45F;
    Mask elsewhere(ours.size());
    for (std::size_t i = 0; i < ours.size(); ++i) elsewhere[i] = ours[i] == theirs[i] ? 1 : 0;
    const auto found =
        evaluate_structure(Structure::disc, Truth(labelled(theirs, kDisc)),
                           {labelled(ours, kDisc), probability, map_of(elsewhere, 0.9F, 0.1F)});
    ASSERT_TRUE(found.has_value());
    EXPECT_EQ(found->band_errors.auroc(), 1.0);
    EXPECT_EQ(found->border_errors.auroc(), 1.0);
    EXPECT_EQ(found->band_map_errors.auroc(), 0.0);
}

TEST(StructureEvaluation, TheBandReachesTwelveMillimetresAndTheBorderFourOnEitherSide) {
    Geometry g;
    g.columns = 61;
    g.rows = g.slices = 1;
    LabelMap labels{g, Mask(61)};
    for (std::size_t i = 30; i < 45; ++i) labels.voxels[i] = kDisc;
    const Truth truth(labels);
    const auto first = [](const Mask& mask) {
        return std::find(mask.begin(), mask.end(), std::uint8_t{1}) - mask.begin();
    };
    EXPECT_EQ(first(truth.band()), 18);
    const Mask border = truth.border(Structure::disc);
    EXPECT_EQ(first(border), 26);
    EXPECT_EQ(border[33], 1);
    EXPECT_EQ(border[34], 0) << "inside, five voxels from the outside";
    EXPECT_EQ(std::accumulate(border.begin(), border.end(), 0), 16);
}

TEST(StructureEvaluation, AStructureThatNobodyHasGivesNoFiguresButItsProbabilitiesCount) {
    const Mask body = testing::first_body();
    const Truth truth(labelled(body, kDisc));
    const LabelMap labels = labelled(body, kDisc);
    const Mask nothing(body.size());
    const auto found = evaluate_structure(Structure::canal, truth,
                                          {labels, map_of(nothing, 0, 0.2F), map_of(nothing, 0, 0.1F)});
    ASSERT_TRUE(found.has_value());
    EXPECT_FALSE(found->dice.has_value());
    EXPECT_FALSE(found->surface.has_value());
    EXPECT_FALSE(found->band_errors.auroc().has_value());
    EXPECT_NEAR(found->band.expected_calibration_error().value(), 0.2, 1e-6);
    EXPECT_EQ(found->border_errors.auroc(), std::nullopt);
}

TEST(StructureEvaluation, AnotherGridIsRefused) {
    const Mask body = testing::first_body();
    const Truth truth(labelled(body, kDisc));
    LabelMap labels = labelled(body, kDisc);
    labels.geometry.origin[0] += 1.0;
    const auto found =
        evaluate_structure(Structure::disc, truth, {labels, map_of(body, 1, 0), map_of(body, 1, 0)});
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, ErrorCode::invalid_argument);
}

}  // namespace structure_evaluation_test
}  // namespace spineseg
