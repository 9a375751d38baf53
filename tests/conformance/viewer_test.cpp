// SPDX-License-Identifier: GPL-3.0-or-later
/// The readers of tests/conformance/oracles, where its install.sh has put them: highdicom, the strictest of
/// them, and the code that OHIF runs. One process reads all samples, since starting one takes longer than
/// reading.

#include <gtest/gtest.h>

#include <list>

#include "tests/conformance/sample_results.h"
#include "tests/conformance/tool.h"
#include "tests/dicom/sample_series.h"

namespace spineseg::dicom {
namespace viewer_test {

using namespace testing;

const std::string kOracles = SPINESEG_SOURCE_DIR "/.cache/oracles/";
const std::string kScripts = SPINESEG_SOURCE_DIR "/tests/conformance/oracles/";

class Viewers : public ::testing::Test {
  protected:
    void write_samples(bool enhanced_too) {
        for (const auto& sample : samples()) {
            if (sample.enhanced && !enhanced_too) continue;
            results_.emplace_back(sample, temporary_.path() / sample.name);
            folders_ += " " + results_.back().folder.string();
        }
    }

    TemporaryFolder temporary_;
    std::list<SampleResults> results_;
    std::string folders_;
};

TEST_F(Viewers, HighdicomPlacesTheSameVoxels) {
    if (!std::filesystem::exists(kOracles + "python/installed")) GTEST_SKIP() << "highdicom is not installed";
    write_samples(true);
    const Ran ran =
        run("'" + kOracles + "python/bin/python' '" + kScripts + "read_with_highdicom.py'" + folders_);
    ASSERT_EQ(ran.status, 0) << ran.output;
    for (const auto& results : results_) {
        EXPECT_EQ(read_bytes(results.folder / "labels.raw"), results.labels.voxels) << results.folder;
        EXPECT_EQ(floats_of(read_bytes(results.folder / "map.raw")), results.fractions) << results.folder;
    }
}

TEST_F(Viewers, OhifPlacesTheSameVoxels) {
    if (!std::filesystem::exists(kOracles + "node/installed"))
        GTEST_SKIP() << "OHIF's adapters are not installed";
    write_samples(false);  // the script gives the viewer metadata of single-frame instances only
    const Ran ran = run("node '" + kScripts + "read_with_ohif.mjs' '" + kOracles + "node'" + folders_);
    ASSERT_EQ(ran.status, 0) << ran.output;
    for (const auto& results : results_) {
        EXPECT_EQ(read_bytes(results.folder / "labels.raw"), results.labels.voxels) << results.folder;
        // The viewer opens no float map whose frames are no multiple of four pixels, whoever wrote it.
        if (results.labels.geometry.slice_voxel_count() % 4 == 0) {
            EXPECT_EQ(floats_of(read_bytes(results.folder / "map.raw")), results.fractions) << results.folder;
        } else {
            const auto message = read_bytes(results.folder / "map.error");
            EXPECT_EQ(std::string(message.begin(), message.end()),
                      "start offset of Float32Array should be a multiple of 4");
        }
    }
}

}  // namespace viewer_test
}  // namespace spineseg::dicom
