// SPDX-License-Identifier: GPL-3.0-or-later
// The programs themselves, as a shell runs them.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/types.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "dicom/series.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/cli/exit_code.h"
#include "worker/formats/volume_file.h"
#include "worker/sagittal_stack.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

struct Ended {
    int code = -1;
    std::string output;  ///< both streams
};

Ended run(const std::string& arguments, const std::string& program = SPINESEG_PROGRAM) {
    Ended ended;
    FILE* pipe = ::popen((program + " " + arguments + " 2>&1").c_str(), "r");
    if (pipe == nullptr) return ended;
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        ended.output.append(buffer.data(), n);
    const int status = ::pclose(pipe);
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return ended;
}

std::string bytes_of(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

class CommandLine : public ::testing::Test {
  protected:
    CommandLine()
        : folder_(fs::path(::testing::TempDir()) /
                  ("spineseg_cli_" + std::to_string(std::random_device{}()))) {
        fs::create_directories(folder_);
    }
    ~CommandLine() override {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    std::string at(const std::string& name) const { return (folder_ / name).string(); }
    Ended phantom(const std::string& name, const std::string& more = "") const {
        return run("phantom --seed 5 --slices 5 --rows 96 --columns 80 --out " + at(name) + " " + more);
    }
    static ModelManifest manifest() {
        ModelManifest manifest = SmallBundle::small_manifest();
        manifest.input.spacing_mm = 0.9375;
        manifest.input.canvas_rows = manifest.input.canvas_columns = 128;
        manifest.diffusion.samples = 1;
        manifest.diffusion.steps = 1;
        return manifest;
    }

    fs::path folder_;
};

TEST_F(CommandLine, HelpNamesEveryCommandAndTheExitCodes) {
    const Ended help = run("--help");
    EXPECT_EQ(help.code, kExitOk);
    for (const char* word : {"segment", "evaluate", "dicomize", "phantom", "Exit codes"})
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
    const Ended made = phantom("p", "--tilt 8");
    ASSERT_EQ(made.code, kExitOk) << made.output;
    const auto series = dicom::read_series(folder_ / "p/dicom");
    const auto labels = read_label_map(folder_ / "p/labels.mha");
    ASSERT_TRUE(series.has_value()) << series.error().describe();
    ASSERT_TRUE(labels.has_value()) << labels.error().describe();
    EXPECT_TRUE(
        same_grid(as_sagittal_stack(series->volume)->geometry, as_sagittal_stack(*labels)->geometry, 0.01));
    ASSERT_EQ(phantom("q", "--tilt 8").code, kExitOk);
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

TEST_F(CommandLine, EvaluateReportsEveryCaseAndTheMean) {
    const SmallBundle bundle(manifest());
    fs::create_directories(folder_ / "data/images");
    fs::create_directories(folder_ / "data/masks");
    for (const char* id : {"1", "12"}) {
        ASSERT_EQ(phantom(id).code, kExitOk);
        fs::copy(folder_ / id / "image.mha", folder_ / "data/images" / (std::string(id) + "_t2.mha"));
        fs::copy(folder_ / id / "labels.mha", folder_ / "data/masks" / (std::string(id) + "_t2.mha"));
    }
    const std::string options = " --data " + at("data") + " --model " + bundle.folder().string();
    const Ended ended = run("evaluate --ids 1,12 --report " + at("report.json") + options);
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_NE(ended.output.find("mean of 2 cases"), std::string::npos) << ended.output;
    const auto report = nlohmann::json::parse(bytes_of(folder_ / "report.json"));
    ASSERT_EQ(report["cases"].size(), 2U);
    EXPECT_EQ(report["cases"][0]["file"], "1_t2.mha");
    EXPECT_EQ(report["mean"]["disc"], report["cases"][0]["dice"]["disc"])
        << "both cases are the same phantom";
    EXPECT_EQ(run("evaluate --ids 1,99" + options).code, kExitInput);
}

}  // namespace
}  // namespace spineseg
