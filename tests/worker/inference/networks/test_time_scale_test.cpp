// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/test_time_scale.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

namespace spineseg {
namespace test_time_scale_test {

/// A smooth image whose value tells the place: 3 + 0.1·row − 0.05·column.
torch::Tensor ramp(std::int64_t rows, std::int64_t columns) {
    const auto row = torch::arange(rows, torch::kFloat32).reshape({1, 1, rows, 1});
    const auto column = torch::arange(columns, torch::kFloat32).reshape({1, 1, 1, columns});
    return 3.0 + 0.1 * row - 0.05 * column;
}

torch::Tensor identity(const torch::Tensor& image) {
    return image;
}

TEST(TestTimeScale, AScaleOfOneIsTheNetworkOnTheImageItself) {
    const auto image = torch::rand({2, 1, 32, 48});
    EXPECT_TRUE(torch::equal(averaged_over_scales(image, {1.0}, identity), image));
}

TEST(TestTimeScale, TheWayThereAndBackPutsEveryPixelWhereItWas) {
    // 1.1 × 48 is no multiple of 16: the model grid grows, the scale stays.
    for (const double scale : {0.5, 0.8, 1.1, 1.25, 2.0}) {
        const auto image = ramp(32, 48);
        const auto back = averaged_over_scales(image, {scale}, identity);
        const auto middle = back.slice(2, 4, 28).slice(3, 4, 44);
        EXPECT_LT((middle - image.slice(2, 4, 28).slice(3, 4, 44)).abs().max().item<double>(), 0.01) << scale;
    }
}

TEST(TestTimeScale, TheNetworkSeesTheImageEnlargedOnAGridOfSixteens) {
    const auto image = ramp(32, 48);
    averaged_over_scales(image, {1.25}, [&](const torch::Tensor& enlarged) {
        EXPECT_EQ(enlarged.sizes(), (std::vector<std::int64_t>{1, 1, 48, 64}));  // 40 and 60, rounded up
        const double slope = (enlarged[0][0][24][30] - enlarged[0][0][23][30]).item<double>();
        EXPECT_NEAR(slope, 0.1 / 1.25, 1e-4);
        return enlarged;
    });
}

TEST(TestTimeScale, SeveralScalesAreAveraged) {
    int call = 0;
    const auto mean = averaged_over_scales(
        torch::zeros({1, 1, 32, 32}), {1.0, 1.0, 2.0},
        [&](const torch::Tensor& image) { return torch::full_like(image, static_cast<double>(++call)); });
    EXPECT_TRUE(torch::allclose(mean, torch::full({1, 1, 32, 32}, 2.0)));
}

}  // namespace test_time_scale_test
}  // namespace spineseg
