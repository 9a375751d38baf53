// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/stack_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>

#include "tests/dicom/changed_cells.h"

namespace spineseg::dicom {
namespace stack_values_test {

using namespace testing;
using ::testing::HasSubstr;

TEST(Rescale, AnInterceptDoesNotBlackenOrFlattenTheImage) {
    for (const char* intercept : {"-200", "-2000", "1000", "-1e20", "1e20"})
        EXPECT_EQ(voxels_with(rescaled("1", intercept)), plain_volume().voxels) << intercept;
}

TEST(Rescale, AnInterceptOfItsOwnForEachSliceDoesNotShiftSlicesAgainstEachOther) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int slice) {
                  rescaled("1", std::to_string(-100 * slice).c_str())(dataset, slice);
              }),
              plain_volume().voxels);
}

TEST(Rescale, AnInterceptThatTakesABiasOutIsApplied) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int slice) {
                  edit_cells(dataset,
                             [](Uint16 word, std::size_t) { return static_cast<Uint16>(word + 500); });
                  set_bits(dataset, 16);
                  rescaled("1", "-500")(dataset, slice);
              }),
              plain_volume().voxels);
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int slice) {
                  edit_cells(dataset,
                             [](Uint16 word, std::size_t) { return static_cast<Uint16>(4095 - word); });
                  rescaled("-1", "4095")(dataset, slice);
              }),
              plain_volume().voxels)
        << "a slope below zero turns the image back";
}

TEST(Rescale, InterceptsOfTheFramesOfAnEnhancedImageChangeNothing) {
    const Volume volume = plain_volume();
    Files files = enhanced_files(volume);
    files.bytes.front() = edited(files.bytes.front(), [&](DcmDataset& dataset) {
        for (int frame = 0; frame < volume.geometry.slices; ++frame) {
            DcmItem *groups = nullptr, *item = nullptr;
            dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, groups, frame);
            groups->findOrCreateSequenceItem(DCM_PixelValueTransformationSequence, item, 0);
            item->putAndInsertString(DCM_RescaleSlope, "1");
            item->putAndInsertString(DCM_RescaleIntercept, std::to_string(-300 - frame).c_str());
        }
    });
    EXPECT_EQ(read_good(files).volume.voxels, volume.voxels);
}

TEST(Rescale, ExtremeSlopesGiveAnImageOrAnErrorByName) {
    for (const char* slope : {"1e-9", "0.0001", "1e9"}) {
        const auto voxels = voxels_with(rescaled(slope, "0"));
        EXPECT_FLOAT_EQ(voxels[7], plain_volume().voxels[7] * std::stof(slope)) << slope;
    }
    for (const char* slope : {"1e-10", "1e-300", "1e12", "0"}) {
        const Files files = files_with(rescaled(slope, "0"));
        const auto read = read_series(files.instances());
        ASSERT_FALSE(read) << slope;
        EXPECT_THAT(read.error().detail, HasSubstr("Rescale Slope '" + std::string(slope)));
    }
}

TEST(Rescale, ARealWorldValueMappingIsIgnored) {
    EXPECT_EQ(voxels_with([](DcmDataset& dataset, int) {
                  DcmItem* item = nullptr;
                  dataset.findOrCreateSequenceItem(DCM_RealWorldValueMappingSequence, item, 0);
                  item->putAndInsertFloat64(DCM_RealWorldValueSlope, -3);
                  item->putAndInsertFloat64(DCM_RealWorldValueIntercept, 7000);
              }),
              plain_volume().voxels);
}

}  // namespace stack_values_test
}  // namespace spineseg::dicom
