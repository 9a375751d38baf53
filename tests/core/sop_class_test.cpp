// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sop_class.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace sop_class_test {

TEST(SopClass, TheThreeMrImageClassesAreImages) {
    for (const char* uid :
         {"1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4"}) {
        EXPECT_TRUE(is_mr_image_class(uid)) << uid;
        EXPECT_FALSE(is_companion_class(uid)) << uid;
    }
    EXPECT_FALSE(is_enhanced_mr_class("1.2.840.10008.5.1.4.1.1.4"));
}

/// A registration, a spectrum or Siemens' private data under the series' UID made the whole series
/// unreadable.
TEST(SopClass, WhatStandsBesideImagesIsACompanion) {
    for (const char* uid :
         {"1.2.840.10008.5.1.4.1.1.7", "1.2.840.10008.5.1.4.1.1.7.4", "1.2.840.10008.5.1.4.1.1.11.1",
          "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.66.1", "1.2.840.10008.5.1.4.1.1.88.59",
          "1.2.840.10008.5.1.4.1.1.104.1", "1.2.840.10008.5.1.4.1.1.4.2", "1.2.840.10008.5.1.4.1.1.4.3",
          "1.2.840.10008.5.1.4.1.1.77.1.4", "1.3.12.2.1107.5.9.1"})
        EXPECT_TRUE(is_companion_class(uid)) << uid;
}

TEST(SopClass, ImagesOfOtherModalitiesAreNeither) {
    for (const char* uid : {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.128", ""}) {
        EXPECT_FALSE(is_mr_image_class(uid)) << uid;
        EXPECT_FALSE(is_companion_class(uid)) << uid;
    }
}

}  // namespace sop_class_test
}  // namespace spineseg
