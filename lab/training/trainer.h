// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The loop that both networks are trained with: AdamW, warm-up and cosine by iterations, clipped gradients,
/// an exponential moving average, checkpoints that resume to the same run. Owns the run's folder while it
/// runs: checkpoint/, log.csv, validation.csv (Dice of the averaged weights),
/// weights.safetensors. Errors: file_unwritable, model_invalid (a checkpoint that does not fit). One thread
/// at a time.

#include <torch/nn.h>

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/result.h"
#include "lab/training/initial_weights.h"
#include "lab/training/validation.h"
#include "worker/inference/networks/precision.h"

namespace spineseg {

struct TrainingPlan {
    std::int64_t iterations = 4000;
    int batch = 4;
    double learning_rate = 2e-3;
    double weight_decay = 0.01;
    double beta2 = 0.99;
    double warm_up = 0.03;  ///< share of the iterations
    double gradient_clip = 2.0;
    double dice_weight = 1;        ///< of the Dice beside the cross-entropy (presegmentation)
    double average_decay = 0.998;  ///< of the moving average; shorter at the start
    std::uint64_t seed = 1;
    Precision precision = Precision::float32;
    InitialWeights initial;  ///< loaded over whatever the network starts from
    std::int64_t log_every = 50;
    std::int64_t checkpoint_every = 250;
    std::int64_t validate_every = 0;  ///< iterations; 0: never. Also after the last one
    Validator validate;               ///< empty: never
    /// Asked after every iteration; true: a checkpoint, then the end. Empty: never.
    std::function<bool()> interrupted;
};

struct TrainingReport {
    std::int64_t iteration = 0, iterations = 0;
    double loss = 0;  ///< mean since the last report
    double learning_rate = 0;
    double seconds = 0;                        ///< of this process so far
    std::optional<ValidationDice> validation;  ///< where this was an iteration to validate at
};

/// The loss of one iteration, with gradients; the trainer has entered the plan's precision already.
using LossOf = std::function<torch::Tensor(std::int64_t iteration)>;
using ReportSink = std::function<void(const TrainingReport&)>;

struct Trained {
    TensorMap average;      ///< the moving average: the weights to ship
    bool finished = false;  ///< false: stopped early; run again to resume
};

/// Trains `module` in place, from plan.initial where it holds tensors. `run_folder` is created; a checkpoint
/// in it is resumed if it belongs to the same plan (iterations, seed, initial weights).
Result<Trained> train(torch::nn::Module& module, const LossOf& loss, const TrainingPlan& plan,
                      const std::filesystem::path& run_folder, const ReportSink& sink);

/// Where in 0..1 of the learning rate an iteration is.
double learning_rate_factor(const TrainingPlan& plan, std::int64_t iteration);

}  // namespace spineseg
