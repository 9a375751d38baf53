// SPDX-License-Identifier: GPL-3.0-or-later
/// Ten thousand mutations of valid series in all encodings: the reader answers each, never crashes, and what
/// it reads is finite and on a sound grid. The seeds are fixed: a failure repeats.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "dicom/read/series.h"
#include "tests/dicom/file_mutation.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace reader_fuzz_test {

using namespace testing;

constexpr int kMutations = 10000;

std::vector<Files> seeds() {
    Volume volume = random_volume(sagittal_geometry(12, 11, 5, 3), 21);
    // DCMTK's JPEG-LS encoder writes beyond its buffer when an image does not become smaller.
    for (auto& voxel : volume.voxels) voxel = static_cast<float>(static_cast<int>(voxel) % 8);
    std::vector<Files> result = {sample_files(volume), enhanced_files(volume)};
    for (const char* syntax : {UID_LittleEndianImplicitTransferSyntax, UID_BigEndianExplicitTransferSyntax,
                               UID_RLELosslessTransferSyntax, UID_JPEGProcess14SV1TransferSyntax,
                               UID_JPEGLSLosslessTransferSyntax}) {
        Files files = sample_files(volume);
        for (auto& bytes : files.bytes)
            bytes = edited(
                bytes, [](DcmDataset&) {}, syntax);
        result.push_back(std::move(files));
    }
    return result;
}

bool is_sound(const Series& series) {
    const Geometry& g = series.volume.geometry;
    return series.volume.voxels.size() == g.voxel_count() &&
           series.sources.size() == static_cast<std::size_t>(g.slices) && std::isfinite(g.slice_spacing) &&
           g.slice_spacing > 0 && g.row_spacing > 0 && g.column_spacing > 0 &&
           std::all_of(series.volume.voxels.begin(), series.volume.voxels.end(),
                       [](float v) { return std::isfinite(v); });
}

TEST(ReaderFuzz, TenThousandMutationsAreAnswered) {
    const auto good = seeds();
    std::mt19937 random(2026);
    int read = 0, refused = 0;
    for (int i = 0; i < kMutations; ++i) {
        Files files = good[static_cast<std::size_t>(i) % good.size()];
        auto& victim = files.bytes[static_cast<std::size_t>(i) / 7 % files.bytes.size()];
        for (int count = 1 + i % 3; count > 0 && victim.size() > 140; --count) mutate(victim, random);
        const auto instances = files.instances();
        const auto series = read_series(instances);
        if (series) {
            ASSERT_TRUE(is_sound(*series)) << "mutation " << i;
            ++read;
        } else {
            ASSERT_NE(series.error().code, ErrorCode::internal) << "mutation " << i;
            ++refused;
        }
    }
    // Both kinds occur, or the mutations would not reach the code that they are for.
    EXPECT_GT(read, kMutations / 20);
    EXPECT_GT(refused, kMutations / 20);
}

}  // namespace reader_fuzz_test
}  // namespace spineseg::dicom
