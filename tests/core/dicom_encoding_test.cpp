// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/dicom_encoding.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace dicom_encoding_test {

TEST(VrLength, IsTheStandardsOrNamedUnknown) {
    for (const char* vr : {"AE", "FD", "PN", "UI", "US"})
        EXPECT_EQ(length_of_vr(vr), VrLength::bits_16) << vr;
    for (const char* vr : {"OB", "OV", "SQ", "UC", "UN", "UV"})
        EXPECT_EQ(length_of_vr(vr), VrLength::bits_32) << vr;
    for (const char* vr : {"ZZ", "us", "U", "", "AE "})
        EXPECT_EQ(length_of_vr(vr), VrLength::not_in_the_standard) << vr;
}

TEST(VrLength, OfAnUnknownVrIsTheLongOne) {
    EXPECT_TRUE(has_long_length({'Z', 'Z'}));
    EXPECT_TRUE(has_long_length({'O', 'W'}));
    EXPECT_FALSE(has_long_length({'L', 'O'}));
}

}  // namespace dicom_encoding_test
}  // namespace spineseg
