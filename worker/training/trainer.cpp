// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/training/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "worker/inference/networks.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

/// The exponential moving average of a module's parameters.
class MovingAverage {
  public:
    explicit MovingAverage(const torch::nn::Module& module) : tensors_(state_of(module)) {
        for (auto& [name, tensor] : tensors_) tensor = tensor.clone();
    }
    void update(const torch::nn::Module& module, double decay) {
        torch::NoGradGuard guard;
        for (const auto& [name, tensor] : state_of(module)) tensors_.at(name).lerp_(tensor, 1 - decay);
    }
    TensorMap& tensors() { return tensors_; }

  private:
    TensorMap tensors_;
};

/// A run's folder: checkpoint/ (replaced whole), log.csv, milestone.safetensors, weights.safetensors.
class RunFolder {
  public:
    explicit RunFolder(fs::path folder) : folder_(std::move(folder)) { fs::create_directories(folder_); }

    /// The iteration to go on with; 0 without a checkpoint.
    Result<std::int64_t> resume(torch::nn::Module& module, MovingAverage& average,
                                torch::optim::AdamW& optimiser, const TrainingPlan& plan) {
        std::ifstream progress(checkpoint() / "progress.json");
        if (!progress) return 0;
        const auto json = nlohmann::json::parse(progress, nullptr, false);
        if (json.is_discarded() || json.value("iterations", std::int64_t{0}) != plan.iterations ||
            json.value("seed", std::uint64_t{0}) != plan.seed)
            return failure(
                ErrorCode::invalid_argument,
                checkpoint().string() +
                    " belongs to a run with other iterations or seed; choose another --run folder");
        const auto model = read_safetensors(checkpoint() / "model.safetensors");
        const auto averaged = read_safetensors(checkpoint() / "average.safetensors");
        if (!model) return failure(model.error());
        if (!averaged) return failure(averaged.error());
        if (const auto loaded = load_state(module, model->tensors); !loaded) return failure(loaded.error());
        if (averaged->tensors.size() != average.tensors().size())
            return failure(ErrorCode::model_invalid,
                           (checkpoint() / "average.safetensors").string() + " is of another network");
        average.tensors() = averaged->tensors;
        torch::load(optimiser, (checkpoint() / "optimiser.pt").string());
        return json.value("iteration", std::int64_t{0});
    }

    Result<void> save(const torch::nn::Module& module, MovingAverage& average, torch::optim::AdamW& optimiser,
                      const TrainingPlan& plan, std::int64_t iteration) {
        const fs::path fresh = folder_ / "checkpoint.new";
        fs::remove_all(fresh);
        fs::create_directories(fresh);
        if (auto done = write_safetensors(fresh / "model.safetensors", {state_of(module), {}}); !done)
            return done;
        if (auto done = write_safetensors(fresh / "average.safetensors", {average.tensors(), {}}); !done)
            return done;
        torch::save(optimiser, (fresh / "optimiser.pt").string());
        std::ofstream(fresh / "progress.json")
            << nlohmann::json{{"iteration", iteration}, {"iterations", plan.iterations}, {"seed", plan.seed}};
        fs::remove_all(checkpoint());
        fs::rename(fresh, checkpoint());
        return {};
    }

    void log(const TrainingReport& report) {
        const fs::path file = folder_ / "log.csv";
        const bool fresh = !fs::exists(file);
        std::ofstream out(file, std::ios::app);
        if (fresh) out << "iteration,loss,learning_rate,seconds\n";
        out << report.iteration << ',' << report.loss << ',' << report.learning_rate << ',' << report.seconds
            << '\n';
    }

    Result<void> keep(const std::string& name, const TensorMap& weights) {
        return write_safetensors(folder_ / name, {weights, {}});
    }

  private:
    fs::path checkpoint() const { return folder_ / "checkpoint"; }
    fs::path folder_;
};

void set_learning_rate(torch::optim::AdamW& optimiser, double rate) {
    for (auto& group : optimiser.param_groups())
        static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate);
}

}  // namespace

double learning_rate_factor(const TrainingPlan& plan, std::int64_t iteration) {
    const double position = (static_cast<double>(iteration) + 1) / static_cast<double>(plan.iterations);
    if (position < plan.warm_up) return position / plan.warm_up;
    return 0.5 * (1 + std::cos(std::numbers::pi * (position - plan.warm_up) / (1 - plan.warm_up)));
}

Result<Trained> train(torch::nn::Module& module, const LossOf& loss, const TrainingPlan& plan,
                      const fs::path& run_folder, std::int64_t milestone, const ReportSink& sink) {
    RunFolder folder(run_folder);
    MovingAverage average(module);
    torch::optim::AdamW optimiser(module.parameters(), torch::optim::AdamWOptions(plan.learning_rate)
                                                           .betas({0.9, plan.beta2})
                                                           .weight_decay(plan.weight_decay));
    const auto first = folder.resume(module, average, optimiser, plan);
    if (!first) return failure(first.error());

    const PrecisionScope precision(plan.precision);
    const auto start = std::chrono::steady_clock::now();
    module.train();
    double loss_sum = 0;
    std::int64_t loss_count = 0;
    for (std::int64_t iteration = *first; iteration < plan.iterations; ++iteration) {
        const double rate = plan.learning_rate * learning_rate_factor(plan, iteration);
        set_learning_rate(optimiser, rate);
        optimiser.zero_grad();
        const Tensor value = loss(iteration);
        value.backward();
        torch::nn::utils::clip_grad_norm_(module.parameters(), plan.gradient_clip);
        optimiser.step();
        // A short memory at the start, so that the average is never dominated by random weights.
        const double decay = std::min(plan.average_decay, (1.0 + static_cast<double>(iteration)) /
                                                              (10.0 + static_cast<double>(iteration)));
        average.update(module, decay);
        loss_sum += value.item<double>();
        ++loss_count;

        const std::int64_t done = iteration + 1;
        if (done == milestone)
            if (auto kept = folder.keep("milestone.safetensors", average.tensors()); !kept)
                return failure(kept.error());
        const bool last = done == plan.iterations;
        bool go_on = true;
        if (done % plan.log_every == 0 || last) {
            const TrainingReport report{
                done, plan.iterations, loss_sum / static_cast<double>(loss_count), rate,
                std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()};
            folder.log(report);
            go_on = sink(report);
            loss_sum = 0;
            loss_count = 0;
        }
        if (done % plan.checkpoint_every == 0 || last || !go_on)
            if (auto saved = folder.save(module, average, optimiser, plan, done); !saved)
                return failure(saved.error());
        if (!go_on) return Trained{average.tensors(), false};
    }
    if (auto kept = folder.keep("weights.safetensors", average.tensors()); !kept)
        return failure(kept.error());
    return Trained{average.tensors(), true};
}

}  // namespace spineseg
