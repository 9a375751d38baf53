// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/nnunet_dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace spineseg {
namespace nnunet_dataset_test {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refused(const std::string& json) {
    const auto dataset = parse_nnunet_dataset(json);
    return dataset ? "it was read" : dataset.error().detail;
}

std::string with_labels(const std::string& labels) {
    return R"({"channel_names": {"T1wT2w": "0"}, "labels": )" + labels + "}";
}

TEST(NnunetDataset, TheOriginalsLabelsMeanWhatTheirNamesSay) {
    const auto dataset =
        parse_nnunet_dataset(with_labels(R"({"background": 0, "SC": 1, "Vertebrae": 2, "IVD": 3})"));
    ASSERT_TRUE(dataset) << dataset.error().describe();
    EXPECT_EQ(dataset->labels(0), Label::background);
    EXPECT_EQ(dataset->labels(1), Label::canal);
    EXPECT_EQ(dataset->labels(2), Label::vertebra);
    EXPECT_EQ(dataset->labels(3), Label::disc);
    for (const float other : {4.0F, 100.0F, 1.5F, -1.0F}) EXPECT_FALSE(dataset->labels(other)) << other;
    EXPECT_EQ(dataset->file_ending, ".nii.gz");
}

TEST(NnunetDataset, OtherOrdersNamesAndTheOlderSpellingAreRead) {
    const auto dataset = parse_nnunet_dataset(
        R"({"modality": {"0": "MRI"}, "file_ending": ".mha",
            "labels": {"0": "background", "5": "Spinal_Canal", "7": "vertebral body", "9": "intervertebral disc"}})");
    ASSERT_TRUE(dataset) << dataset.error().describe();
    EXPECT_EQ(dataset->labels(5), Label::canal);
    EXPECT_EQ(dataset->labels(7), Label::vertebra);
    EXPECT_EQ(dataset->labels(9), Label::disc);
    EXPECT_FALSE(dataset->labels(1));
    EXPECT_EQ(dataset->file_ending, ".mha");
}

TEST(NnunetDataset, AnIgnoreLabelMarksWhatNobodyHasLabelled) {
    const auto dataset =
        parse_nnunet_dataset(with_labels(R"({"background": 0, "SC": 1, "VB": 2, "IVD": 3, "ignore": 4})"));
    ASSERT_TRUE(dataset) << dataset.error().describe();
    EXPECT_EQ(dataset->labels.ignored(), 4);
    EXPECT_EQ(dataset->labels(4), Label::background);
    const Volume numbers{.geometry = {.columns = 3, .rows = 1, .slices = 1}, .voxels = {0, 4, 2}};
    EXPECT_THAT(ignored_voxels(numbers, dataset->labels).voxels, ::testing::ElementsAre(0, Not(0), 0));
    EXPECT_THAT(ignored_voxels(numbers, LabelCode::spider()).voxels, ::testing::Each(0));
    EXPECT_THAT(refused(with_labels(R"({"background": 0, "SC": 1, "VB": 2, "IVD": 3, "ignore": 0})")),
                HasSubstr("ignore"));
}

TEST(NnunetDataset, WhatCannotBeMeantIsNamed) {
    EXPECT_THAT(refused("[1]"), HasSubstr("JSON"));
    EXPECT_THAT(refused("{}"), HasSubstr("labels"));
    EXPECT_THAT(refused(with_labels(R"({"background": 0, "SC": 1, "VB": 2})")), HasSubstr("disc"));
    EXPECT_THAT(refused(with_labels(R"({"background": 0, "SC": 1, "VB": 2, "IVD": 3, "sacrum": 4})")),
                HasSubstr("sacrum"));
    EXPECT_THAT(refused(with_labels(R"({"background": 0, "SC": 1, "VB": [2, 3], "IVD": 3})")),
                HasSubstr("VB"));
    EXPECT_THAT(refused(with_labels(R"({"background": 0, "SC": 1, "VB": 2, "IVD": 300})")), HasSubstr("300"));
    EXPECT_THAT(refused(with_labels(R"({"background": 1, "SC": 0, "VB": 2, "IVD": 3})")),
                HasSubstr("number"));
    EXPECT_THAT(refused(R"({"channel_names": {"0": "T1", "1": "T2"}})"), HasSubstr("2 image channels"));
    EXPECT_THAT(refused(R"({"file_ending": ".png"})"), HasSubstr(".png"));
    EXPECT_EQ(read_nnunet_dataset("/nonexistent/dataset.json").error().code, ErrorCode::file_not_found);
}

TEST(LabelCode, DescribesItselfInRanges) {
    EXPECT_EQ(LabelCode::spider().describe(), "0, 1-25, 100-125, 201-225");
    LabelCode code;
    EXPECT_EQ(code.describe(), "0");
    code.set(7, Label::disc);
    code.set(255, Label::canal);
    EXPECT_EQ(code.describe(), "0, 7, 255");
}

}  // namespace nnunet_dataset_test
}  // namespace spineseg
