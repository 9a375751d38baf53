// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/frame_header_reader.h"

#include <gtest/gtest.h>

#include <map>

namespace spineseg {
namespace frame_header_reader_test {

/// "dataset/ImageType", "frame/PlanePositionSequence/ImagePositionPatient".
class MapAttributes : public FrameAttributes {
  public:
    explicit MapAttributes(std::map<std::string, std::string> values) : values_(std::move(values)) {}
    std::string text(AttributePlace place, const Attribute* sequence,
                     const Attribute& attribute) const override {
        constexpr const char* kPlaces[] = {"dataset/", "shared/", "frame/"};
        std::string key = kPlaces[static_cast<int>(place)];
        if (sequence != nullptr) key += std::string(sequence->keyword) + "/";
        const auto found = values_.find(key + attribute.keyword);
        return found == values_.end() ? std::string() : found->second;
    }

  private:
    std::map<std::string, std::string> values_;
};

const std::map<std::string, std::string> kEnhanced{
    {"dataset/ImageType", "ORIGINAL\\PRIMARY\\T2\\MIXED"},
    {"dataset/ComplexImageComponent", "MIXED"},
    {"shared/MRImageFrameTypeSequence/FrameType", "ORIGINAL\\PRIMARY\\DIXON\\WATER"},
    {"shared/PixelMeasuresSequence/PixelSpacing", "0.7\\0.8"},
    {"shared/PlaneOrientationSequence/ImageOrientationPatient", "0\\1\\0\\0\\0\\-1"},
    {"shared/MREchoSequence/EffectiveEchoTime", "100"},
    {"frame/PlanePositionSequence/ImagePositionPatient", "1\\2\\3"},
    {"frame/MRModifierSequence/InversionTimes", "0\\1.8e308"},
    {"frame/FrameContentSequence/FrameComments", "kept"},
    {"dataset/ImageComments", "of the object"}};

FrameReading read(std::map<std::string, std::string> values, bool multi_frame = true,
                  const ImageWords& words = {}) {
    FrameHeader begun;
    begun.name = "object frame 1";
    return read_frame_header(MapAttributes(std::move(values)), begun, multi_frame, words);
}

TEST(FrameHeaderReader, SharedGroupsStandForTheFrameThatSaysNothing) {
    const auto reading = read(kEnhanced);
    ASSERT_FALSE(reading.fault) << reading.fault->describe();
    EXPECT_EQ(reading.header.kind.name, "water");
    EXPECT_EQ(reading.header.echo_time, 100.0);
    EXPECT_EQ(reading.header.inversion_time, 0.0) << "the first of several";
    EXPECT_EQ(reading.header.column_spacing, 0.8);
    EXPECT_EQ(reading.header.position, (Vec3{1, 2, 3}));
    EXPECT_EQ(reading.header.description.comments, "kept");
}

TEST(FrameHeaderReader, TheFramesOwnGroupsComeBeforeTheShared) {
    auto values = kEnhanced;
    values["frame/MRImageFrameTypeSequence/FrameType"] = "ORIGINAL\\PRIMARY\\DIXON\\FAT";
    EXPECT_EQ(read(values).header.kind.reason, "Frame Type says \"FAT\"");
    values = kEnhanced;
    values["frame/MRImageFrameTypeSequence/ComplexImageComponent"] = "REAL";
    EXPECT_EQ(read(values).header.kind.reason, "Complex Image Component says \"REAL\"");
}

TEST(FrameHeaderReader, AClassicImageSpeaksForItself) {
    const std::map<std::string, std::string> classic{{"dataset/ImageType", "ORIGINAL\\PRIMARY\\OTHER"},
                                                     {"dataset/ImagePositionPatient", "1\\2\\3"},
                                                     {"dataset/ImageOrientationPatient", "0\\1\\0\\0\\0\\-1"},
                                                     {"dataset/PixelSpacing", "0.7\\0.7"},
                                                     {"dataset/EchoTime", "90"},
                                                     {"dataset/RescaleSlope", "2"},
                                                     {"dataset/RawDataType", "1"},
                                                     {"shared/MREchoSequence/EffectiveEchoTime", "1"}};
    const auto reading = read(classic, false);
    ASSERT_FALSE(reading.fault);
    EXPECT_EQ(reading.header.echo_time, 90.0);
    EXPECT_EQ(reading.header.rescale_slope, 2.0);
    EXPECT_EQ(reading.header.kind.reason, "GE's raw data type says \"phase\"");
}

TEST(FrameHeaderReader, TheCodeOfADerivationCountsLikeItsDescription) {
    auto values = kEnhanced;
    values["dataset/DerivationCodeSequence/CodeMeaning"] = "Multiplanar reformatting";
    EXPECT_EQ(read(values).header.kind.reason, "Derivation Description says \"multiplanar\"");
}

TEST(FrameHeaderReader, WhatIsMissingOrMalformedIsNamedAndTheKindIsKnownAllTheSame) {
    auto values = kEnhanced;
    values["frame/PlanePositionSequence/ImagePositionPatient"] = "1\\2";
    const auto reading = read(values);
    ASSERT_TRUE(reading.fault);
    EXPECT_EQ(reading.fault->code, ErrorCode::missing_attribute);
    EXPECT_EQ(reading.header.kind.name, "water");
    values = kEnhanced;
    values["shared/PixelValueTransformationSequence/RescaleSlope"] = "1e300";
    EXPECT_EQ(read(values).fault->code, ErrorCode::non_finite_pixels);
}

}  // namespace frame_header_reader_test
}  // namespace spineseg
