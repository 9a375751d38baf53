// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/training_case.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>

namespace spineseg {
namespace training_case_test {

namespace fs = std::filesystem;
using torch::Tensor;

class PackedFile : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path folder_;
};

TEST_F(PackedFile, GivesBackWhatWasPacked) {
    TrainingCase c{.id = "98",
                   .slices = {torch::arange(2 * 16 * 16).view({2, 16, 16}).to(torch::kFloat32),
                              torch::ones({2, 16, 16}, torch::kBool)},
                   .shares = labels_as_shares(torch::ones({2, 16, 16}, torch::kUInt8))};
    TrainingCase phantom = c;
    phantom.id = "phantom-7";
    phantom.synthetic = true;
    c.unknown = torch::full({2, 1, 16, 16}, 0.5, torch::kFloat16);
    ASSERT_TRUE(write_packed(folder_ / "packed.safetensors", {c, phantom}));
    const auto cases = read_packed(folder_ / "packed.safetensors");
    ASSERT_TRUE(cases) << cases.error().describe();
    ASSERT_EQ(cases->size(), 2u);
    EXPECT_EQ((*cases)[0].id, "98");
    EXPECT_FALSE((*cases)[0].synthetic);
    EXPECT_TRUE(torch::equal((*cases)[0].slices.intensities, c.slices.intensities));
    EXPECT_TRUE(torch::equal((*cases)[0].shares, c.shares));
    EXPECT_TRUE(torch::equal((*cases)[0].unknown, c.unknown));
    EXPECT_FALSE((*cases)[1].partial());
    EXPECT_EQ((*cases)[1].id, "phantom-7");
    EXPECT_TRUE((*cases)[1].synthetic);
}

TEST_F(PackedFile, WeightsAreNotTakenForCases) {
    std::ofstream(folder_ / "other.safetensors") << "not a safetensors file at all";
    const auto cases = read_packed(folder_ / "other.safetensors");
    ASSERT_FALSE(cases);
}

}  // namespace training_case_test
}  // namespace spineseg
