// SPDX-License-Identifier: GPL-3.0-or-later
/// Levels of real patients' masks, whole and cut off below.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "worker/levels/find_levels.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace real_masks_test {

SpineLevels levels_of(const LabelMap& labels) {
    auto found = find_levels(labels);
    EXPECT_TRUE(found) << found.error().describe();
    return std::move(*found);
}

/// Masks of 30 patients, without numbers: what can be asked is that nearly all are numbered, that arches and
/// bodies are whole, and that no image that ends above the lowest disc is.
class RealMasks : public ::testing::Test {
  protected:
    void SetUp() override {
        const std::filesystem::path folder = SPINESEG_SOURCE_DIR "/../shared/data/spider/masks";
        if (!std::filesystem::exists(folder)) GTEST_SKIP() << "no shared data beside this checkout";
        for (const auto& entry : std::filesystem::directory_iterator(folder)) {
            auto mask = read_label_map(entry.path());
            ASSERT_TRUE(mask) << mask.error().describe();
            masks_.push_back(std::move(*mask));
        }
        ASSERT_EQ(masks_.size(), 30u);
    }
    std::vector<LabelMap> masks_;
};

TEST_F(RealMasks, AreNumberedButForAnOperatedScoliosisAndAFlatLowestDisc) {
    int numbered = 0;
    for (const auto& mask : masks_) {
        const SpineLevels levels = levels_of(mask);
        numbered += static_cast<int>(levels.numbering.determined);
        EXPECT_LT(levels.unassigned_millilitres, 4);
    }
    EXPECT_EQ(numbered, 28);
}

/// Without L5 and its disc, as where the model does not paint the disc beneath a transitional vertebra, each of
/// these was numbered, and wrongly.
TEST_F(RealMasks, AreMostlyOpenWithoutTheLowestVertebraAndItsDisc) {
    int numbered = 0, asked = 0;
    for (LabelMap& mask : masks_) {
        const SpineLevels whole = levels_of(mask);
        if (!whole.numbering.determined) continue;
        for (std::size_t i = 0; i < mask.voxels.size(); ++i)
            if (whole.labels.voxels[i] == 1 || whole.labels.voxels[i] == kFirstDiscLabel) mask.voxels[i] = 0;
        numbered += static_cast<int>(levels_of(mask).numbering.determined);
        ++asked;
    }
    EXPECT_EQ(asked, 28);
    EXPECT_LE(numbered, 8);
}

/// Voxels that reach below a height are background, and the grid ends there: SPIDER's slices are stored feet
/// first.
LabelMap cut_below(const LabelMap& mask, double z) {
    LabelMap cut = mask;
    const Geometry& g = mask.geometry;
    int first = g.slices;  // x is the slice axis in the file, z the last index
    for (int k = g.slices; k-- > 0;)
        if (g.position(0, 0, k)[2] >= z) first = k;
    cut.geometry.slices = g.slices - first;
    cut.geometry.origin = g.position(0, 0, first);
    cut.voxels.assign(mask.voxels.begin() + static_cast<std::ptrdiff_t>(g.index(0, 0, first)),
                      mask.voxels.end());
    return cut;
}

TEST_F(RealMasks, AreNotNumberedOnceTheLowestDiscIsCutOff) {
    int numbered = 0;
    for (const auto& mask : masks_) {
        const SpineLevels whole = levels_of(mask);
        double top = -1e9;
        for (std::size_t i = 0; i < mask.voxels.size(); ++i) {
            if (whole.labels.voxels[i] != kFirstDiscLabel) continue;
            const auto slice = static_cast<int>(i / mask.geometry.slice_voxel_count());
            top = std::max(top, mask.geometry.position(0, 0, slice)[2]);
        }
        for (const double higher : {2.0, 12.0, 22.0})
            numbered += static_cast<int>(levels_of(cut_below(mask, top + higher)).numbering.determined);
    }
    EXPECT_LE(numbered, 1) << "of 90 cut masks";
}

}  // namespace real_masks_test
}  // namespace spineseg
