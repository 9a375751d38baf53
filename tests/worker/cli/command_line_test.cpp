// SPDX-License-Identifier: GPL-3.0-or-later
// The programs themselves, as a shell runs them.
#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "dicom/series.h"
#include "tests/worker/cli/shell_command.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/cli/exit_code.h"
#include "worker/formats/volume_file.h"
#include "worker/sagittal_stack.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;
using testing::Ended;

Ended run(const std::string& arguments, const std::string& program = SPINESEG_PROGRAM) {
    return testing::ended(program + " " + arguments);
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
    /// Phantoms in SPIDER's layout, in the folder "data".
    void store_cases(const std::vector<std::string>& ids) const {
        fs::create_directories(folder_ / "data/images");
        fs::create_directories(folder_ / "data/masks");
        for (const std::string& id : ids) {
            ASSERT_EQ(phantom(id).code, kExitOk);
            fs::copy(folder_ / id / "image.mha", folder_ / "data/images" / (id + "_t2.mha"));
            fs::copy(folder_ / id / "labels.mha", folder_ / "data/masks" / (id + "_t2.mha"));
        }
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
    for (const char* word :
         {"segment", "evaluate", "calibrate", "sweep", "degrade", "dicomize", "phantom", "Exit codes"})
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
    store_cases({"1", "12"});
    const std::string options = " --data " + at("data") + " --model " + bundle.folder().string();
    const Ended ended =
        run("evaluate --ids 1,12 --report " + at("report.json") + " --page " + at("page.html") + options);
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_NE(ended.output.find("mean of 2 cases"), std::string::npos) << ended.output;
    const auto report = nlohmann::json::parse(bytes_of(folder_ / "report.json"));
    ASSERT_EQ(report["cases"].size(), 2U);
    EXPECT_EQ(report["cases"][0]["file"], "1_t2.mha");
    EXPECT_EQ(report["mean"]["final"]["disc"]["dice"], report["cases"][0]["final"]["disc"]["dice"])
        << "both cases are the same phantom";
    EXPECT_EQ(report["strata"]["contrast"]["t2"]["cases"], 2);
    EXPECT_NE(bytes_of(folder_ / "page.html").find("</html>"), std::string::npos);
    EXPECT_EQ(run("evaluate --ids 1,99" + options).code, kExitInput);
}

TEST_F(CommandLine, EvaluateGroupsCasesByWhatTablesSayOfThemAndByHowTheyWereSpoilt) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    std::ofstream(folder_ / "headers.csv") << "new_file_name,Manufacturer\n1_t2,Acme\n";
    std::ofstream(folder_ / "gradings.csv") << "Patient,IVD label,Pfirrman grade\n1,1,3\n1,2,5\n2,1,1\n";
    const Ended ended =
        run("evaluate --ids 1 --slices 2 --structures vertebra,disc --degrade none,noise:0.5 --headers " +
            at("headers.csv") + " --by Manufacturer --gradings " + at("gradings.csv") + " --data " +
            at("data") + " --report " + at("report.json") + " --model " + bundle.folder().string());
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto report = nlohmann::json::parse(bytes_of(folder_ / "report.json"));
    EXPECT_EQ(report["strata"]["Manufacturer"]["Acme"]["cases"], 2);
    EXPECT_EQ(report["strata"]["worst Pfirrman grade"]["5"]["cases"], 2);
    EXPECT_EQ(report["strata"]["degradation"]["noise:0.5"]["cases"], 1);
    EXPECT_EQ(report["cases"][0]["slices"].size(), 2U);
    EXPECT_FALSE(report["cases"][0]["final"].contains("canal"));
    EXPECT_NE(report["cases"][0]["quality"], report["cases"][1]["quality"]) << "noise changes something";
    const std::string options =
        "evaluate --ids 1 --data " + at("data") + " --model " + bundle.folder().string();
    EXPECT_EQ(run(options + " --degrade dust").code, kExitUsage);
    EXPECT_EQ(run(options + " --by Manufacturer").code, kExitUsage) << "a column of no table";
}

TEST_F(CommandLine, SweepHasACellForEveryPairAndGoesOnFromItsReport) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    const std::string options = "sweep --ids 1 --every 2 --samples 1,3 --data " + at("data") + " --report " +
                                at("sweep.json") + " --model " + bundle.folder().string();
    const Ended first = run(options + " --steps 1");
    ASSERT_EQ(first.code, kExitOk) << first.output;
    const auto before = nlohmann::json::parse(bytes_of(folder_ / "sweep.json"));
    ASSERT_EQ(before["cells"].size(), 3U) << "without diffusion; one step with 1 and with 3 samples";
    const Ended second = run(options + " --steps 1,2");
    ASSERT_EQ(second.code, kExitOk) << second.output;
    const auto after = nlohmann::json::parse(bytes_of(folder_ / "sweep.json"));
    ASSERT_EQ(after["cells"].size(), 5U);
    EXPECT_EQ(after["cells"][2], before["cells"][2]) << "even the seconds: it was not run again";
    EXPECT_NE(second.output.find("| no diffusion |"), std::string::npos) << second.output;
    EXPECT_EQ(run(options + " --seed 9").code, kExitUsage);
}

TEST_F(CommandLine, CalibrateWritesTemperaturesAndThresholdsAndWhoTheyAreFrom) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    const auto before = ModelManifest::read(bundle.folder());
    const Ended ended = run("calibrate --ids 1 --slices 2 --degrade none,noise:1 --data " + at("data") +
                            " --model " + bundle.folder().string());
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto after = ModelManifest::read(bundle.folder());
    ASSERT_TRUE(before && after) << after.error().detail;
    EXPECT_NE(before->digest(), after->digest());
    EXPECT_NE(after->calibration.structure.vertebra, 1.0) << "random weights are not calibrated";
    const auto record = nlohmann::json::parse(bytes_of(bundle.folder() / "training.json"));
    EXPECT_EQ(record["calibration"]["patients"], nlohmann::json({"1"}));
    EXPECT_LT(record["calibration"]["after"]["nll"], record["calibration"]["before"]["nll"]);
    EXPECT_EQ(record["quality"]["cases"], 2);
    // Once more: the temperatures in force are the right ones already.
    ASSERT_EQ(run("calibrate --temperatures-only --ids 1 --slices 2 --data " + at("data") + " --model " +
                  bundle.folder().string())
                  .code,
              kExitOk);
    EXPECT_NEAR(ModelManifest::read(bundle.folder())->calibration.structure.vertebra /
                    after->calibration.structure.vertebra,
                1.0, 0.02);
}

TEST_F(CommandLine, DegradeSpoilsAVolumeAndItsTruthAlike) {
    ASSERT_EQ(phantom("p").code, kExitOk);
    const Ended ended = run("degrade " + at("p/image.mha") + " --truth " + at("p/labels.mha") +
                            " --kind clip --strength 0.5 --out " + at("bad"));
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto image = read_volume(folder_ / "bad/image.mha");
    const auto labels = read_label_map(folder_ / "bad/labels.mha");
    ASSERT_TRUE(image && labels);
    EXPECT_EQ(image->geometry.rows, 62);
    EXPECT_TRUE(same_grid(image->geometry, labels->geometry));
    EXPECT_EQ(run("degrade " + at("p/image.mha") + " --kind region --out " + at("x")).code, kExitUsage)
        << "nothing says where the spine is";
    EXPECT_EQ(run("degrade /nonexistent.mha --kind noise --out " + at("x")).code, kExitInput);
}

}  // namespace
}  // namespace spineseg
