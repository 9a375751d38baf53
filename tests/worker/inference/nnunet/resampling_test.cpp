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
    EXPECT_TRUE(torch::equal(resample_planes(planes, {7, 9}, {3}), planes));
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

TEST(NnUNetResampling, TheCoarsestAxisIsApartWhicheverItIs) {
    const Resampling rule{3};
    EXPECT_EQ(axis_apart(rule, {4, 1, 1}, {4, 1, 1}), 0U);
    EXPECT_EQ(axis_apart(rule, {1, 4, 1}, {1, 1, 1}), 1U);
    EXPECT_EQ(axis_apart(rule, {1.2, 0.5, 2}, {1.2, 1, 1}), 2U);
    EXPECT_EQ(axis_apart(rule, {1, 1, 1}, {1, 1, 4}), 2U) << "coarse in the target only";
    EXPECT_EQ(axis_apart(rule, {1, 4, 1}, {1, 1, 4}), 1U) << "the source is asked first";
    EXPECT_EQ(axis_apart(rule, {1, 3, 1}, {1, 1, 3}), std::nullopt) << "three times is not more than three";
    EXPECT_EQ(axis_apart(rule, {1, 1, 1}, {1, 1, 1}), std::nullopt);
}

TEST(NnUNetResampling, TwoEquallyCoarseAxesAreNotApartWhateverTheTarget) {
    const Resampling rule{3};
    EXPECT_EQ(axis_apart(rule, {4, 1, 4}, {4, 1, 1}), std::nullopt);
    EXPECT_EQ(axis_apart(rule, {1, 4, 4}, {1, 4, 1}), std::nullopt);
    EXPECT_EQ(axis_apart(rule, {1, 1, 1}, {1, 4, 4}), std::nullopt);
}

TEST(NnUNetResampling, ThePlansMayDecideWhetherAnAxisIsApart) {
    EXPECT_EQ(axis_apart({3, 0, false}, {9, 1, 1}, {9, 1, 1}), std::nullopt);
    EXPECT_EQ(axis_apart({3, 0, true}, {1, 1.1, 1}, {4, 1, 1}), 1U) << "the source's coarsest";
    EXPECT_EQ(axis_apart({3, 0, true}, {1, 1, 1}, {4, 1, 1}), std::nullopt);
    EXPECT_EQ(axis_apart({3, 0, std::nullopt, 5.0}, {4, 1, 1}, {4, 1, 1}), std::nullopt);
}

// Half way between two samples scipy's map_coordinates takes the right one, where the place is not rounded down: the
// expected ones are its own (SciPy 1.17.1).
TEST(NnUNetResampling, TheNearestSampleIsScipys) {
    const auto sources = [](std::int64_t inputs, std::int64_t outputs) {
        const auto places = spline_matrix(inputs, outputs, 0).argmax(1);
        return std::vector<std::int64_t>(places.data_ptr<std::int64_t>(),
                                         places.data_ptr<std::int64_t>() + outputs);
    };
    using Places = std::vector<std::int64_t>;
    EXPECT_EQ(sources(3, 7), (Places{0, 0, 1, 1, 1, 2, 2}));
    EXPECT_EQ(sources(8, 4), (Places{1, 3, 5, 7}));
    EXPECT_EQ(sources(6, 5), (Places{0, 1, 3, 4, 5}));
    EXPECT_EQ(sources(15, 14), (Places{0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13, 14}));
}

TEST(NnUNetResampling, TheSplinesAreThoseOfScipysMapCoordinatesToo) {
    // An axis that is resampled apart goes through map_coordinates(order, mode="nearest"); SciPy 1.17.1.
    const auto signal = torch::tensor({0.0, 1.0, 4.0, 9.0, 16.0, 7.0}, torch::kFloat64);
    const auto linear =
        torch::tensor({0.0, 0.5, 1.5, 3.5, 6.5, 10.166667, 14.833333, 11.5, 7.0}, torch::kFloat64);
    const auto cubic = torch::tensor(
        {-0.02892, 0.265279, 1.390543, 3.444424, 5.828838, 10.568408, 15.912899, 12.088457, 6.182905},
        torch::kFloat64);
    EXPECT_TRUE(torch::allclose(torch::mv(spline_matrix(6, 9, 1), signal), linear, 0, 1e-6));
    EXPECT_TRUE(torch::allclose(torch::mv(spline_matrix(6, 9, 3), signal), cubic, 0, 1e-6));
}

TEST(NnUNetResampling, AnAxisThatIsApartIsCopiedFromTheNearestSampleAfterTheClipping) {
    const auto planes = torch::tensor({{0.0f, 0.0f, 8.0f, 8.0f}, {1.0f, 1.0f, 2.0f, 2.0f}});
    const auto row_bounds = Bounds{torch::tensor({{0.0f}, {1.0f}}), torch::tensor({{8.0f}, {2.0f}})};
    const auto resampled = resample_planes(planes, {4, 8}, {3}, 1U, row_bounds);
    EXPECT_TRUE(torch::equal(resampled[0], resampled[1]));
    EXPECT_TRUE(torch::equal(resampled[2], resampled[3]));
    EXPECT_EQ(resampled[0].max().item<float>(), 8.0f);
    EXPECT_EQ(resampled[3].max().item<float>(), 2.0f) << "each row is clipped to its own range";
    const auto turned =
        resample_planes(planes.t(), {8, 4}, {3}, 2U, Bounds{row_bounds.low.t(), row_bounds.high.t()});
    EXPECT_TRUE(torch::equal(turned, resampled.t()));
}

TEST(NnUNetResampling, TakesOnePixelToMany) {
    const auto many = resample_planes(torch::full({1, 1}, 5.0f), {4, 3}, {3});
    EXPECT_TRUE(torch::allclose(many, torch::full({4, 3}, 5.0f)));
}

}  // namespace resampling_test
}  // namespace spineseg::nnunet
