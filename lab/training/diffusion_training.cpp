// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/diffusion_training.h"

#include <torch/torch.h>

#include <random>

#include "lab/training/losses.h"
#include "lab/training/training_random.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/sampling/noise_schedule.h"
#include "worker/inference/sampling/sampler.h"

namespace spineseg {
namespace {

using torch::Tensor;

/// How much of the denoiser's own features enters beside the copied image encoder's at the start: enough to
/// learn from, too little to spoil what the presegmenter knows (feasibility study, §3).
constexpr double kOwnFeatures = 0.3;
constexpr double kMaskWeight = 0.02;

/// Copies `from`'s tensors with `prefix` into the module's tensors of the same remaining names and shapes.
void copy_matching(torch::nn::Module& module, const TensorMap& from, const std::string& prefix) {
    torch::NoGradGuard guard;
    for (auto& item : module.named_parameters()) {
        const auto found = from.find(prefix + item.key());
        if (found != from.end() && found->second.sizes() == item.value().sizes())
            item.value().copy_(found->second);
    }
}

/// The denoiser begins as the presegmenter with a faint ear for the mask channels; one that predicts a
/// residual begins with none.
void warm_start(SpineSegDiff& network, const TensorMap& presegmenter, Prediction prediction) {
    if (!network->embed_model.is_empty()) copy_matching(*network->embed_model, presegmenter, "encoder.");
    copy_matching(*network->model, presegmenter, "encoder.");
    copy_matching(*network->model, presegmenter, "");
    torch::NoGradGuard guard;
    const Tensor first = presegmenter.at("encoder.conv_0.conv_0.conv.weight");
    Tensor weight = network->model->conv_0->conv_0->conv->weight;
    weight.normal_(0, kMaskWeight);
    weight.slice(1, 0, 1).copy_(first);
    if (!network->embed_model.is_empty()) {
        const auto fade = [](TwoConv& block) {
            block->conv_1->norm->weight.mul_(kOwnFeatures);
            block->conv_1->norm->bias.mul_(kOwnFeatures);
        };
        fade(network->model->conv_0);
        for (auto& down : network->model->downs) fade(down->convs);
    }
    if (prediction == Prediction::residual) {
        network->model->final_conv->weight.zero_();
        network->model->final_conv->bias.zero_();
        return;
    }
    // Four softmax logits become three against the background.
    const Tensor out_weight = presegmenter.at("final_conv.weight"),
                 out_bias = presegmenter.at("final_conv.bias");
    network->model->final_conv->weight.copy_(out_weight.slice(0, 1) - out_weight.slice(0, 0, 1));
    network->model->final_conv->bias.copy_(out_bias.slice(0, 1) - out_bias.slice(0, 0, 1));
}

/// The presegmenters, and which of them may be asked about a patient.
class PresegmenterPool {
  public:
    static Result<PresegmenterPool> make(const std::vector<TrainedPresegmenter>& trained) {
        PresegmenterPool pool;
        for (const auto& one : trained) {
            PresegmentationUNet network(one.widths);
            if (auto loaded = load_state(*network, one.weights); !loaded) return failure(loaded.error());
            network->eval();
            pool.members_.push_back({network, one.patients});
        }
        if (pool.members_.empty())
            return failure(ErrorCode::invalid_argument, "the diffusion needs a trained presegmentation");
        return pool;
    }

    /// Class probabilities [4, H, W] of a slice [1, H, W] of that patient.
    Tensor probabilities(const Tensor& image, const std::string& patient, std::mt19937_64& random) {
        std::vector<Member*> unseen, all;
        for (auto& member : members_) {
            all.push_back(&member);
            if (!member.patients.contains(patient)) unseen.push_back(&member);
        }
        const auto& candidates = unseen.empty() ? all : unseen;
        auto& chosen = *candidates[random() % candidates.size()];
        const torch::NoGradGuard guard;
        return torch::softmax(chosen.network->forward(image.unsqueeze(0)), 1).squeeze(0);
    }

  private:
    struct Member {
        PresegmentationUNet network{nullptr};
        std::set<std::string> patients;
    };
    std::vector<Member> members_;
};

/// One slice of a batch, ready for the denoiser.
struct NoisedSlice {
    std::int64_t timestep;
    Tensor x_t;    ///< [3, H, W]
    Tensor basis;  ///< [3, H, W]: logits that a residual is added to
};

class SliceNoiser {
  public:
    SliceNoiser(const DiffusionTraining& settings, PresegmenterPool pool)
        : settings_(settings),
          pool_(std::move(pool)),
          schedule_(settings.diffusion.schedule, settings.diffusion.timesteps),
          noisiest_(Sampler(settings.diffusion).timesteps().front()) {}

    NoisedSlice noised(const Tensor& image, const Tensor& target, const std::string& patient,
                       std::mt19937_64& random) {
        const Tensor classes = pool_.probabilities(image, patient, random);
        Tensor mask = likeliest_structure(classes);
        if (!chance(random, settings_.presegmentation_share)) {
            mask = (target > 0.5).to(torch::kFloat32);
            if (chance(random, settings_.corrupted_share))
                mask = corrupted_mask(mask, settings_.corruption, random);
        }
        const auto timestep = static_cast<int>(random() % static_cast<std::uint64_t>(noisiest_ + 1));
        const Tensor noise = torch::randn(mask.sizes(), generator(random));
        return {timestep, noised_mask(schedule_, timestep, mask, noise), structure_logits(classes)};
    }

  private:
    const DiffusionTraining& settings_;
    PresegmenterPool pool_;
    NoiseSchedule schedule_;
    int noisiest_;
};

}  // namespace

Result<Trained> train_diffusion(const std::vector<TrainingCase>& cases, const InputPlan& input,
                                const DiffusionTraining& settings, const std::filesystem::path& run_folder,
                                const ReportSink& sink) {
    const auto& plan = settings.training;
    torch::manual_seed(plan.seed);
    auto pool = PresegmenterPool::make(settings.presegmenters);
    if (!pool) return failure(pool.error());
    SliceNoiser noiser(settings, std::move(*pool));

    SpineSegDiff network(settings.diffusion.widths, settings.diffusion.image_encoder);
    const auto& first = settings.presegmenters.front();
    if (settings.diffusion.widths == first.widths)
        warm_start(network, first.weights, settings.diffusion.prediction);
    const Augmentation augmentation(cases, input, settings.augmentation);

    const auto loss = [&](std::int64_t iteration) {
        const TrainingBatch batch = augmentation.batch(plan.batch, plan.seed, iteration);
        std::mt19937_64 random(plan.seed ^
                               (0x9e3779b97f4a7c15ULL * static_cast<std::uint64_t>(iteration + 1)));
        std::vector<std::int64_t> timesteps;
        std::vector<Tensor> x_t, basis;
        for (int i = 0; i < plan.batch; ++i) {
            const auto& origin = cases[batch.cases[static_cast<std::size_t>(i)]];
            auto slice = noiser.noised(batch.image[i], batch.target[i], patient_of(origin.id), random);
            timesteps.push_back(slice.timestep);
            x_t.push_back(slice.x_t);
            basis.push_back(slice.basis);
        }
        Tensor logits = network->model->forward(batch.image, torch::stack(x_t), torch::tensor(timesteps),
                                                network->encode(batch.image));
        if (settings.diffusion.prediction == Prediction::residual) logits = logits + torch::stack(basis);
        return diffusion_loss(logits, batch.target).total();
    };
    return train(*network, loss, plan, run_folder, sink);
}

}  // namespace spineseg
