// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/header_values.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <map>

#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace header_values_test {

using namespace testing;
using Values = std::map<std::string, std::string>;

Values values_of(const std::vector<std::uint8_t>& bytes) {
    const auto header = read_header_values({"file", bytes});
    EXPECT_TRUE(header) << header.error().describe();
    Values first;
    for (const auto& [keyword, value] : header->values) first.try_emplace(keyword, value);
    return first;
}

TEST(HeaderValues, AreTextsByKeywordWithoutPixelsAndPrivateElements) {
    const Files files =
        sample_files(random_volume(sagittal_geometry(9, 7, 5), 1), {}, [](DcmDataset& d, int) {
            d.putAndInsertString(DCM_ImageType, "ORIGINAL\\PRIMARY\\M");
            d.putAndInsertString(DcmTag(0x0019, 0x0010, EVR_LO), "VENDOR");
            d.putAndInsertString(DCM_ImageComments, std::string(2000, 'x').c_str());
        });
    const auto values = values_of(files.bytes[0]);
    EXPECT_EQ(values.at("Modality"), "MR");
    EXPECT_EQ(values.at("Rows"), "7");
    EXPECT_EQ(values.at("ImageType"), "ORIGINAL\\PRIMARY\\M");
    EXPECT_FALSE(values.contains("PixelData"));
    EXPECT_FALSE(values.contains("ImageComments"));
    for (const auto& [keyword, value] : values) EXPECT_NE(value, "VENDOR") << keyword;
}

TEST(HeaderValues, OfAnEnhancedObjectTheFirstFramesGroupsStandUnderTheirOwnKeyword) {
    const auto values = values_of(enhanced_files(random_volume(sagittal_geometry(9, 7, 5), 1)).bytes[0]);
    EXPECT_TRUE(values.contains("PixelSpacing"));
    EXPECT_TRUE(values.contains("ImageOrientationPatient"));
    EXPECT_TRUE(values.contains("ImagePositionPatient"));
}

TEST(HeaderValues, TextsAreUtf8WhateverTheFileIs) {
    for (const auto& [set, stored] : {std::pair{"ISO_IR 100",
                                                "Sch\xe4"
                                                "del"},
                                      std::pair{"ISO_IR 192", "Schädel"}}) {
        const Files files = sample_files(random_volume(sagittal_geometry(9, 7, 5), 1), {},
                                         [&, set = set, stored = stored](DcmDataset& d, int) {
                                             d.putAndInsertString(DCM_SpecificCharacterSet, set);
                                             d.putAndInsertString(DCM_SeriesDescription, stored);
                                         });
        EXPECT_EQ(values_of(files.bytes[0]).at("SeriesDescription"), "Schädel") << set;
    }
}

TEST(HeaderValues, AFileWithoutItsUidsOrWithoutDicomIsNamed) {
    Files files = sample_files(random_volume(sagittal_geometry(9, 7, 5), 1));
    const auto cut = std::vector<std::uint8_t>(files.bytes[0].begin(), files.bytes[0].begin() + 300);
    EXPECT_FALSE(read_header_values({"cut", cut}));
    const auto without =
        edited(files.bytes[0], [](DcmDataset& d) { d.findAndDeleteElement(DCM_SeriesInstanceUID); });
    EXPECT_EQ(read_header_values({"without", without}).error().code, ErrorCode::missing_attribute);
}

}  // namespace header_values_test
}  // namespace spineseg::dicom
