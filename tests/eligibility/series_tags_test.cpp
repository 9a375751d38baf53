// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/series_tags.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace series_tags_test {

TEST(SeriesTags, HostileValuesAreNoNumbers) {
    SeriesTags tags;
    for (const char* text : {"", "nan", "inf", "1e999", "12x", "--1", "0x10"}) {
        tags.values["Rows"] = text;
        EXPECT_FALSE(tags.number("Rows")) << text;
    }
    tags.values["Rows"] = " +12 ";
    EXPECT_EQ(tags.number("Rows"), 12.0);
    EXPECT_FALSE(tags.number("Rows", 1));
    tags.values["NumberOfFrames"] = "99999999999";
    EXPECT_EQ(tags.image_count(), 0);
}

TEST(SeriesTags, OnlyUnitVectorsAtRightAnglesAreAnOrientation) {
    EXPECT_TRUE(parse_orientation("0\\1\\0\\0\\0\\-1"));
    for (const char* ds :
         {"", "0\\1\\0", "0\\0\\0\\0\\0\\0", "1\\0\\0\\1\\0\\0", "2\\0\\0\\0\\2\\0", "a\\1\\0\\0\\0\\-1"})
        EXPECT_FALSE(parse_orientation(ds)) << ds;
}

TEST(SeriesTags, WhatNamesAPersonIsNotTaken) {
    SeriesTags tags;
    for (const char* keyword :
         {"PatientName", "PatientID", "PatientBirthDate", "OtherPatientIDs", "OperatorsName",
          "ReferringPhysician", "AccessionNumber", "ImageComments", "InstitutionAddress"})
        tags.take(keyword, "SECRET");
    EXPECT_TRUE(tags.values.empty());
    tags.take("ManufacturerModelName", "Ingenia");
    tags.take("ManufacturerModelName", "another");
    EXPECT_EQ(tags.value("ManufacturerModelName"), "Ingenia");
}

}  // namespace series_tags_test
}  // namespace spineseg
