// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/element_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace spineseg::dicom {
namespace element_writer_test {

/// The refusal of `text` in that attribute, empty when it is taken.
std::string refusal(const DcmTagKey& tag, const std::string& text) {
    DcmDataset dataset;
    try {
        put(dataset, tag, text);
    } catch (const ElementError& error) {
        EXPECT_FALSE(dataset.tagExists(tag)) << text;
        return error.what();
    }
    EXPECT_EQ(stored_text(dataset, tag), text);
    return "";
}

/// A text that is longer than its VR allows was written as it was, and only validators and strict readers noticed.
TEST(ElementWriter, ATextThatIsTooLongForItsVrIsRefusedWithTheAttributesName) {
    struct Case {
        DcmTagKey tag;
        std::size_t longest;
        char character;
        std::string name;
    };
    for (const auto& [tag, longest, character, name] :
         {Case{DCM_CodeValue, 16, 'A', "CodeValue (0008,0100)"},
          Case{DCM_SegmentLabel, 64, 'a', "SegmentLabel (0062,0005)"},
          Case{DCM_ContentLabel, 16, 'A', "ContentLabel (0070,0080)"},
          Case{DCM_SOPInstanceUID, 64, '1', "SOPInstanceUID (0008,0018)"},
          Case{DCM_SegmentDescription, 1024, 'a', "SegmentDescription (0062,0006)"},
          Case{DCM_RescaleSlope, 16, '1', "RescaleSlope (0028,1053)"}}) {
        EXPECT_EQ(refusal(tag, std::string(longest, character)), "") << name;
        EXPECT_THAT(refusal(tag, std::string(longest + 1, character)), testing::StartsWith(name + ": "));
    }
}

TEST(ElementWriter, ATextOfAnotherFormThanItsVrIsRefused) {
    for (const auto& [tag, text] :
         {std::pair{DCM_ContentLabel, "lower case"}, std::pair{DCM_SOPInstanceUID, "2.25.x"},
          std::pair{DCM_InstanceNumber, "one"}, std::pair{DCM_RescaleSlope, "1,5"},
          std::pair{DCM_SegmentLabel, "L5\xc3\xa4"}, std::pair{DCM_ContentDate, "2026-11-29"},
          std::pair{DCM_ContentTime, "10:11"}, std::pair{DCM_PixelData, "text"}})
        EXPECT_NE(refusal(tag, text), "") << text;
    EXPECT_EQ(refusal(DCM_ImageType, "DERIVED\\SECONDARY"), "") << "several values, each of the right form";
    EXPECT_EQ(refusal(DCM_ContentDate, ""), "");
    EXPECT_EQ(refusal(DCM_ContributionDateTime, "20261122101112+0545"), "");
    EXPECT_NE(refusal(DCM_ContributionDateTime, "2026-11-22 10:11"), "");
}

/// Scanners write UIDs with leading zeros; a result must name such an image as it is.
TEST(ElementWriter, WhatTheSourceStatesIsWrittenAsItIs) {
    DcmDataset dataset;
    const std::string uid = "1.2.840.x.007." + std::string(64, '1');
    put_stored(dataset, DCM_ReferencedSOPInstanceUID, uid);
    EXPECT_EQ(stored_text(dataset, DCM_ReferencedSOPInstanceUID), uid);
}

}  // namespace element_writer_test
}  // namespace spineseg::dicom
