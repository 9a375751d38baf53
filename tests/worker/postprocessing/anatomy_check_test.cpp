// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/anatomy_check.h"

#include <gtest/gtest.h>

#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/phantom/phantom.h"

namespace spineseg {
namespace anatomy_check_test {

/// A voxel of the upright stack has 3.87 mm³; a block of 10 × 10 × 3 of them has 1.16 ml.
void paint_block(LabelMap& labels, int row, std::uint8_t label, int height = 10) {
    for (int k = 1; k < 4; ++k) {
        for (int j = row; j < row + height; ++j) {
            for (int i = 40; i < 50; ++i) labels.at(i, j, k) = label;
        }
    }
}

LabelMap empty_labels() {
    const Geometry g = testing::upright_geometry();
    return {g, std::vector<std::uint8_t>(g.voxel_count())};
}

/// The same everywhere.
Volume doubt(const LabelMap& labels, float value) {
    return {labels.geometry, std::vector<float>(labels.voxels.size(), value)};
}

Result<void> check_certain(const LabelMap& labels) {
    return check_anatomy(labels, doubt(labels, 0.05F));
}

TEST(ColumnCheck, APhantomsColumnPasses) {
    const auto phantom = make_phantom({.seed = 3});
    ASSERT_TRUE(phantom.has_value());
    EXPECT_TRUE(check_certain(phantom->labels).has_value());
}

TEST(ColumnCheck, NothingAndBoneAloneAreNoAnatomy) {
    LabelMap labels = empty_labels();
    EXPECT_EQ(check_certain(labels).error().code, ErrorCode::no_anatomy_found);
    paint_block(labels, 10, 1, 60);
    EXPECT_EQ(check_certain(labels).error().code, ErrorCode::no_anatomy_found);
}

TEST(ColumnCheck, TwoSeparateDiscsAreNeededNotOneLargeOne) {
    LabelMap labels = empty_labels();
    paint_block(labels, 10, 1, 60);
    paint_block(labels, 80, 201, 20);
    EXPECT_EQ(check_certain(labels).error().code, ErrorCode::no_anatomy_found);
    paint_block(labels, 110, 201);
    EXPECT_TRUE(check_certain(labels).has_value());
}

// Symptom: a sagittal head came back with 40 ml of "vertebra" in the frontal lobe and was stored.
TEST(ColumnCheck, AColumnThatTheModelDoubtsEverywhereIsNoAnatomy) {
    const auto phantom = make_phantom({.seed = 3});
    ASSERT_TRUE(phantom.has_value());
    const auto verdict = check_anatomy(phantom->labels, doubt(phantom->labels, 0.4F));
    ASSERT_FALSE(verdict.has_value());
    EXPECT_EQ(verdict.error().code, ErrorCode::no_anatomy_found);
    EXPECT_NE(verdict.error().detail.find("0.40"), std::string::npos) << verdict.error().detail;
}

TEST(ColumnCheck, MapsOnDifferentGridsAreRefused) {
    const LabelMap labels = empty_labels();
    Volume other = doubt(labels, 0.0F);
    other.geometry.origin[0] += 5;
    EXPECT_EQ(check_anatomy(labels, other).error().code, ErrorCode::invalid_argument);
}

}  // namespace anatomy_check_test
}  // namespace spineseg
