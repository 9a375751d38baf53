// SPDX-License-Identifier: GPL-3.0-or-later
// The programs themselves, as a shell runs them.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "dicom/read/series.h"
#include "tests/worker/cli/command_line_fixture.h"
#include "worker/job/exit_code.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace command_line_test {

namespace fs = std::filesystem;
using testing::bytes_of;
using testing::Ended;
using testing::run;

class CommandLine : public testing::CommandLineFixture {};

TEST_F(CommandLine, HelpNamesEveryCommandAndTheExitCodes) {
    const Ended help = run("--help");
    EXPECT_EQ(help.code, kExitOk);
    for (const char* word : {"segment", "explain", "show", "dicomize", "phantom", "Exit codes"})
        EXPECT_NE(help.output.find(word), std::string::npos) << word;
    EXPECT_NE(run("segment --help").output.find("--samples"), std::string::npos);
    EXPECT_EQ(run("--help", SPINESEG_WORKER_PROGRAM).code, kExitOk);
}

TEST_F(CommandLine, WrongUsageIsTwo) {
    EXPECT_EQ(run("").code, kExitUsage);
    EXPECT_EQ(run("segment").code, kExitUsage);
    EXPECT_EQ(run("segment x --out y --samples 1000").code, kExitUsage);
    EXPECT_EQ(run("", SPINESEG_WORKER_PROGRAM).code, kExitUsage);
}

TEST_F(CommandLine, AMissingInputIsThreeAndIsNamed) {
    const Ended ended = run("segment /nonexistent/series --out " + at("out"));
    EXPECT_EQ(ended.code, kExitInput);
    EXPECT_NE(ended.output.find("/nonexistent/series"), std::string::npos);
}

/// The files of a data set that git-annex manages are links out of the folder that is named: the cage refused them.
TEST_F(CommandLine, FilesToWhichLinksLeadAreRead) {
    ASSERT_EQ(phantom("p").code, kExitOk);
    std::filesystem::create_directories(folder_ / "linked");
    for (const auto& file : std::filesystem::directory_iterator(folder_ / "p/dicom"))
        std::filesystem::create_symlink(file.path(), folder_ / "linked" / file.path().filename());
    const Ended ended = run("explain " + at("linked"));
    EXPECT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_NE(ended.output.find("5 sagittal images"), std::string::npos) << ended.output;
}

TEST_F(CommandLine, AMissingModelIsFourAndSaysWhereToPutIt) {
    ASSERT_EQ(phantom("p").code, kExitOk);
    const Ended ended = run("segment " + at("p/image.mha") + " --model /nonexistent --out " + at("out"));
    EXPECT_EQ(ended.code, kExitModel);
    EXPECT_NE(ended.output.find("/nonexistent"), std::string::npos);
    EXPECT_EQ(run("--socket /nonexistent.sock --model /nonexistent", SPINESEG_WORKER_PROGRAM).code,
              kExitModel);
}

TEST_F(CommandLine, AnUnwritableOutputIsFive) {
    EXPECT_EQ(run("phantom --slices 5 --rows 96 --columns 80 --out /proc/nonexistent").code, kExitOutput);
}

TEST_F(CommandLine, APhantomIsASeriesThatOurOwnReaderTakesOnTheGridOfItsTruth) {
    const Ended made = make_phantom_in(folder_ / "p", "--tilt 8");
    ASSERT_EQ(made.code, kExitOk) << made.output;
    const auto series = dicom::read_series(folder_ / "p/dicom");
    const auto labels = read_label_map(folder_ / "p/labels.mha");
    ASSERT_TRUE(series.has_value()) << series.error().describe();
    ASSERT_TRUE(labels.has_value()) << labels.error().describe();
    EXPECT_TRUE(
        same_grid(as_sagittal_stack(series->volume)->geometry, as_sagittal_stack(*labels)->geometry, 0.01));
    ASSERT_EQ(make_phantom_in(folder_ / "q", "--tilt 8").code, kExitOk);
    EXPECT_EQ(bytes_of(folder_ / "p/dicom/IM0003.dcm"), bytes_of(folder_ / "q/dicom/IM0003.dcm"));
}

TEST_F(CommandLine, DicomizeKeepsEveryVoxelAtItsPlaceWithTheRowsHeader) {
    ASSERT_EQ(phantom("p").code, kExitOk);
    std::ofstream(folder_ / "headers.csv") << "new_file_name,sex,EchoTime,PixelSpacing,"
                                              "SoftwareVersions\nmine,F ,101.5,\"[9, 9]\",\"['a', 'b']\"\n";
    const Ended ended = run("dicomize " + at("p/image.mha") + " --headers " + at("headers.csv") +
                            " --row mine --out " + at("series"));
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto series = dicom::read_series(folder_ / "series");
    const auto image = read_volume(folder_ / "p/image.mha");
    ASSERT_TRUE(series && image);
    const auto ours = as_sagittal_stack(series->volume);
    const auto theirs = as_sagittal_stack(*image);
    EXPECT_TRUE(same_grid(ours->geometry, theirs->geometry, 0.01));
    EXPECT_EQ(ours->voxels, theirs->voxels);
    EXPECT_EQ(run("dicomize " + at("p/image.mha") + " --headers " + at("headers.csv") +
                  " --row yours --out " + at("x"))
                  .code,
              kExitInput);
}

TEST_F(CommandLine, SegmentWritesTheSameFilesForTheSameSeed) {
    const SmallBundle bundle(manifest());
    ASSERT_EQ(phantom("p").code, kExitOk);
    const std::string options =
        " --json --seed 3 --threads 1 --model " + bundle.folder().string() + " --out ";
    const Ended first = run("segment " + at("p/image.mha") + options + at("a") + " 2>/dev/null");
    ASSERT_EQ(first.code, kExitOk) << first.output;
    ASSERT_EQ(run("segment " + at("p/image.mha") + options + at("b")).code, kExitOk);
    for (const char* name : {"labels.mha", "uncertainty.mha", "overview.png"}) {
        EXPECT_FALSE(bytes_of(folder_ / "a" / name).empty()) << name;
        EXPECT_EQ(bytes_of(folder_ / "a" / name), bytes_of(folder_ / "b" / name)) << name;
    }
    EXPECT_FALSE(fs::exists(folder_ / "a/segmentation.dcm")) << "there was no series to refer to";
}

TEST_F(CommandLine, RandomWeightsFindNoSpineInADicomSeriesAndSaySo) {
    const SmallBundle bundle(manifest());
    ASSERT_EQ(phantom("p").code, kExitOk);
    const Ended ended =
        run("segment " + at("p/dicom") + " --model " + bundle.folder().string() + " --out " + at("a"));
    EXPECT_TRUE(fs::exists(folder_ / "a/labels.mha"));
    EXPECT_EQ(ended.code, kExitInput) << ended.output;
    EXPECT_NE(ended.output.find("no_anatomy_found"), std::string::npos) << ended.output;
}

}  // namespace command_line_test
}  // namespace spineseg
