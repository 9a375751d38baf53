// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/trainer.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <limits>

#include "lab/training/diffusion_training.h"
#include "lab/training/presegmentation_training.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace trainer_test {

namespace fs = std::filesystem;
using torch::Tensor;

class Trainer : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        plan_.iterations = 60;
        plan_.log_every = 10;
        plan_.checkpoint_every = 20;
        plan_.learning_rate = 1e-2;
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// Fits y = 3x on points that depend on the iteration only.
    Result<Trained> fit(
        const std::string& run, const ReportSink& sink = [](const TrainingReport&) {}) {
        torch::manual_seed(4);
        torch::nn::Linear line(1, 1);
        const auto loss = [&](std::int64_t iteration) {
            const Tensor x = torch::arange(8).to(torch::kFloat32).unsqueeze(1) / 8 +
                             0.01 * static_cast<double>(iteration % 7);
            return torch::mse_loss(line->forward(x), 3 * x);
        };
        return train(*line, loss, plan_, folder_ / run, sink);
    }

    Result<Trained> fit_until(std::int64_t iterations, const std::string& run) {
        plan_.interrupted = [done = std::int64_t{0}, iterations]() mutable { return ++done == iterations; };
        auto stopped = fit(run);
        plan_.interrupted = {};
        return stopped;
    }

    fs::path folder_;
    TrainingPlan plan_;
};

/// Ctrl-C was looked at with every fiftieth iteration only: minutes, with a wide network.
TEST_F(Trainer, AnInterruptIsObeyedAfterTheIterationAndTheRunResumesThere) {
    int asked = 0;
    plan_.interrupted = [&] { return ++asked == 13; };
    const auto stopped = fit("interrupted");
    ASSERT_TRUE(stopped) << stopped.error().describe();
    EXPECT_FALSE(stopped->finished);
    EXPECT_EQ(asked, 13);
    const auto resumed = fit("interrupted");
    ASSERT_TRUE(resumed) << resumed.error().describe();
    EXPECT_EQ(asked, 60);
    plan_.interrupted = {};
    const auto whole = fit("whole");
    for (const auto& [name, tensor] : whole->average)
        EXPECT_TRUE(torch::equal(tensor, resumed->average.at(name)));
}

/// Two trainings in one folder both went on from its checkpoint and wrote over each other's.
TEST_F(Trainer, ASecondTrainingInTheSameFolderIsRefusedWhileTheFirstGoesOn) {
    std::optional<Error> second;
    const auto first = fit("shared", [&](const TrainingReport&) {
        if (!second) {
            const auto intruder = fit("shared");
            if (!intruder) second = intruder.error();
        }
    });
    ASSERT_TRUE(first) << first.error().describe();
    ASSERT_TRUE(second);
    EXPECT_THAT(second->detail, ::testing::HasSubstr("another training goes on in"));
    EXPECT_TRUE(fit("shared")) << "free again afterwards";
}

TEST_F(Trainer, ResumedRunEndsWhereAnUninterruptedOneEnds) {
    const auto whole = fit("whole");
    ASSERT_TRUE(whole) << whole.error().describe();
    EXPECT_TRUE(whole->finished);
    const auto stopped = fit_until(30, "halves");
    ASSERT_TRUE(stopped) << stopped.error().describe();
    EXPECT_FALSE(stopped->finished);
    EXPECT_FALSE(fs::exists(folder_ / "halves" / "weights.safetensors"));
    const auto resumed = fit("halves", [](const TrainingReport& report) { EXPECT_GT(report.iteration, 30); });
    ASSERT_TRUE(resumed) << resumed.error().describe();
    EXPECT_TRUE(fs::exists(folder_ / "halves" / "weights.safetensors"));
    for (const auto& [name, tensor] : whole->average)
        EXPECT_TRUE(torch::allclose(tensor, resumed->average.at(name), 0, 1e-7)) << name;
}

TEST_F(Trainer, CheckpointOfAnotherRunIsRefused) {
    ASSERT_TRUE(fit_until(10, "run"));
    plan_.iterations = 61;
    const auto other = fit("run");
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::invalid_argument);
}

TEST_F(Trainer, InitialWeightsReplaceTheRandomOnesAndBelongToTheRun) {
    plan_.learning_rate = 1e-9;  // stands still: what comes out is what went in
    plan_.initial = {.tensors = {{"weight", torch::full({1, 1}, 2.5)}, {"bias", torch::full({1}, -0.5)}},
                     .source = "somewhere",
                     .sha256 = "abc"};
    const auto trained = fit_until(30, "run");
    ASSERT_TRUE(trained) << trained.error().describe();
    EXPECT_NEAR(trained->average.at("weight").item<double>(), 2.5, 1e-5);
    EXPECT_NEAR(trained->average.at("bias").item<double>(), -0.5, 1e-5);
    plan_.initial = {};
    const auto other = fit("run");
    ASSERT_FALSE(other) << "a checkpoint that began elsewhere is not resumed";
    EXPECT_EQ(other.error().code, ErrorCode::invalid_argument);
}

TEST_F(Trainer, ALossThatIsNotFiniteEndsTheRunAndNamesTheIteration) {
    torch::nn::Linear line(1, 1);
    const auto loss = [&](std::int64_t iteration) {
        const Tensor fit = line->forward(torch::ones({1, 1})).sum();
        return iteration < 3 ? fit : fit * std::numeric_limits<double>::quiet_NaN();
    };
    const auto ended = train(*line, loss, plan_, folder_ / "nan", [](const TrainingReport&) {});
    ASSERT_FALSE(ended);
    EXPECT_NE(ended.error().detail.find("iteration 3"), std::string::npos) << ended.error().detail;
}

TEST_F(Trainer, LearningRateRisesThenFallsToNothing) {
    plan_.iterations = 1000;
    EXPECT_LT(learning_rate_factor(plan_, 0), 0.05);
    EXPECT_NEAR(learning_rate_factor(plan_, 30), 1.0, 0.01);
    EXPECT_NEAR(learning_rate_factor(plan_, 514), 0.5, 0.02);
    EXPECT_NEAR(learning_rate_factor(plan_, 999), 0.0, 1e-3);
}

/// A bright square to find: enough to see both networks learn through every part of the real training code.
std::vector<TrainingCase> squares() {
    const Tensor intensities = torch::full({4, 64, 64}, 10.0);
    const Tensor labels = torch::zeros({4, 64, 64}, torch::kUInt8);
    for (int i = 0; i < 4; ++i) {
        intensities[i].narrow(0, 10 + 6 * i, 20).narrow(1, 20, 20).fill_(100);
        labels[i].narrow(0, 10 + 6 * i, 20).narrow(1, 20, 20).fill_(2);
    }
    return {{.id = "1",
             .slices = {intensities, torch::ones({4, 64, 64}, torch::kBool)},
             .shares = labels_as_shares(labels)}};
}

AugmentationPlan small_crops() {
    AugmentationPlan plan;
    plan.crop = {48, 48};
    plan.shift_rows_mm = plan.shift_columns_mm = 8;
    plan.curve = plan.inversion = plan.structure_gain = plan.field_of_view = 0;
    return plan;
}

TEST_F(Trainer, BothNetworksLearnASquareAndLeaveTheirWeights) {
    const Widths widths{16, 16, 16, 16, 16, 16};
    plan_.batch = 2;
    std::vector<double> losses;
    const auto collect = [&](const TrainingReport& report) { losses.push_back(report.loss); };
    const auto presegmenter =
        train_presegmentation(squares(), InputPlan{}, widths, small_crops(), plan_, folder_ / "pre", collect);
    ASSERT_TRUE(presegmenter) << presegmenter.error().describe();
    EXPECT_LT(losses.back(), 0.6 * losses.front());

    losses.clear();
    plan_.learning_rate = 1e-3;
    DiffusionTraining settings{.diffusion = {.widths = widths},
                               .augmentation = small_crops(),
                               .training = plan_,
                               .corruption = {},
                               .presegmenters = {{presegmenter->average, widths, {"1"}}}};
    const auto refiner = train_diffusion(squares(), InputPlan{}, settings, folder_ / "diff", collect);
    ASSERT_TRUE(refiner) << refiner.error().describe();
    EXPECT_LT(losses.back(), losses.front());
    EXPECT_EQ(refiner->average.count("embed_model.conv_0.conv_0.conv.weight"), 1u);
    EXPECT_EQ(refiner->average.count("model.upcat_4.upsample.deconv.weight"), 1u);
}

TEST_F(Trainer, AResidualRefinerThatHasLearntNothingRepeatsItsPresegmenter) {
    const Widths widths{16, 16, 16, 16, 16, 16};
    torch::manual_seed(1);
    const TensorMap presegmenter = state_of(*PresegmentationUNet(widths));
    plan_.iterations = 1;
    plan_.learning_rate = 0;
    plan_.batch = 1;
    const DiffusionTraining settings{.diffusion = {.widths = widths, .prediction = Prediction::residual},
                                     .augmentation = small_crops(),
                                     .training = plan_,
                                     .corruption = {},
                                     .presegmenters = {{presegmenter, widths, {}}}};
    const auto refiner =
        train_diffusion(squares(), InputPlan{}, settings, folder_, [](const TrainingReport&) {});
    ASSERT_TRUE(refiner) << refiner.error().describe();
    EXPECT_EQ(refiner->average.at("model.final_conv.weight").abs().max().item<float>(), 0);
    EXPECT_EQ(refiner->average.at("model.final_conv.bias").abs().max().item<float>(), 0);
    EXPECT_TRUE(torch::equal(refiner->average.at("embed_model.conv_0.conv_0.conv.weight"),
                             presegmenter.at("encoder.conv_0.conv_0.conv.weight")));
}

TEST_F(Trainer, ARefinerWithoutAPresegmenterIsRefused) {
    const DiffusionTraining settings{.diffusion = {.widths = {16, 16, 16, 16, 16, 16}},
                                     .augmentation = small_crops(),
                                     .training = plan_,
                                     .corruption = {},
                                     .presegmenters = {}};
    const auto refiner =
        train_diffusion(squares(), InputPlan{}, settings, folder_, [](const TrainingReport&) {});
    ASSERT_FALSE(refiner);
    EXPECT_EQ(refiner.error().code, ErrorCode::invalid_argument);
}

}  // namespace trainer_test
}  // namespace spineseg
