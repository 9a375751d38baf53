// SPDX-License-Identifier: GPL-3.0-or-later
/// Real files of several vendors, which cannot be committed: read where they lie beside the checkout.

#include <gtest/gtest.h>

#include <cmath>

#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/read/instance_reader.h"
#include "dicom/read/series.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace real_series_test {

using namespace testing;

class RealSeries : public ::testing::Test {
  protected:
    void SetUp() override {
        if (shared_dicom_data().empty()) GTEST_SKIP() << "no shared data beside this checkout";
    }
    static Result<Series> read(const std::string& folder) {
        return read_series(shared_dicom_data() / folder);
    }
    static Result<Series> read_one(const std::string& file, int min_slices = 5) {
        const Files files{{file}, {read_bytes(shared_dicom_data() / file)}};
        ReadLimits limits;
        limits.min_slices = min_slices;
        return read_series(files.instances(), limits);
    }
    static std::string verdict(const Result<Series>& series) {
        return series ? "read" : std::string(to_string(series.error().code));
    }
};

TEST_F(RealSeries, ClassicAndEnhancedGiveTheSameVolume) {
    const auto classic = read("siemens-xa30-classic");
    const auto enhanced = read_one("siemens-xa30-enhanced/0063.dcm");
    ASSERT_TRUE(classic) << classic.error().describe();
    ASSERT_TRUE(enhanced) << enhanced.error().describe();
    // Whoever blanked the identities overwrote two runs of 28 pixels of one slice with ones, elsewhere in
    // each file.
    constexpr float kBlanked = 4095;
    std::size_t different = 0;
    ASSERT_EQ(classic->volume.voxels.size(), enhanced->volume.voxels.size());
    for (std::size_t i = 0; i < classic->volume.voxels.size(); ++i) {
        const float a = classic->volume.voxels[i], b = enhanced->volume.voxels[i];
        if (a == b) continue;
        ++different;
        EXPECT_TRUE(a == kBlanked || b == kBlanked) << i;
    }
    EXPECT_EQ(different, 56u);
    EXPECT_TRUE(same_grid(classic->volume.geometry, enhanced->volume.geometry, 0.01));
    ASSERT_EQ(enhanced->sources.size(), 63u);
    for (const auto& source : enhanced->sources) EXPECT_GE(source.frame_number, 1);
}

TEST_F(RealSeries, TwoAxialEchoesAreSeveralStacksOfWhichNoneIsSagittal) {
    EXPECT_EQ(verdict(read("philips-dual-echo")), "multiple_stacks");
}

TEST_F(RealSeries, OfAThreePlaneLocalizerTheSagittalStackIsTakenApart) {
    const auto series = read("ge-localizer");
    ASSERT_TRUE(series) << series.error().describe();
    EXPECT_EQ(series->volume.geometry.slices, 7);
    EXPECT_EQ(series->sources.size(), 7u);
    EXPECT_GT(std::abs(series->volume.geometry.slice_direction[0]), 0.99);
}

TEST_F(RealSeries, AnEnhancedMapOfSeveralKindsIsSeveralStacks) {
    EXPECT_EQ(verdict(read("philips-enhanced")), "multiple_stacks");
}

TEST_F(RealSeries, ASagittalHeadIsReadForThePipelineToJudge) {
    const auto series = read("uih-sagittal-head");
    ASSERT_TRUE(series) << series.error().describe();
    EXPECT_EQ(series->volume.geometry.slices, 8);
    EXPECT_NEAR(series->volume.geometry.slice_spacing, 1.0, 1e-3);
}

TEST_F(RealSeries, OneInstanceOfALumbarSeriesHasTooFewSlices) {
    EXPECT_EQ(verdict(read("lumbar")), "too_few_slices");
}

TEST_F(RealSeries, AllEncodingsOfOneImageDecodeAlike) {
    const auto decoded = [](const std::string& file) -> Result<std::vector<float>> {
        prepare_dcmtk();
        const auto bytes = read_bytes(shared_dicom_data() / file);
        ElementBudget budget;
        auto instance = read_instance({file, bytes}, budget);
        if (!instance) return failure(instance.error());
        const auto pixels = decode_pixels(*instance->file->getDataset(), instance->pixels, file);
        if (!pixels) return failure(pixels.error());
        std::vector<float> values;
        for (int frame = 0; frame < instance->pixels.frames; ++frame) {
            std::vector<float> slice(instance->pixels.frame_pixels());
            pixels->frame_values(instance->pixels, {}, frame, 1, slice);
            values.insert(values.end(), slice.begin(), slice.end());
        }
        return values;
    };
    const auto enhanced = decoded("enhanced-encodings/emri_small.dcm");
    const auto classic = decoded("broken/MR_small.dcm");
    ASSERT_TRUE(enhanced && classic);
    EXPECT_EQ(enhanced->size(), 10u * 64 * 64);
    for (const char* encoding : {"_RLE", "_big_endian", "_jpeg_2k_lossless", "_jpeg_ls_lossless"})
        EXPECT_EQ(decoded(std::string("enhanced-encodings/emri_small") + encoding + ".dcm"), enhanced)
            << encoding;
    for (const char* encoding :
         {"_RLE", "_bigendian", "_implicit", "_jp2klossless", "_jpeg_ls_lossless", "_padded"})
        EXPECT_EQ(decoded(std::string("broken/MR_small") + encoding + ".dcm"), classic) << encoding;
    const auto cut = decoded("enhanced-encodings/emri_small_jpeg_2k_lossless_too_short.dcm");
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().code, ErrorCode::truncated_file);
}

TEST_F(RealSeries, AnEnhancedImageWithoutFunctionalGroupsLacksAnAttribute) {
    EXPECT_EQ(verdict(read_one("enhanced-encodings/emri_small.dcm")), "missing_attribute");
}

TEST_F(RealSeries, BrokenFilesGetTheirVerdict) {
    EXPECT_EQ(verdict(read_one("broken/MR_small.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_RLE.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_bigendian.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_implicit.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_padded.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_jp2klossless.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_small_jpeg_ls_lossless.dcm")), "too_few_slices");
    EXPECT_EQ(verdict(read_one("broken/MR_truncated.dcm")), "truncated_file");
    EXPECT_EQ(verdict(read_one("broken/no_meta.dcm")), "not_dicom");
    EXPECT_EQ(verdict(read_one("broken/meta_missing_tsyntax.dcm")), "not_dicom");
    EXPECT_NE(verdict(read_one("broken/no_meta_group_length.dcm")), "read");
    EXPECT_NE(verdict(read_one("broken/badVR.dcm")), "read");
}

TEST_F(RealSeries, WholeFoldersOfStrangeFilesAreNeverASeries) {
    for (const char* folder : {"broken", "charsets", "enhanced-encodings", "siemens-xa30-enhanced"})
        EXPECT_NE(verdict(read(folder)), "read") << folder;
}

}  // namespace real_series_test
}  // namespace spineseg::dicom
