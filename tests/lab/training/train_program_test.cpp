// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/train_program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/worker/inference/small_bundle.h"

namespace spineseg {
namespace train_program_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using torch::Tensor;

/// A case with a bright square on it.
TrainingCase square(const std::string& id, int at) {
    const Tensor intensities = torch::full({2, 48, 48}, 10.0);
    const Tensor labels = torch::zeros({2, 48, 48}, torch::kUInt8);
    intensities.narrow(1, at, 16).narrow(2, 16, 16).fill_(100);
    labels.narrow(1, at, 16).narrow(2, 16, 16).fill_(2);
    return {.id = id,
            .slices = {intensities, torch::ones({2, 48, 48}, torch::kBool)},
            .shares = labels_as_shares(labels)};
}

Result<std::vector<TrainingCase>> four_patients(const InputPlan&) {
    return std::vector{square("1_t1", 4), square("1_t2", 8), square("2_t2", 12), square("3_t2", 16),
                       square("18_t2", 20)};
}

class TrainProgram : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ = bundle_.folder();
        options_.bundle = folder_.string();
        options_.run = (folder_ / "run").string();
        options_.augmentation.crop = {32, 32};
        options_.augmentation.shift_rows_mm = options_.augmentation.shift_columns_mm =
            4;  // the square stays in sight
        options_.plan.iterations = 4;
        options_.plan.batch = 1;
        options_.plan.log_every = 2;
        options_.plan.checkpoint_every = 2;
        options_.precision = "float32";
        options_.threads = 1;
        options_.rules.exclude = {"18"};
        std::ofstream(folder_ / "splits.json")
            << R"([{"train": ["2", "3_t2"], "val": ["1"]}, {"train": ["1", "2"], "val": ["3"]}])";
    }
    Result<void> train(TrainedNetwork network = TrainedNetwork::presegmentation) const {
        return run_training(options_, network, four_patients, [](const fs::path&) {});
    }
    nlohmann::json json(const std::string& name) const {
        std::ifstream in(folder_ / name);
        return nlohmann::json::parse(in, nullptr, false);
    }
    std::string refused(TrainedNetwork network = TrainedNetwork::presegmentation) const {
        const auto done = train(network);
        return done ? "" : done.error().detail;
    }

    SmallBundle bundle_;
    fs::path folder_;
    TrainOptions options_;
};

TEST_F(TrainProgram, ADenoiserIsNotTrainedOnPartlyLabelledCases) {
    const auto with_partial = [](const InputPlan& input) {
        auto cases = four_patients(input);
        cases->push_back(square("sudirman_0001_t1", 12));
        cases->back().unknown = torch::ones({2, 1, 48, 48}, torch::kFloat16);
        return cases;
    };
    ASSERT_TRUE(
        run_training(options_, TrainedNetwork::presegmentation, with_partial, [](const fs::path&) {}));
    EXPECT_EQ(json("training.json")["presegmentation"]["patients"],
              (nlohmann::json{"1", "2", "3", "sudirman_0001"}));
    options_.presegmentation_runs = {options_.run};
    options_.run = (folder_ / "run-2").string();
    ASSERT_TRUE(run_training(options_, TrainedNetwork::diffusion, with_partial, [](const fs::path&) {}));
    EXPECT_EQ(json("training.json")["diffusion"]["patients"], (nlohmann::json{"1", "2", "3"}));
}

TEST_F(TrainProgram, PutsWeightsDigestAndRecordIntoTheBundle) {
    const std::string before = ModelManifest::read(folder_)->presegmentation.members[0].sha256;
    ASSERT_TRUE(train()) << refused();
    EXPECT_NE(ModelManifest::read(folder_)->presegmentation.members[0].sha256, before);
    EXPECT_TRUE(load_bundle(folder_, torch::kCPU)) << "digests agree";
    EXPECT_EQ(json("training.json")["presegmentation"]["patients"], (nlohmann::json{"1", "2", "3"}))
        << "18 is held out";
}

TEST_F(TrainProgram, FoldsGoIntoFoldersOfTheirOwnAndLeaveThePlanAlone) {
    options_.splits = (folder_ / "splits.json").string();
    options_.folds = "all";
    options_.plan.validate_every = 2;
    const std::string before = ModelManifest::read(folder_)->digest();
    ASSERT_TRUE(train()) << refused();
    EXPECT_EQ(ModelManifest::read(folder_)->digest(), before);
    EXPECT_EQ(json("fold_0/training.json")["presegmentation"]["patients"], (nlohmann::json{"2", "3"}));
    EXPECT_EQ(json("fold_0/training.json")["presegmentation"]["validated_on"], (nlohmann::json{"1"}));
    EXPECT_EQ(json("fold_1/training.json")["presegmentation"]["patients"], (nlohmann::json{"1", "2"}));
    EXPECT_NE(ModelManifest::read(folder_ / "fold_0")->presegmentation.members[0].sha256,
              ModelManifest::read(folder_ / "fold_1")->presegmentation.members[0].sha256);
    std::ifstream validation(folder_ / "run/fold_1/validation.csv");
    std::vector<std::string> rows;
    for (std::string row; std::getline(validation, row);) rows.push_back(row.substr(0, row.find(',')));
    EXPECT_THAT(rows, ElementsAre("iteration", "2", "4"));

    options_.run += "-diffusion";
    options_.presegmentation_runs = {(folder_ / "run").string()};
    ASSERT_TRUE(train(TrainedNetwork::diffusion)) << refused(TrainedNetwork::diffusion);
    EXPECT_TRUE(load_bundle(folder_ / "fold_1", torch::kCPU)) << "a whole bundle, both digests right";
}

TEST_F(TrainProgram, ValidatingChangesNoWeight) {
    options_.splits = (folder_ / "splits.json").string();
    options_.fold = 0;
    ASSERT_TRUE(train()) << refused();
    const std::string alone = ModelManifest::read(folder_)->presegmentation.members[0].sha256;
    options_.run += "-validated";
    options_.plan.validate_every = 1;
    ASSERT_TRUE(train()) << refused();
    EXPECT_EQ(ModelManifest::read(folder_)->presegmentation.members[0].sha256, alone);
}

TEST_F(TrainProgram, ARunDoesNotGoOnWithOtherPatients) {
    ASSERT_TRUE(train()) << refused();
    options_.rules.exclude = {"18", "2"};
    EXPECT_THAT(refused(), AllOf(HasSubstr(options_.run), HasSubstr("cases")));
    options_.rules.exclude = {"18"};
    options_.plan.batch = 2;
    EXPECT_THAT(refused(), HasSubstr("batch"));
}

TEST_F(TrainProgram, TimestepsReplaceTheManifestsAndAreWrittenThere) {
    ASSERT_TRUE(train()) << refused();
    options_.presegmentation_runs = {options_.run};
    options_.run += "-diffusion";
    options_.timesteps = 30;
    ASSERT_TRUE(train(TrainedNetwork::diffusion)) << refused(TrainedNetwork::diffusion);
    EXPECT_EQ(ModelManifest::read(folder_)->diffusion.timesteps, 30);
    options_.timesteps = 2;
    EXPECT_THAT(refused(TrainedNetwork::diffusion), HasSubstr("diffusion.steps"))
        << "the manifest samples three";
    EXPECT_THAT(refused(), HasSubstr("--timesteps")) << "the presegmentation has none";
}

TEST_F(TrainProgram, EpochsArePassesOverTheRealSlices) {
    options_.epochs = 2;
    options_.plan.batch = 4;
    ASSERT_TRUE(train()) << refused();  // four cases of two slices: two batches an epoch
    EXPECT_EQ(json("training.json")["presegmentation"]["iterations"], 4);
}

TEST_F(TrainProgram, AMemberThatTheManifestDoesNotNameIsRefused) {
    options_.member = 1;
    EXPECT_THAT(refused(), AllOf(HasSubstr("presegmentation.members"), HasSubstr("1")));
}

TEST_F(TrainProgram, OptionsThatContradictEachOtherAreNamed) {
    options_.classes = 5;
    EXPECT_THAT(refused(), AllOf(HasSubstr("--classes 5"), HasSubstr("4 classes")));
    options_.classes = 4;
    options_.fold = 0;
    EXPECT_THAT(refused(), HasSubstr("--splits"));
    options_.splits = (folder_ / "splits.json").string();
    options_.folds = "all";
    EXPECT_THAT(refused(), HasSubstr("not both"));
    options_.folds.clear();
    options_.fold = 7;
    EXPECT_THAT(refused(), HasSubstr("0 to 1"));
    options_.fold.reset();
    EXPECT_THAT(refused(), HasSubstr("--fold K"));
    options_.splits.clear();
    options_.plan.validate_every = 10;
    EXPECT_THAT(refused(), HasSubstr("--validate-ids"));
    options_.plan.validate_every = 0;
    options_.augmentation.crop = {48, 40};
    EXPECT_THAT(refused(), HasSubstr("multiple of 16"));
}

}  // namespace train_program_test
}  // namespace spineseg
