// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/mask_corruption.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "core/volume.h"

namespace spineseg {
namespace mask_corruption_test {

using torch::Tensor;

constexpr int kVertebra = static_cast<int>(Structure::vertebra), kDisc = static_cast<int>(Structure::disc);

/// Two vertebrae with a disc between them, and the canal behind.
Tensor column() {
    Tensor mask = torch::zeros({kStructures, 96, 96});
    mask[kVertebra].narrow(0, 10, 30).narrow(1, 30, 30).fill_(1);
    mask[kVertebra].narrow(0, 50, 30).narrow(1, 30, 30).fill_(1);
    mask[kDisc].narrow(0, 42, 6).narrow(1, 30, 30).fill_(1);
    mask[static_cast<int>(Structure::canal)].narrow(1, 64, 8).fill_(1);
    return mask;
}

MaskCorruptionPlan nothing() {
    return {.missing = 0, .merged = 0, .shifted = 0, .painted = 0};
}

double volume(const Tensor& mask) {
    return mask.sum().item<double>();
}

TEST(MaskCorruption, WithoutErrorsTheMaskStays) {
    std::mt19937_64 random(1);
    EXPECT_TRUE(torch::equal(corrupted_mask(column(), nothing(), random), column()));
}

TEST(MaskCorruption, AMissingPieceOnlyTakesAway) {
    auto plan = nothing();
    plan.missing = 1;
    std::mt19937_64 random(2);
    const Tensor result = corrupted_mask(column(), plan, random);
    EXPECT_LT(volume(result), volume(column()));
    EXPECT_EQ((result - column()).clamp_min(0).sum().item<double>(), 0);
}

TEST(MaskCorruption, MergedVertebraeTakeTheDiscAndNothingElse) {
    auto plan = nothing();
    plan.merged = 1;
    plan.smallest_radius = plan.largest_radius = 200;  // wherever its centre is
    std::mt19937_64 random(3);
    const Tensor result = corrupted_mask(column(), plan, random);
    EXPECT_EQ(volume(result[kDisc]), 0);
    EXPECT_EQ(volume(result[kVertebra]), volume(column()[kVertebra]) + volume(column()[kDisc]));
}

TEST(MaskCorruption, ShiftedBordersKeepMostOfTheShape) {
    auto plan = nothing();
    plan.shifted = 1;
    std::mt19937_64 random(4);
    const Tensor result = corrupted_mask(column(), plan, random);
    EXPECT_FALSE(torch::equal(result, column()));
    const double common = (result * column()).sum().item<double>();
    EXPECT_GT(2 * common / (volume(result) + volume(column())), 0.7);
}

TEST(MaskCorruption, EveryErrorTogetherLeavesOneClassAPixel) {
    const MaskCorruptionPlan all{.missing = 1, .merged = 1, .shifted = 1, .painted = 1};
    std::mt19937_64 random(5);
    for (int i = 0; i < 20; ++i) {
        const Tensor result = corrupted_mask(column(), all, random);
        EXPECT_TRUE(((result == 0) | (result == 1)).all().item<bool>());
        EXPECT_LE(result.sum(0).max().item<double>(), 1);
    }
}

TEST(MaskCorruption, AnEmptyMaskStaysEmpty) {
    const MaskCorruptionPlan all{.missing = 1, .merged = 1, .shifted = 1, .painted = 1};
    std::mt19937_64 random(6);
    EXPECT_EQ(volume(corrupted_mask(torch::zeros({kStructures, 64, 64}), all, random)), 0);
}

}  // namespace mask_corruption_test
}  // namespace spineseg
