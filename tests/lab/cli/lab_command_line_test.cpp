// SPDX-License-Identifier: GPL-3.0-or-later
// spineseg-lab as a shell runs it: evaluation, sweep, calibration, degradation.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/worker/cli/command_line_fixture.h"
#include "tests/worker/inference/self_tested_bundle.h"
#include "worker/job/exit_code.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace lab_command_line_test {

namespace fs = std::filesystem;
using testing::bytes_of;
using testing::Ended;

Ended lab(const std::string& arguments) {
    return testing::run(arguments, SPINESEG_LAB_PROGRAM);
}

class LabCommandLine : public testing::CommandLineFixture {
  protected:
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
};

TEST_F(LabCommandLine, HelpNamesEveryCommand) {
    const Ended help = lab("--help");
    EXPECT_EQ(help.code, kExitOk);
    for (const char* word : {"train", "curves", "split", "pack", "crossvalidate", "evaluate", "calibrate",
                             "sweep", "bodies", "intervals", "degrade", "convert", "self-test", "Exit codes"})
        EXPECT_NE(help.output.find(word), std::string::npos) << word;
}

TEST_F(LabCommandLine, EvaluateReportsEveryCaseAndTheMean) {
    const SmallBundle bundle(manifest());
    store_cases({"1", "12"});
    const std::string options = " --data " + at("data") + " --model " + bundle.folder().string();
    const Ended ended =
        lab("evaluate --ids 1,12 --report " + at("report.json") + " --page " + at("page.html") + options);
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    EXPECT_NE(ended.output.find("mean of 2 cases"), std::string::npos) << ended.output;
    const auto report = nlohmann::json::parse(bytes_of(folder_ / "report.json"));
    ASSERT_EQ(report["cases"].size(), 2U);
    EXPECT_EQ(report["cases"][0]["file"], "1_t2.mha");
    EXPECT_EQ(report["mean"]["final"]["disc"]["dice"], report["cases"][0]["final"]["disc"]["dice"])
        << "both cases are the same phantom";
    EXPECT_EQ(report["strata"]["contrast"]["t2"]["cases"], 2);
    EXPECT_NE(bytes_of(folder_ / "page.html").find("</html>"), std::string::npos);
    EXPECT_EQ(lab("evaluate --ids 1,99" + options).code, kExitInput);
}

TEST_F(LabCommandLine, EvaluateGroupsCasesByWhatTablesSayOfThemAndByHowTheyWereSpoilt) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    std::ofstream(folder_ / "headers.csv") << "new_file_name,Manufacturer\n1_t2,Acme\n";
    std::ofstream(folder_ / "gradings.csv") << "Patient,IVD label,Pfirrman grade\n1,1,3\n1,2,5\n2,1,1\n";
    const Ended ended =
        lab("evaluate --ids 1 --slices 2 --structures vertebra,disc --degrade none,noise:0.5 --headers " +
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
    EXPECT_EQ(lab(options + " --degrade dust").code, kExitUsage);
    EXPECT_EQ(lab(options + " --by Manufacturer").code, kExitUsage) << "a column of no table";
}

TEST_F(LabCommandLine, SweepHasACellForEveryPairAndGoesOnFromItsReport) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    const std::string options = "sweep --ids 1 --every 2 --samples 1,3 --data " + at("data") + " --report " +
                                at("sweep.json") + " --model " + bundle.folder().string();
    const Ended first = lab(options + " --steps 1");
    ASSERT_EQ(first.code, kExitOk) << first.output;
    const auto before = nlohmann::json::parse(bytes_of(folder_ / "sweep.json"));
    ASSERT_EQ(before["cells"].size(), 3U) << "without diffusion; one step with 1 and with 3 samples";
    const Ended second = lab(options + " --steps 1,2");
    ASSERT_EQ(second.code, kExitOk) << second.output;
    const auto after = nlohmann::json::parse(bytes_of(folder_ / "sweep.json"));
    ASSERT_EQ(after["cells"].size(), 5U);
    EXPECT_EQ(after["cells"][2], before["cells"][2]) << "even the seconds: it was not run again";
    EXPECT_NE(second.output.find("| no diffusion |"), std::string::npos) << second.output;
    EXPECT_EQ(lab(options + " --seed 9").code, kExitUsage);
}

TEST_F(LabCommandLine, CalibrateWritesTemperaturesAndThresholdsAndWhoTheyAreFrom) {
    const SelfTestedBundle bundle(manifest());
    store_cases({"1"});
    const auto before = ModelManifest::read(bundle.folder());
    const Ended ended = lab("calibrate --ids 1 --slices 2 --degrade none,noise:1 --data " + at("data") +
                            " --model " + bundle.folder().string());
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto after = ModelManifest::read(bundle.folder());
    ASSERT_TRUE(before && after) << after.error().detail;
    EXPECT_NE(before->digest(), after->digest());
    EXPECT_TRUE(before->self_test.has_value());
    EXPECT_FALSE(after->self_test.has_value()) << "its probabilities had the temperatures of before";
    EXPECT_NE(after->calibration.structure.vertebra, 1.0) << "random weights are not calibrated";
    const auto record = nlohmann::json::parse(bytes_of(bundle.folder() / "training.json"));
    EXPECT_EQ(record["calibration"]["patients"], nlohmann::json({"1"}));
    EXPECT_LT(record["calibration"]["after"]["nll"], record["calibration"]["before"]["nll"]);
    EXPECT_EQ(record["quality"]["cases"], 2);
    // Once more: the temperatures in force are the right ones already.
    ASSERT_EQ(lab("calibrate --temperatures-only --ids 1 --slices 2 --data " + at("data") + " --model " +
                  bundle.folder().string())
                  .code,
              kExitOk);
    EXPECT_NEAR(ModelManifest::read(bundle.folder())->calibration.structure.vertebra /
                    after->calibration.structure.vertebra,
                1.0, 0.02);
}

TEST_F(LabCommandLine, DegradeSpoilsAVolumeAndItsTruthAlike) {
    ASSERT_EQ(phantom("p").code, kExitOk);
    const Ended ended = lab("degrade " + at("p/image.mha") + " --truth " + at("p/labels.mha") +
                            " --kind clip --strength 0.5 --out " + at("bad"));
    ASSERT_EQ(ended.code, kExitOk) << ended.output;
    const auto image = read_volume(folder_ / "bad/image.mha");
    const auto labels = read_label_map(folder_ / "bad/labels.mha");
    ASSERT_TRUE(image && labels);
    EXPECT_EQ(image->geometry.rows, 62);
    EXPECT_TRUE(same_grid(image->geometry, labels->geometry));
    EXPECT_EQ(lab("degrade " + at("p/image.mha") + " --kind region --out " + at("x")).code, kExitUsage)
        << "nothing says where the spine is";
    EXPECT_EQ(lab("degrade /nonexistent.mha --kind noise --out " + at("x")).code, kExitInput);
}

TEST_F(LabCommandLine, SelfTestIsMadeFromThePhantomAndRun) {
    const fs::path bundle = folder_ / "lumbar-fast";
    fs::copy(fs::path(SPINESEG_SOURCE_DIR) / "models/lumbar-fast", bundle);
    auto manifest = ModelManifest::read(bundle);
    ASSERT_TRUE(manifest.has_value());
    manifest->self_test.reset();
    ASSERT_TRUE(write_manifest(bundle, *manifest));
    const std::string model = " --model " + bundle.string();
    EXPECT_NE(lab("self-test" + model).output.find("absent"), std::string::npos);
    const Ended made = lab("self-test --write --precision float32" + model);
    ASSERT_EQ(made.code, kExitOk) << made.output;
    EXPECT_NE(made.output.find("self-test passed on cpu, float32"), std::string::npos) << made.output;
    const auto after = ModelManifest::read(bundle);
    ASSERT_TRUE(after->self_test.has_value());
    EXPECT_EQ(after->digest(), manifest->digest());
    EXPECT_LT(fs::file_size(bundle / after->self_test->file), 130'000U);
}

TEST_F(LabCommandLine, SelfTestIsNotMadeOfAModelThatFindsNothing) {
    const SmallBundle bundle(manifest());
    {
        // Every class equally likely: the first one, background, is taken everywhere.
        const torch::NoGradGuard no_grad;
        PresegmentationUNet network = bundle.networks().presegmentation.front();
        network->final_conv->weight.zero_();
        network->final_conv->bias.zero_();
        bundle.write();
    }
    const Ended ended = lab("self-test --write --model " + bundle.folder().string());
    EXPECT_EQ(ended.code, kExitUsage) << ended.output;
    EXPECT_NE(ended.output.find("finds too little"), std::string::npos) << ended.output;
    EXPECT_FALSE(ModelManifest::read(bundle.folder())->self_test.has_value());
}

TEST_F(LabCommandLine, TrainingRefusesBfloat16WithoutAvx512AtOnce) {
    const SmallBundle bundle(manifest());
    store_cases({"1"});
    const Ended ended =
        testing::run("train presegmentation --data " + at("data") + " --bundle " + bundle.folder().string() +
                         " --run " + at("run") + " --hold-out 18 --iterations 1 --precision bfloat16",
                     std::string("ONEDNN_MAX_CPU_ISA=AVX2 ") + SPINESEG_LAB_PROGRAM);
    EXPECT_EQ(ended.code, kExitUsage) << ended.output;
    EXPECT_NE(ended.output.find("bfloat16 cannot be computed on this processor"), std::string::npos)
        << ended.output;
}

}  // namespace lab_command_line_test
}  // namespace spineseg
