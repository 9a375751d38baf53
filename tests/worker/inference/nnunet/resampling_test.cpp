// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/resampling.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg::nnunet {
namespace resampling_test {

TEST(NnUNetResampling, RoundsSizesAsPythonDoes) {
    EXPECT_EQ(resampled_size({41, 37}, {1.1, 0.7}, {0.8, 0.9}), (Size{56, 29}));
    EXPECT_EQ(resampled_size({5, 3}, {1.0, 1.0}, {2.0, 2.0}),
              (Size{2, 2}));  // 2.5 and 1.5 go to the even one
}

TEST(NnUNetResampling, OfTheSameSizeIsTheIdentity) {
    const auto planes = torch::rand({2, 7, 9});
    EXPECT_TRUE(torch::equal(resample_planes(planes, {7, 9}, 3), planes));
}

TEST(NnUNetResampling, KeepsConstantsAndTheSplineIsExactOnItsSamples) {
    for (const int order : {1, 3}) {
        for (const std::int64_t outputs : {1, 4, 9, 31}) {
            const auto sums = spline_matrix(9, outputs, order).sum(1);
            EXPECT_TRUE(torch::allclose(sums, torch::ones_like(sums), 1e-9, 1e-9))
                << order << ", " << outputs;
        }
        // Three times finer, every third centre is a sample's own.
        const auto matrix = spline_matrix(9, 27, order);
        for (std::int64_t i = 0; i < 9; ++i)
            EXPECT_NEAR(matrix[3 * i + 1][i].item<double>(), 1.0, 1e-6) << order << ", " << i;
    }
}

TEST(NnUNetResampling, TakesOnePixelToMany) {
    const auto many = resample_planes(torch::full({1, 1}, 5.0f), {4, 3}, 3);
    EXPECT_TRUE(torch::allclose(many, torch::full({4, 3}, 5.0f)));
}

}  // namespace resampling_test
}  // namespace spineseg::nnunet
