// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_kind.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace image_kind_test {

Anatomy of_type(const std::string& image_type) {
    return image_kind({.image_type = image_type}).anatomy;
}

/// The fat images of a Dixon series were segmented: a leading M hid the FAT that follows.
TEST(ImageKind, EveryValueOfImageTypeCounts) {
    EXPECT_EQ(of_type("DERIVED\\PRIMARY\\M\\NORM\\FAT\\DIS2D\\MFSPLIT"), Anatomy::none);
    EXPECT_EQ(of_type("DERIVED\\PRIMARY\\M\\NORM\\WATER\\DIS2D\\MFSPLIT"), Anatomy::magnitude_or_water);
    EXPECT_EQ(image_kind({.image_type = "DERIVED\\PRIMARY\\M\\FAT "}).reason, "Image Type says \"FAT\"");
}

TEST(ImageKind, WhatScannersWriteOfOrdinaryImagesIsAnatomy) {
    for (const char* type : {"",
                             "ORIGINAL\\PRIMARY\\M\\ND",
                             "ORIGINAL\\PRIMARY\\M\\ND\\MFSPLIT",
                             "ORIGINAL\\PRIMARY\\M\\NORM\\DIS2D\\FM3_2\\FIL",
                             "ORIGINAL\\PRIMARY\\M_SE\\M\\SE",
                             "ORIGINAL\\PRIMARY\\M_FFE\\M\\FFE",
                             "ORIGINAL\\PRIMARY\\M_IR\\M\\IR",
                             "ORIGINAL\\PRIMARY\\OTHER",
                             "DERIVED\\SECONDARY\\OTHER",
                             "ORIGINAL\\PRIMARY\\M\\UCA\\IF",
                             "ORIGINAL\\PRIMARY\\T1\\NONE",
                             "ORIGINAL\\PRIMARY\\M\\NONE",
                             "ORIGINAL\\PRIMARY\\T2\\MIXED",
                             "ORIGINAL\\PRIMARY\\M\\SE\\TE2",
                             "ORIGINAL\\PRIMARY\\M_SE\\M\\UNSPECIFIED",
                             "ORIGINAL\\PRIMARY\\W_FFE\\W\\FFE",
                             "ORIGINAL\\PRIMARY\\MAGNITUDE",
                             "ORIGINAL\\PRIMARY\\M\\NORM\\DIS3D\\SH5_1\\FIL",
                             "DERIVED\\PRIMARY\\M\\COMP_SP\\NORM\\COMPOSED",
                             "ORIGINAL\\PRIMARY\\\\ND"})
        EXPECT_EQ(of_type(type), Anatomy::magnitude_or_water) << type;
}

TEST(ImageKind, DixonsImagesAreRanked) {
    EXPECT_GT(of_type("DERIVED\\PRIMARY\\W\\W\\DERIVED"), of_type("DERIVED\\PRIMARY\\IP\\IP\\DERIVED"));
    EXPECT_GT(of_type("ORIGINAL\\PRIMARY\\DIXON\\IN_PHASE"), of_type("ORIGINAL\\PRIMARY\\DIXON\\OUT_PHASE"));
    EXPECT_GT(of_type("ORIGINAL\\PRIMARY\\M\\OPP_PHASE"), Anatomy::none);
}

TEST(ImageKind, MapsPartsAndProjectionsAreNoAnatomy) {
    for (const char* type : {"ORIGINAL\\PRIMARY\\P\\ND",
                             "ORIGINAL\\PRIMARY\\PHASE MAP\\P\\FFE",
                             "ORIGINAL\\PRIMARY\\R\\R\\FFE",
                             "ORIGINAL\\PRIMARY\\DIXON\\FAT_FRACTION",
                             "ORIGINAL\\PRIMARY\\DIXON\\WATER_FRACTION",
                             "DERIVED\\PRIMARY\\T2 MAP\\ND",
                             "DERIVED\\PRIMARY\\T2_STAR\\R2_STAR",
                             "DERIVED\\PRIMARY\\OTHER\\T2_STAR",
                             "DERIVED\\PRIMARY\\MPR\\CSA MPR",
                             "DERIVED\\SECONDARY\\PROJECTION IMAGE",
                             "DERIVED\\PRIMARY\\M\\SUB",
                             "DERIVED\\PRIMARY\\T1\\STD_DEVIATION",
                             "DERIVED\\PRIMARY\\DIFFUSION\\ADC",
                             "DERIVED\\SECONDARY\\FAT",
                             "ORIGINAL\\PRIMARY\\F_FFE\\F\\FFE",
                             "ORIGINAL\\PRIMARY\\EPI\\NONE",
                             "ORIGINAL\\PRIMARY\\B0 MAP\\B0\\UNSPECIFIED",
                             "DERIVED\\SECONDARY\\M\\MIP SAG",
                             "DERIVED\\PRIMARY\\MPR\\ND\\NORM",
                             "DERIVED\\PRIMARY\\M\\STDDEV\\ND",
                             "DERIVED\\PRIMARY\\M\\MEAN",
                             "DERIVED\\PRIMARY\\DIFFUSION\\TRACEW\\ND",
                             "ORIGINAL\\PRIMARY\\I_SE\\I\\SE",
                             "ORIGINAL\\PRIMARY\\LOCALIZER",
                             "ORIGINAL\\PRIMARY\\VELOCITY\\NONE"})
        EXPECT_EQ(of_type(type), Anatomy::none) << type;
}

TEST(ImageKind, AValueThatNobodyKnowsIsNoAnatomy) {
    EXPECT_EQ(image_kind({.image_type = "DERIVED\\PRIMARY\\M\\QUUX"}).reason,
              "Image Type says \"QUUX\", a word that is not known");
}

TEST(ImageKind, ASitesWordsAreNeutralOrExclude) {
    const ImageWords site{{"QUUX"}, {"ND"}};
    const auto kind = [&](const char* type) { return image_kind({.image_type = type}, site); };
    EXPECT_TRUE(kind("ORIGINAL\\PRIMARY\\M\\quux").shows_anatomy());
    EXPECT_EQ(kind("ORIGINAL\\PRIMARY\\M\\ND").reason, "Image Type says \"ND\"");
    EXPECT_FALSE(kind("DERIVED\\PRIMARY\\QUUX\\FAT").shows_anatomy())
        << "a known word of a fat image stays one";
}

/// An Enhanced object whose Image Type is MIXED was taken as T2 although its frames say FAT, PHASE or
/// FAT_FRACTION.
TEST(ImageKind, TheFramesOwnAttributesCount) {
    const std::string mixed = "ORIGINAL\\PRIMARY\\T2\\MIXED";
    const auto says = [&](ImageDescription description) {
        description.image_type = mixed;
        return image_kind(description).reason;
    };
    EXPECT_EQ(says({.frame_type = "ORIGINAL\\PRIMARY\\DIXON\\FAT"}), "Frame Type says \"FAT\"");
    EXPECT_EQ(says({.frame_type = "ORIGINAL\\PRIMARY\\DIXON\\WATER"}), "");
    EXPECT_EQ(says({.complex_component = "PHASE"}), "Complex Image Component says \"PHASE\"");
    EXPECT_EQ(says({.acquisition_contrast = "DIFFUSION"}), "Acquisition Contrast says \"DIFFUSION\"");
    EXPECT_EQ(says({.volumetric_properties = "MIXED"}), "Volumetric Properties says \"MIXED\"");
    EXPECT_EQ(says({.volume_technique = "MAX_IP"}), "Volume Based Calculation Technique says \"MAX IP\"");
    EXPECT_EQ(says({.complex_component = "MAGNITUDE",
                    .acquisition_contrast = "T2",
                    .volumetric_properties = "VOLUME",
                    .volume_technique = "NONE"}),
              "");
}

TEST(ImageKind, FreeTextsCanExclude) {
    EXPECT_FALSE(image_kind({.derivation = "Standard deviation of 4 images"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.comments = "R2* Map"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.series_description = "t2_tse_dixon_sag_Fat-Fraction"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.series_description = "LSPINE SAG MIP"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.series_description = "FAT: Sag T2 FRFSE FLEX"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.series_description = "t2_tse_dixon_sag_F"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.comments = "Phase"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.derivation = "Pixel by pixel mean"}).shows_anatomy());
    EXPECT_FALSE(image_kind({.derivation = "Multiplanar reformatting"}).shows_anatomy());
    for (const char* ordinary : {"WATER: Sag T2 FRFSE FLEX", "t2_tse_dixon_sag_W", "SAG T2 DIXON FAT SAT",
                                 "T2 SAG F", "T2 SAG FAT SAT L-SPINE", "t2_tse_sag_fs",
                                 "SAG T1 TSE SUBOPTIMAL", "T2*_me2d_sag", "Lossy compression 10:1"})
        EXPECT_TRUE(image_kind({.series_description = ordinary}).shows_anatomy()) << ordinary;
}

/// GE writes ORIGINAL\\PRIMARY\\OTHER into phase images too; which part of the complex image it is stands in
/// a private element.
TEST(ImageKind, GesRawDataTypeTellsPhaseFromMagnitude) {
    EXPECT_TRUE(image_kind({.raw_data_type = "0"}).shows_anatomy());
    EXPECT_EQ(image_kind({.raw_data_type = "1"}).reason, "GE's raw data type says \"phase\"");
    EXPECT_FALSE(image_kind({.raw_data_type = "3"}).shows_anatomy());
}

}  // namespace image_kind_test
}  // namespace spineseg
