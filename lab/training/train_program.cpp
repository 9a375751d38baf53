// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/train_program.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <thread>

#include "lab/training/anchor_training.h"
#include "lab/training/bundle_training.h"
#include "lab/training/splits.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

volatile std::sig_atomic_t g_interrupted = 0;

/// The networks give background and core's three structures.
constexpr int kClasses = kStructures + 1;

void say_validation(const ValidationDice& validation) {
    std::fputs("  validation Dice", stderr);
    for (int s = 0; s < kStructures; ++s)
        if (const auto& dice = validation.dice[static_cast<std::size_t>(s)])
            std::fprintf(stderr, "  %s %.4f", to_string(static_cast<Structure>(s)), *dice);
    if (const auto mean = validation.mean()) std::fprintf(stderr, "  mean %.4f", *mean);
    std::fputc('\n', stderr);
}

/// A line per report, with the time that is left; remembers where this process began.
ReportSink reporter(const fs::path& run, std::int64_t log_every, const LogWatcher& watcher) {
    return [run, log_every, watcher, first = std::int64_t{-1}](const TrainingReport& report) mutable {
        if (first < 0) first = std::max<std::int64_t>(0, report.iteration - log_every);
        const double per_iteration =
            report.seconds / static_cast<double>(std::max<std::int64_t>(1, report.iteration - first));
        const double left = per_iteration * static_cast<double>(report.iterations - report.iteration);
        std::fprintf(stderr, "iteration %lld of %lld  loss %.4f  rate %.1e  %.2f s each  %.0f min left\n",
                     static_cast<long long>(report.iteration), static_cast<long long>(report.iterations),
                     report.loss, report.learning_rate, per_iteration, left / 60);
        if (report.validation) say_validation(*report.validation);
        watcher(run);
    };
}

Result<void> check(const TrainOptions& options, TrainedNetwork network) {
    const auto wrong = [](std::string what) { return failure(ErrorCode::invalid_argument, std::move(what)); };
    if (options.fold && !options.folds.empty()) return wrong("give --fold or --folds, not both");
    if ((options.fold || !options.folds.empty()) && options.splits.empty())
        return wrong("--fold and --folds need --splits FILE (see `spineseg-lab split`)");
    if (!options.splits.empty() && !options.fold && options.folds.empty())
        return wrong("--splits needs --fold K or --folds all");
    if (options.classes && *options.classes != kClasses)
        return wrong("--classes " + std::to_string(*options.classes) +
                     ": a bundle's networks give 4 classes (background, canal, vertebra, disc). Fold other "
                     "labels into "
                     "these, or leave --classes out");
    if (options.timesteps && network != TrainedNetwork::diffusion)
        return wrong("--timesteps belongs to the diffusion");
    for (const int side : {options.augmentation.crop.rows, options.augmentation.crop.columns})
        if (side < 16 || side % 16 != 0)
            return wrong("--crop " + std::to_string(side) + " is not a multiple of 16 pixels");
    if (options.plan.validate_every > 0 && network == TrainedNetwork::anchor)
        return wrong("the anchor has no Dice to validate with; measure it with `spineseg-lab levels`");
    if (options.plan.validate_every > 0 && options.rules.validate_ids.empty() && options.splits.empty())
        return wrong("--validate-every needs a fold (--splits, --fold) or --validate-ids");
    if (options.plan.validate_every == 0 && !options.rules.validate_ids.empty())
        return wrong("--validate-ids needs --validate-every N");
    return {};
}

/// A fold's bundle begins as the plan; its second network finds the first one there.
Result<ModelManifest> plan_of(const TrainOptions& options, const fs::path& bundle, TrainedNetwork network) {
    std::error_code ignored;
    auto manifest = ModelManifest::read(
        fs::exists(bundle / "manifest.json", ignored) ? bundle : fs::path(options.bundle));
    if (!manifest) return failure(manifest.error());
    // A fold's bundle holds the networks that are trained for it.
    const bool begins = !fs::exists(bundle / "manifest.json", ignored);
    if (begins && network != TrainedNetwork::anchor) manifest->anchor.reset();
    if (options.timesteps && *options.timesteps != manifest->diffusion.timesteps) {
        std::fprintf(stderr,
                     "timesteps: %d instead of the manifest's %d; the bundle's manifest will say so\n",
                     *options.timesteps, manifest->diffusion.timesteps);
        manifest->diffusion.timesteps = *options.timesteps;
        if (manifest->diffusion.steps > *options.timesteps)
            return failure(ErrorCode::invalid_argument,
                           "the manifest samples in " + std::to_string(manifest->diffusion.steps) +
                               " steps, more than --timesteps " + std::to_string(*options.timesteps) +
                               "; lower diffusion.steps there");
    }
    return manifest;
}

Result<void> set_up(TrainOptions& options, TrainedNetwork network, const ModelManifest& manifest) {
    const auto wanted = precision_from_string(options.precision);
    if (!wanted) return failure(wanted.error());
    const auto precision = cpu_precision(*wanted);
    if (!precision) return failure(precision.error());
    options.plan.precision = *precision;
    if (!options.initial.empty()) {
        auto initial = read_initial_weights(options.initial, network, manifest);
        if (!initial) return failure(initial.error());
        options.plan.initial = std::move(*initial);
    }
    at::set_num_threads(options.threads > 0
                            ? options.threads
                            : std::max(1, static_cast<int>(std::thread::hardware_concurrency())));
    options.plan.interrupted = [] { return g_interrupted != 0; };
    std::signal(SIGINT, [](int) { g_interrupted = 1; });
    std::signal(SIGTERM, [](int) { g_interrupted = 1; });
    return {};
}

std::int64_t iterations_of(double epochs, const SelectedCases& cases, int batch) {
    std::int64_t slices = 0;
    for (const auto& c : cases.train)
        if (!c.synthetic) slices += c.shares.size(0);
    return std::max<std::int64_t>(1, std::llround(epochs * std::ceil(static_cast<double>(slices) / batch)));
}

/// A denoiser learns whole masks, and a Dice needs a whole truth.
void leave_out_partial(SelectedCases& cases, TrainedNetwork network) {
    const auto partial = [](const TrainingCase& c) { return c.partial(); };
    auto left_out = std::erase_if(cases.validation, partial);
    if (network == TrainedNetwork::diffusion) left_out += std::erase_if(cases.train, partial);
    if (left_out > 0)
        std::fprintf(stderr, "%zu cases of which only a part is labelled are left out\n", left_out);
}

/// One run, into these folders.
struct Place {
    fs::path bundle, run;
    std::vector<fs::path> presegmentation_runs;
    std::optional<int> fold;
};

Result<bool> train_at(const Place& place, TrainOptions options, TrainedNetwork network,
                      const std::vector<TrainingCase>& cases, const Folds& folds, const LogWatcher& watcher) {
    auto manifest = plan_of(options, place.bundle, network);
    if (!manifest) return failure(manifest.error());
    if (place.fold) {
        options.rules.fold = folds[static_cast<std::size_t>(*place.fold)];
        options.rules.fold_name = "fold " + std::to_string(*place.fold) + " of " + options.splits;
    }
    auto selected = selected_cases(cases, options.rules);
    if (!selected) return failure(selected.error());
    leave_out_partial(*selected, network);
    if (options.plan.validate_every > 0 && selected->validation.empty())
        return failure(ErrorCode::invalid_argument, "there is no case to validate on");
    if (options.epochs)
        options.plan.iterations = iterations_of(*options.epochs, *selected, options.plan.batch);
    std::fprintf(stderr, "%s%s: %zu cases to train on, %zu to validate on, %lld iterations\n",
                 place.fold ? (options.rules.fold_name + ", ").c_str() : "", to_string(network),
                 selected->train.size(), selected->validation.size(),
                 static_cast<long long>(options.plan.iterations));
    options.augmentation.around_structures =
        network == TrainedNetwork::diffusion && manifest->diffusion.region_margin_mm > 0.0;
    if (network == TrainedNetwork::anchor) options.augmentation = anchor_augmentation(options.augmentation);
    const BundleTraining training{.network = network,
                                  .manifest = std::move(*manifest),
                                  .bundle = place.bundle,
                                  .run = place.run,
                                  .presegmentation_runs = place.presegmentation_runs,
                                  .member = options.member,
                                  .augmentation = options.augmentation,
                                  .plan = options.plan};
    return train_bundle(training, *selected, reporter(place.run, options.plan.log_every, watcher));
}

std::vector<Place> places_of(const TrainOptions& options, const std::vector<int>& numbers) {
    if (options.folds.empty())
        return {{.bundle = options.bundle,
                 .run = options.run,
                 .presegmentation_runs = {options.presegmentation_runs.begin(),
                                          options.presegmentation_runs.end()},
                 .fold = options.fold}};
    std::vector<Place> places;
    for (const int number : numbers) {
        const std::string name = "fold_" + std::to_string(number);
        Place place{
            .bundle = fs::path(options.bundle) / name, .run = fs::path(options.run) / name, .fold = number};
        for (const auto& run : options.presegmentation_runs)
            place.presegmentation_runs.push_back(fs::path(run) / name);
        places.push_back(std::move(place));
    }
    return places;
}

}  // namespace

Result<void> run_training(TrainOptions options, TrainedNetwork network, const CaseSource& source,
                          const LogWatcher& watcher) {
    if (auto checked = check(options, network); !checked) return checked;
    const auto manifest = ModelManifest::read(options.bundle);
    if (!manifest) return failure(manifest.error());
    if (network == TrainedNetwork::anchor && !manifest->anchor)
        return failure(ErrorCode::model_invalid,
                       options.bundle +
                           "/manifest.json plans no anchor; give it \"anchor\" with weights, sha256 and "
                           "widths (config/README.md)");
    Folds folds;
    std::vector<int> numbers;
    if (!options.splits.empty()) {
        auto read = read_splits(options.splits);
        if (!read) return failure(read.error());
        folds = std::move(*read);
        auto chosen =
            fold_numbers(options.fold ? std::to_string(*options.fold) : options.folds, folds.size());
        if (!chosen) return failure(chosen.error());
        numbers = std::move(*chosen);
    }
    if (auto ready = set_up(options, network, *manifest); !ready) return ready;
    const auto cases = source(manifest->input);
    if (!cases) return failure(cases.error());
    for (const auto& place : places_of(options, numbers)) {
        const auto finished = train_at(place, options, network, *cases, folds, watcher);
        if (!finished) return failure(finished.error());
        if (!*finished) {
            std::fprintf(stderr, "stopped; the same command goes on from %s\n", place.run.c_str());
            return {};
        }
    }
    return {};
}

}  // namespace spineseg
