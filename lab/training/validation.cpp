// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/validation.h"

#include <torch/torch.h>

#include "core/mean_of_present.h"
#include "worker/inference/bundle/model_bundle.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/sampling/consensus.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/segmentation/intensity.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;
using torch::Tensor;

}  // namespace

std::optional<double> ValidationDice::mean() const {
    return mean_of_present(dice);
}

void DiceMean::add(const Tensor& masks, const Tensor& labels) {
    for (int structure = 0; structure < kStructures; ++structure) {
        const Tensor mask = masks.select(1, structure) > 0.5, truth = labels == structure + 1;
        const double sizes = (mask.sum() + truth.sum()).item<double>();
        if (sizes == 0) continue;
        const auto s = static_cast<std::size_t>(structure);
        sums_[s] += 2 * mask.logical_and(truth).sum().item<double>() / sizes;
        ++counts_[s];
    }
}

ValidationDice DiceMean::result() const {
    ValidationDice mean;
    for (std::size_t s = 0; s < sums_.size(); ++s)
        if (counts_[s] > 0) mean.dice[s] = sums_[s] / counts_[s];
    return mean;
}

Validator presegmentation_validator(std::vector<TrainingCase> cases, const ModelManifest& plan) {
    return [cases = std::move(cases), input = plan.input,
            widths = plan.presegmentation.widths](const TensorMap& weights) -> Result<ValidationDice> {
        const torch::NoGradGuard no_grad;
        PresegmentationUNet network(widths);
        if (auto loaded = load_state(*network, weights); !loaded) return failure(loaded.error());
        network->eval();
        DiceMean mean;
        for (const auto& c : cases) {
            const Tensor images = network_input(c.slices.intensities, c.slices.inside, input);
            std::vector<Tensor> masks;
            for (std::int64_t slice = 0; slice < images.size(0); ++slice)
                masks.push_back(
                    likeliest_structure(torch::softmax(network->forward(images.narrow(0, slice, 1)), 1)));
            mean.add(torch::cat(masks), likeliest_labels(c.shares));
        }
        return mean.result();
    };
}

Validator diffusion_validator(std::vector<TrainingCase> cases, const ModelManifest& plan,
                              TensorMap presegmentation, fs::path scratch) {
    return [cases = std::move(cases), plan, presegmentation = std::move(presegmentation),
            scratch = std::move(scratch)](const TensorMap& weights) -> Result<ValidationDice> {
        ModelManifest manifest = plan;
        manifest.presegmentation.members.resize(1);
        manifest.diffusion.members.resize(1);
        manifest.anchor.reset();  // it names levels, and no Dice depends on it
        PresegmentationUNet presegmenter(plan.presegmentation.widths);
        SpineSegDiff denoiser(plan.diffusion.widths, plan.diffusion.image_encoder);
        if (auto loaded = load_state(*presegmenter, presegmentation); !loaded) return failure(loaded.error());
        if (auto loaded = load_state(*denoiser, weights); !loaded) return failure(loaded.error());
        const BundleNetworks networks{.presegmentation = {presegmenter}, .diffusion = {denoiser}};
        if (auto written = write_bundle(scratch, manifest, networks, torch::kFloat16); !written)
            return failure(written.error());
        SegmenterOptions options;
        options.threads = at::get_num_threads();  // loading sets it, and training goes on with it
        const auto segmenter = Segmenter::load(scratch, options);
        if (!segmenter) return failure(segmenter.error());
        DiceMean mean;
        for (const auto& c : cases) {
            const auto consensus =
                (*segmenter)->segment(c.slices, {.samples = 1}, [](const Progress&) { return true; });
            if (!consensus) return failure(consensus.error().code, c.id + ": " + consensus.error().detail);
            mean.add(likeliest_structure(exclusive_distribution(consensus->probability)),
                     likeliest_labels(c.shares));
        }
        return mean.result();
    };
}

}  // namespace spineseg
