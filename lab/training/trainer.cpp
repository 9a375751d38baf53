// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>

#include "lab/training/run_lock.h"
#include "worker/inference/networks/networks.h"

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

/// Rows of a table whose first column is the iteration: those that a checkpoint at `iteration` knows of. A
/// killed run may have written more, and would write them again.
void forget_rows_after(const fs::path& csv, std::int64_t iteration) {
    std::ifstream in(csv);
    if (!in) return;
    std::string kept, line;
    for (bool header = true; std::getline(in, line); header = false)
        if (header || std::strtoll(line.c_str(), nullptr, 10) <= iteration) kept += line + '\n';
    in.close();
    std::ofstream(csv, std::ios::trunc) << kept;
}

/// The files that train() describes. A checkpoint is replaced whole.
class RunFolder {
  public:
    explicit RunFolder(fs::path folder) : folder_(std::move(folder)) {
        fs::create_directories(folder_);
        // Killed between removing the old checkpoint and renaming the new one, whose last file is
        // progress.json.
        if (!fs::exists(checkpoint()) && fs::exists(fresh_checkpoint() / "progress.json"))
            fs::rename(fresh_checkpoint(), checkpoint());
    }

    /// The iteration to go on with; 0 without a checkpoint.
    Result<std::int64_t> resume(torch::nn::Module& module, MovingAverage& average,
                                torch::optim::AdamW& optimiser, const TrainingPlan& plan) {
        std::ifstream progress(checkpoint() / "progress.json");
        if (!progress) {
            forget_after(0);
            return 0;
        }
        const auto json = nlohmann::json::parse(progress, nullptr, false);
        if (json.is_discarded() || json.value("iterations", std::int64_t{0}) != plan.iterations ||
            json.value("seed", std::uint64_t{0}) != plan.seed ||
            json.value("initial_sha256", std::string()) != plan.initial.sha256)
            return failure(ErrorCode::invalid_argument,
                           checkpoint().string() +
                               " belongs to a run with other iterations, seed or initial weights; choose "
                               "another --run folder");
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
        const auto iteration = json.value("iteration", std::int64_t{0});
        forget_after(iteration);
        return iteration;
    }

    Result<void> save(const torch::nn::Module& module, MovingAverage& average, torch::optim::AdamW& optimiser,
                      const TrainingPlan& plan, std::int64_t iteration) {
        const fs::path fresh = fresh_checkpoint();
        fs::remove_all(fresh);
        fs::create_directories(fresh);
        if (auto done = write_safetensors(fresh / "model.safetensors", {state_of(module), {}}); !done)
            return done;
        if (auto done = write_safetensors(fresh / "average.safetensors", {average.tensors(), {}}); !done)
            return done;
        torch::save(optimiser, (fresh / "optimiser.pt").string());
        std::ofstream(fresh / "progress.json") << nlohmann::json{{"iteration", iteration},
                                                                 {"iterations", plan.iterations},
                                                                 {"seed", plan.seed},
                                                                 {"initial_sha256", plan.initial.sha256}};
        fs::remove_all(checkpoint());
        fs::rename(fresh, checkpoint());
        return {};
    }

    void log(const TrainingReport& report) {
        auto out = appended("log.csv", "iteration,loss,learning_rate,seconds");
        out << report.iteration << ',' << report.loss << ',' << report.learning_rate << ',' << report.seconds
            << '\n';
        if (!report.validation) return;
        auto dice = appended("validation.csv", "iteration,canal,vertebra,disc,mean");
        dice << report.iteration;
        for (const auto& value : report.validation->dice)
            dice << ',' << (value ? std::to_string(*value) : "");
        const auto mean = report.validation->mean();
        dice << ',' << (mean ? std::to_string(*mean) : "") << '\n';
    }

    Result<void> keep(const std::string& name, const TensorMap& weights) {
        return write_safetensors(folder_ / name, {weights, {}});
    }

  private:
    fs::path checkpoint() const { return folder_ / "checkpoint"; }
    fs::path fresh_checkpoint() const { return folder_ / "checkpoint.new"; }
    void forget_after(std::int64_t iteration) {
        for (const char* table : {"log.csv", "validation.csv"}) forget_rows_after(folder_ / table, iteration);
    }
    std::ofstream appended(const char* name, const char* header) {
        const bool fresh = !fs::exists(folder_ / name);
        std::ofstream out(folder_ / name, std::ios::app);
        if (fresh) out << header << '\n';
        return out;
    }
    fs::path folder_;
};

/// A run from its checkpoint, or its beginning, to its end.
class TrainingRun {
  public:
    TrainingRun(torch::nn::Module& module, const LossOf& loss, const TrainingPlan& plan,
                const fs::path& folder)
        : module_(module),
          loss_(loss),
          plan_(plan),
          folder_(folder),
          average_(module),
          optimiser_(module.parameters(), torch::optim::AdamWOptions(plan.learning_rate)
                                              .betas({0.9, plan.beta2})
                                              .weight_decay(plan.weight_decay)) {}

    Result<Trained> run(const ReportSink& sink) {
        const auto first = folder_.resume(module_, average_, optimiser_, plan_);
        if (!first) return failure(first.error());
        for (std::int64_t iteration = *first; iteration < plan_.iterations; ++iteration) {
            if (auto stepped = step(iteration); !stepped) return failure(stepped.error());
            const std::int64_t done = iteration + 1;
            const bool last = done == plan_.iterations;
            const auto validation = validated(done, last);
            if (!validation) return failure(validation.error());
            const bool interrupted = plan_.interrupted && plan_.interrupted();
            if (done % plan_.log_every == 0 || last || *validation) report(done, *validation, sink);
            if (done % plan_.checkpoint_every == 0 || last || interrupted)
                if (auto saved = folder_.save(module_, average_, optimiser_, plan_, done); !saved)
                    return failure(saved.error());
            if (interrupted) return Trained{average_.tensors(), false};
        }
        if (auto kept = folder_.keep("weights.safetensors", average_.tensors()); !kept)
            return failure(kept.error());
        return Trained{average_.tensors(), true};
    }

  private:
    Result<void> step(std::int64_t iteration) {
        rate_ = plan_.learning_rate * learning_rate_factor(plan_, iteration);
        for (auto& group : optimiser_.param_groups())
            static_cast<torch::optim::AdamWOptions&>(group.options()).lr(rate_);
        optimiser_.zero_grad();
        const Tensor loss = loss_(iteration);
        const double value = loss.item<double>();
        if (!std::isfinite(value))
            return failure(ErrorCode::invalid_argument, "the loss is not finite at iteration " +
                                                            std::to_string(iteration) +
                                                            "; try a lower learning rate");
        loss.backward();
        torch::nn::utils::clip_grad_norm_(module_.parameters(), plan_.gradient_clip);
        optimiser_.step();
        // A short memory at the start, so that the average is never dominated by random weights.
        const double n = static_cast<double>(iteration);
        average_.update(module_, std::min(plan_.average_decay, (1.0 + n) / (10.0 + n)));
        loss_sum_ += value;
        ++loss_count_;
        return {};
    }

    Result<std::optional<ValidationDice>> validated(std::int64_t done, bool last) {
        if (!plan_.validate || plan_.validate_every <= 0 || (done % plan_.validate_every != 0 && !last))
            return std::nullopt;
        auto dice = plan_.validate(average_.tensors());
        if (!dice) return failure(dice.error());
        return std::optional(*dice);
    }

    void report(std::int64_t done, const std::optional<ValidationDice>& validation, const ReportSink& sink) {
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        const TrainingReport report{.iteration = done,
                                    .iterations = plan_.iterations,
                                    .loss = loss_sum_ / static_cast<double>(loss_count_),
                                    .learning_rate = rate_,
                                    .seconds = seconds,
                                    .validation = validation};
        loss_sum_ = 0;
        loss_count_ = 0;
        folder_.log(report);
        sink(report);
    }

    torch::nn::Module& module_;
    const LossOf& loss_;
    const TrainingPlan& plan_;
    RunFolder folder_;
    MovingAverage average_;
    torch::optim::AdamW optimiser_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    double rate_ = 0, loss_sum_ = 0;
    std::int64_t loss_count_ = 0;
};

}  // namespace

double learning_rate_factor(const TrainingPlan& plan, std::int64_t iteration) {
    const double position = (static_cast<double>(iteration) + 1) / static_cast<double>(plan.iterations);
    if (position < plan.warm_up) return position / plan.warm_up;
    return 0.5 * (1 + std::cos(std::numbers::pi * (position - plan.warm_up) / (1 - plan.warm_up)));
}

Result<Trained> train(torch::nn::Module& module, const LossOf& loss, const TrainingPlan& plan,
                      const fs::path& run_folder, const ReportSink& sink) {
    const PrecisionScope precision(plan.precision);
    module.train();
    if (!plan.initial.tensors.empty())
        if (auto loaded = load_state(module, plan.initial.tensors); !loaded) return failure(loaded.error());
    const auto lock = RunLock::take(run_folder);
    if (!lock) return failure(lock.error());
    return TrainingRun(module, loss, plan, run_folder).run(sink);
}

}  // namespace spineseg
