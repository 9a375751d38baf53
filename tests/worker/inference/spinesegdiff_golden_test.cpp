// SPDX-License-Identifier: GPL-3.0-or-later
// The numbers of docs/method.md §2.5 to §2.7: the original's own modules gave them for these weights and
// inputs.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <functional>

#include "tests/worker/inference/needs_bfloat16.h"
#include "tests/worker/inference/published_weights.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/sampling/consensus.h"
#include "worker/inference/sampling/sampler.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace spinesegdiff_golden_test {

constexpr double kTolerance = 1e-4;
const Widths kPublishedWidths{64, 64, 128, 256, 512, 64};

torch::Tensor from(std::int64_t size, const std::function<double(double, double)>& value) {
    auto image = torch::empty({size, size});
    auto pixels = image.accessor<float, 2>();
    for (std::int64_t h = 0; h < size; ++h) {
        for (std::int64_t w = 0; w < size; ++w) {
            pixels[h][w] = static_cast<float>(value(static_cast<double>(h), static_cast<double>(w)));
        }
    }
    return image;
}

torch::Tensor three_channels(std::int64_t size, const std::function<double(double, double, int)>& value) {
    std::vector<torch::Tensor> channels;
    for (int c = 0; c < 3; ++c) {
        channels.push_back(from(size, [&](double h, double w) { return value(h, w, c); }));
    }
    return torch::stack(channels).unsqueeze(0);
}

/// Made once: 13.8 million sines.
SpineSegDiff& golden_network() {
    static SpineSegDiff network = [] {
        SpineSegDiff made(kPublishedWidths);
        made->eval();
        const auto loaded = load_state(*made, golden_weights(*made));
        if (!loaded) throw std::runtime_error(loaded.error().detail);
        return made;
    }();
    return network;
}

TEST(SpineSegDiff, HasThePublishedTensorsInThePublishedOrder) {
    SpineSegDiff network(kPublishedWidths);
    std::vector<std::string> names;
    std::int64_t encoder = 0, denoiser = 0;
    for (const auto& item : network->named_parameters()) {
        names.push_back(item.key());
        (item.key().rfind("embed_model.", 0) == 0 ? encoder : denoiser) += item.value().numel();
    }
    EXPECT_EQ(names, published_names());
    EXPECT_EQ(names.size(), 144u);
    EXPECT_EQ(encoder, 4'762'176);
    EXPECT_EQ(denoiser, 9'021'891);
}

TEST(SpineSegDiff, EmbedsTimeAsPublished) {
    const auto t = torch::full({1}, 500, torch::kInt64);
    const auto sinusoid = sinusoidal_embedding(t)[0];
    const std::pair<int, double> entries[] = {
        {0, -0.467772}, {1, -0.999681}, {63, 0.049979}, {64, -0.883849}, {127, 0.998750}};
    for (const auto& [index, value] : entries)
        EXPECT_NEAR(sinusoid[index].item<double>(), value, kTolerance) << index;
    const torch::NoGradGuard no_grad;
    const auto temb = golden_network()->model->temb->forward(t)[0];
    const double expected[] = {0.069078, -0.034200, -0.442984, -0.448597};
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(temb[i].item<double>(), expected[i], kTolerance) << i;
}

struct ForwardGolden {
    std::int64_t size;
    double mean, deviation;
    double places[3][4];  ///< channel; (0,0), (S/2,S/2), (S−1,S/3), (5,S−2)
};

void expect_forward(const ForwardGolden& golden) {
    const torch::NoGradGuard no_grad;
    const auto size = golden.size;
    const auto image = from(size, [](double h, double w) {
                           return 127.5 + 60 * std::sin(0.05 * h) + 60 * std::cos(0.03 * w);
                       }).reshape({1, 1, size, size});
    const auto x =
        three_channels(size, [](double h, double w, int c) { return std::sin(0.11 * h + 0.07 * w + c); });
    auto& network = golden_network();
    const auto logits =
        network->model->forward(image, x, torch::full({1}, 500, torch::kInt64), network->encode(image));
    EXPECT_NEAR(logits.mean().item<double>(), golden.mean, kTolerance);
    EXPECT_NEAR(logits.std().item<double>(), golden.deviation, kTolerance);
    const std::int64_t places[4][2] = {{0, 0}, {size / 2, size / 2}, {size - 1, size / 3}, {5, size - 2}};
    for (int c = 0; c < 3; ++c) {
        for (int p = 0; p < 4; ++p) {
            EXPECT_NEAR(logits[0][c][places[p][0]][places[p][1]].item<double>(), golden.places[c][p],
                        kTolerance)
                << "channel " << c << ", place " << p;
        }
    }
}

TEST(SpineSegDiff, GivesThePublishedLogitsAt32Pixels) {
    expect_forward({32,
                    -0.235198,
                    0.183473,
                    {{-0.106532, -0.003014, -0.332738, -0.002788},
                     {-0.368355, -0.235809, -0.641871, -0.235238},
                     {-0.412645, -0.334867, -0.560554, -0.334313}}});
}

TEST(SpineSegDiff, GivesThePublishedLogitsAt320Pixels) {
    expect_forward({320,
                    -0.189081,
                    0.188993,
                    {{-0.708293, 0.011269, -0.365370, 0.011338},
                     {-1.162874, -0.214451, -0.717443, -0.214314},
                     {-0.897626, -0.319936, -0.631290, -0.319818}}});
}

/// The original's sampling loop: cosine, T = 1000, 50 steps, one sample. Returns the last clean mask.
torch::Tensor golden_sampling(const StepSink& sink) {
    DiffusionPlan plan;
    plan.start = StartRule::noise;
    plan.x0 = X0Rule::clamped_logits;
    plan.steps = 50;
    const auto image = from(32, [](double h, double w) { return std::sin(0.05 * h) + std::cos(0.03 * w); });
    const auto batch = image.reshape({1, 1, 32, 32});
    auto& network = golden_network();
    const auto features = network->encode(batch);
    const auto start = three_channels(
        32, [](double h, double w, int c) { return std::sqrt(2.0) * std::sin(1.7 * h + 2.3 * w + c); });
    const auto denoise = [&](const torch::Tensor& x, int t) {
        return network->model->forward(batch, x, torch::full({1}, t, torch::kInt64), features);
    };
    return Sampler(plan).run(start, denoise, sink);
}

TEST(SpineSegDiff, IsSampledThroughThePublishedNumbers) {
    const torch::NoGradGuard no_grad;
    struct Step {
        int index;
        double mean, deviation, canal, disc;
    };
    const Step expected[] = {{0, -0.23320, 0.18662, -0.01246, -0.32395},
                             {9, -0.23398, 0.18651, -0.01345, -0.31531},
                             {40, -0.23545, 0.18637, -0.01345, -0.32555},
                             {49, -0.23732, 0.18567, -0.02167, -0.34997}};
    std::vector<torch::Tensor> steps;
    const auto result = golden_sampling([&](int, const torch::Tensor& logits) {
        steps.push_back(logits);
        return true;
    });
    ASSERT_EQ(steps.size(), 50u);
    for (const auto& step : expected) {
        const auto& logits = steps[static_cast<std::size_t>(step.index)];
        EXPECT_NEAR(logits.mean().item<double>(), step.mean, kTolerance) << step.index;
        EXPECT_NEAR(logits.std().item<double>(), step.deviation, kTolerance) << step.index;
        EXPECT_NEAR(logits[0][0][16][16].item<double>(), step.canal, kTolerance) << step.index;
        EXPECT_NEAR(logits[0][2][5][30].item<double>(), step.disc, kTolerance) << step.index;
    }
    EXPECT_NEAR(result.mean().item<double>(), -0.23715, kTolerance);
    EXPECT_NEAR(result.std().item<double>(), 0.18490, kTolerance);
}

SliceConsensus golden_consensus(FusionRule rule) {
    ConsensusPlan plan;
    plan.fusion = rule;
    plan.fused_steps = 10;
    ConsensusBuilder builder(plan, 50, 1);
    golden_sampling([&](int step, const torch::Tensor& logits) {
        builder.add(step, logits);
        return true;
    });
    return builder.finish(ensemble_statistics(torch::full({1, 4, 32, 32}, 0.25)));
}

void expect_fusion(const SliceConsensus& consensus, double mean, double place, double positive) {
    const auto fused = torch::logit(consensus.probability);
    EXPECT_NEAR(fused.mean().item<double>(), mean, kTolerance);
    EXPECT_NEAR(fused[0][16][16].item<double>(), place, kTolerance);
    EXPECT_NEAR(fused.gt(0).to(torch::kFloat64).mean().item<double>(), positive, 5e-4);
}

TEST(SpineSegDiff, IsFusedAndItsUncertaintyMappedAsPublished) {
    const torch::NoGradGuard no_grad;
    const auto code = golden_consensus(FusionRule::original_code);
    expect_fusion(code, -0.21720, -0.01238, 0.04134);
    EXPECT_NEAR(code.original_uncertainty.mean().item<double>(), 0.35851, kTolerance);
    EXPECT_NEAR(code.original_uncertainty.max().item<double>(), 0.36788, kTolerance);
    EXPECT_NEAR(code.original_uncertainty[0][16][16].item<double>(), 0.34759, kTolerance);
    expect_fusion(golden_consensus(FusionRule::paper), -0.59773, -0.04232, 0.04362);
}

TEST(SpineSegDiff, InBfloat16StaysCloseToFloat32) {
    SPINESEG_NEEDS_BFLOAT16();
    const torch::NoGradGuard no_grad;
    const auto image = from(64, [](double h, double w) { return std::sin(0.3 * h) + std::cos(0.2 * w); });
    const auto batch = image.reshape({1, 1, 64, 64});
    const auto x =
        three_channels(64, [](double h, double w, int c) { return std::sin(0.9 * h + 1.3 * w + c); });
    const auto t = torch::full({1}, 500, torch::kInt64);
    auto& network = golden_network();
    const auto exact = network->model->forward(batch, x, t, network->encode(batch));
    const PrecisionScope scope(Precision::bfloat16);
    const auto rounded = network->model->forward(batch, x, t, network->encode(batch));
    EXPECT_EQ(rounded.scalar_type(), torch::kFloat32);
    EXPECT_LT((rounded - exact).abs().mean().item<double>(), 0.05 * exact.std().item<double>());
}

}  // namespace spinesegdiff_golden_test
}  // namespace spineseg
