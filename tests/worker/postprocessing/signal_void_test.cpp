// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/signal_void.h"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "core/volume.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace signal_void_test {

constexpr double kSpacing = 0.9375;
constexpr std::int64_t kRows = 200, kColumns = 80;

/// A column of bone of brightness 100 between columns 20 and 60, with a disc at rows 90 to 100.
class SignalVoid : public ::testing::Test {
  protected:
    SignalVoid() {
        slices_.intensities = at::full({1, kRows, kColumns}, 30.0F);
        slices_.inside = at::ones({1, kRows, kColumns}, at::kBool);
        probability_ = at::zeros({1, kStructures, kRows, kColumns});
        label(Structure::vertebra, 10, 190);
        label(Structure::disc, 90, 100);
        slices_.intensities.slice(1, 10, 190).slice(2, 20, 60).fill_(100);
    }
    void label(Structure structure, std::int64_t first, std::int64_t end) {
        auto rows = probability_.slice(2, first, end).slice(3, 20, 60);
        rows.zero_();
        rows.select(1, static_cast<std::int64_t>(structure)).fill_(0.9);
    }
    void shine(std::int64_t top, std::int64_t left, std::int64_t height, std::int64_t width, float value) {
        slices_.intensities.slice(1, top, top + height).slice(2, left, left + width).fill_(value);
    }
    SignalVoids found() const { return find_signal_voids(probability_, slices_, kSpacing); }
    at::Tensor voids() const { return found().labelled; }
    std::int64_t void_pixels() const { return voids().sum().item<std::int64_t>(); }
    double named_mm2() const { return found().largest_mm2; }

    SliceStack slices_;
    at::Tensor probability_;
};

TEST_F(SignalVoid, AnOrdinaryColumnHasNone) {
    EXPECT_EQ(void_pixels(), 0);
    EXPECT_EQ(named_mm2(), 0);
}

/// Labels were drawn across the screws of an operated spine, where the image shows nothing.
TEST_F(SignalVoid, ABlackAreaAcrossBonesAndDiscIsOneToItsBorder) {
    shine(80, 30, 30, 20, 2);
    EXPECT_EQ(void_pixels(), 30 * 20);
    EXPECT_TRUE(voids()[0][80][30].item<bool>());
    EXPECT_FALSE(voids()[0][79][30].item<bool>());
}

TEST_F(SignalVoid, ABlackDiscIsNone) {
    shine(90, 20, 10, 40, 2);
    EXPECT_EQ(void_pixels(), 0);
    EXPECT_EQ(named_mm2(), 0);
}

TEST_F(SignalVoid, AThinBlackLineIsCorticalBone) {
    shine(50, 20, 3, 40, 2);
    EXPECT_EQ(void_pixels(), 0);
}

TEST_F(SignalVoid, ABodyAtTheEndOfTheCoilIsDarkAndNone) {
    shine(140, 20, 50, 40, 15);
    shine(120, 20, 20, 40, 20);
    EXPECT_EQ(void_pixels(), 0);
}

TEST_F(SignalVoid, AnImageWithAnOffsetIsJudgedAboveItsZero) {
    shine(80, 30, 30, 20, 2);
    slices_.intensities.sub_(60);
    EXPECT_EQ(void_pixels(), 30 * 20);
}

TEST_F(SignalVoid, DarkTissueOutsideTheLabelsIsNotTouched) {
    shine(10, 0, 180, 20, 0);
    EXPECT_EQ(void_pixels(), 0);
    EXPECT_EQ(named_mm2(), 0);
}

/// A void in which the network had labelled nothing passed without a doubt.
TEST_F(SignalVoid, AnAreaInWhichNothingIsLabelledIsNamedToo) {
    shine(80, 20, 30, 40, 2);
    probability_.slice(2, 80, 110).zero_();
    EXPECT_EQ(void_pixels(), 0);
    EXPECT_NEAR(named_mm2(), 30 * 40 * kSpacing * kSpacing, 1);
}

/// A stray label in front of the belly joined the dark belly to the spine: a void of 10,378 mm2 was named.
TEST_F(SignalVoid, DarkTissueBetweenTheSpineAndAStrayLabelIsNone) {
    SliceStack wide = slices_;
    wide.intensities = at::full({1, kRows, 240}, 2.0F);
    wide.inside = at::ones({1, kRows, 240}, at::kBool);
    at::Tensor probability = at::zeros({1, kStructures, kRows, 240});
    wide.intensities.slice(2, 160, 240).copy_(slices_.intensities);
    wide.intensities.slice(2, 0, 20).fill_(100);
    probability.slice(3, 160, 240).copy_(probability_);
    probability.select(1, static_cast<std::int64_t>(Structure::vertebra))
        .slice(1, 90, 130)
        .slice(2, 5, 15)
        .fill_(0.9);
    EXPECT_EQ(find_signal_voids(probability, wide, kSpacing).largest_mm2, 0);
}

/// Rows that a scanner had filled with zeros were named as a void of 9,007 mm2.
TEST_F(SignalVoid, ABorderWithoutValuesIsNone) {
    shine(0, 0, 110, kColumns, 0);
    EXPECT_EQ(void_pixels(), 0);
    EXPECT_EQ(named_mm2(), 0);
}

TEST_F(SignalVoid, EveryMapThatDecidesLosesItsProbabilityThere) {
    shine(80, 30, 30, 20, 2);
    Consensus consensus;
    consensus.probability = probability_;
    consensus.mean_probability = probability_.clone();
    consensus.presegmentation = probability_.clone();
    clear_signal_voids(consensus, found());
    for (const auto& map : {consensus.probability, consensus.mean_probability, consensus.presegmentation}) {
        EXPECT_EQ(map.slice(2, 80, 110).slice(3, 30, 50).abs().max().item<float>(), 0);
        EXPECT_FLOAT_EQ(map[0][static_cast<std::int64_t>(Structure::vertebra)][79][30].item<float>(), 0.9F);
    }
}

}  // namespace signal_void_test
}  // namespace spineseg
