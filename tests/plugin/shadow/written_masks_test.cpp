// SPDX-License-Identifier: GPL-3.0-or-later
// The plugin reads masks by itself. So it must read in our Segmentations what the writers wrote into them.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "dicom/encoding/segment_catalogue.h"
#include "dicom/read/series.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "plugin/shadow/mask_overlap.h"
#include "tests/dicom/sample_levels.h"
#include "tests/dicom/sample_series.h"
#include "tests/plugin/shadow/drawn_masks.h"

namespace spineseg {
namespace written_masks_test {

using namespace dicom;
using namespace dicom::testing;

using Bytes2d = std::vector<std::vector<std::uint8_t>>;

Bytes2d written(const Series& series, const SpineLevels& levels) {
    Bytes2d bytes;
    const auto files = write_segmentation(series, levels, sample_provenance());
    if (!files) throw std::runtime_error(files.error().describe());
    for (const auto& file : *files) bytes.push_back(file.dicom);
    return bytes;
}

std::vector<SegmentationMasks> masks_of(const Bytes2d& files) {
    std::vector<SegmentationMasks> masks;
    for (const auto& file : files) {
        auto read = read_segmentation_masks(file);
        if (!read) throw std::runtime_error(read.error().describe());
        masks.push_back(std::move(*read));
    }
    return masks;
}

double dice_of(const LabelMap& a, const LabelMap& b, std::uint8_t label) {
    double both = 0, all = 0;
    for (std::size_t i = 0; i < a.voxels.size(); ++i) {
        const bool in_a = a.voxels[i] == label, in_b = b.voxels[i] == label;
        both += in_a && in_b;
        all += in_a + in_b;
    }
    return 2 * both / all;
}

/// Frames of 63 × 77 pixels do not begin at whole bytes.
TEST(WrittenMasks, DiceOfWrittenSegmentationsIsThatOfTheirLabelMaps) {
    const auto files = sample_files(random_volume(sagittal_geometry(63, 77, 9, 11), 3));
    const Series series = read_good(files);
    const SpineLevels shown = sample_levels(series.volume.geometry);
    SpineLevels shadow = shown;
    std::rotate(shadow.labels.voxels.begin(), shadow.labels.voxels.begin() + 5, shadow.labels.voxels.end());
    const Bytes2d first = written(series, shown), second = written(series, shadow);
    const auto overlap = overlap_of(masks_of(first), masks_of(second));
    ASSERT_TRUE(overlap) << overlap.error().describe();
    ASSERT_EQ(overlap->labels.size(), shown.structures.size());
    double least = 1;
    for (std::size_t i = 0; i < shown.structures.size(); ++i) {
        const auto& structure = shown.structures[i];
        EXPECT_EQ(overlap->labels[i].label, structure_name(structure, shown.numbering));
        EXPECT_DOUBLE_EQ(overlap->labels[i].dice, dice_of(shown.labels, shadow.labels, structure.label));
        least = std::min(least, overlap->labels[i].dice);
    }
    EXPECT_LT(least, 0.9) << "the two differ";
    EXPECT_EQ(overlap_of(masks_of(first), masks_of(first))->mean, 1.0);
}

TEST(WrittenMasks, EveryCodeThatTheWritersGiveToAStructureIsKnown) {
    for (const auto structure : {Structure::canal, Structure::vertebra, Structure::disc})
        for (int ordinal = 0; ordinal <= kNamedVertebrae; ++ordinal)
            for (const bool numbered : {true, false}) {
                const auto code = concept_of(structure, ordinal, numbered);
                const auto file = drawn_masks::file({{1, "#"}}, 1, 1, {{"a", code.value}}).bytes();
                const auto masks = read_segmentation_masks(file);
                ASSERT_TRUE(masks) << code.meaning;
                EXPECT_EQ(masks->segments.at(0).structure, structure) << code.meaning;
            }
}

}  // namespace written_masks_test
}  // namespace spineseg
