// SPDX-License-Identifier: GPL-3.0-or-later
// The shipped profiles of the published method, run by the Segmenter: against the numbers that the original's
// own modules gave (docs/method.md §2.7), and against its sampling written out once more.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <random>
#include <sstream>
#include <string>

#include "tests/worker/inference/published_weights.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace reference_profile_test {

constexpr double kTolerance = 1e-4;
constexpr std::int64_t kSide = 32;

ModelManifest profile(const std::string& name) {
    std::ostringstream text;
    text << std::ifstream(SPINESEG_SOURCE_DIR "/config/profiles/" + name + ".json").rdbuf();
    return ModelManifest::parse(text.str()).value();
}

torch::Tensor drawn(const std::function<double(double, double)>& value) {
    auto image = torch::empty({kSide, kSide});
    auto pixels = image.accessor<float, 2>();
    for (int h = 0; h < kSide; ++h)
        for (int w = 0; w < kSide; ++w) pixels[h][w] = static_cast<float>(value(h, w));
    return image;
}

/// The golden numbers' start: the same for every slice and sample.
torch::Tensor golden_start(std::int64_t, std::int64_t, std::int64_t, std::int64_t) {
    std::vector<torch::Tensor> channels;
    for (int c = 0; c < 3; ++c)
        channels.push_back(
            drawn([c](double h, double w) { return std::sqrt(2.0) * std::sin(1.7 * h + 2.3 * w + c); }));
    return torch::stack(channels);
}

SliceStack stack_of(const torch::Tensor& image) {
    const auto slices = image.unsqueeze(0);
    return {slices, torch::ones_like(slices, torch::kBool)};
}

SliceStack golden_stack() {
    return stack_of(drawn([](double h, double w) { return std::sin(0.05 * h) + std::cos(0.03 * w); }));
}

std::unique_ptr<Segmenter> load(const std::filesystem::path& folder, const StartNoise& noise) {
    auto segmenter =
        Segmenter::load(folder, {.precision = Precision::float32, .threads = 1, .start_noise = noise});
    if (!segmenter) throw std::runtime_error(segmenter.error().detail);
    return std::move(*segmenter);
}

/// A bundle with the published widths and the golden weights: 55 MB, made once for all tests of the suite.
class PublishedNumbers : public ::testing::Test {
  protected:
    static void SetUpTestSuite() {
        // This program also runs as inference_test_avx2, at the same time.
        folder_ = std::filesystem::path(::testing::TempDir()) /
                  ("spineseg_published_numbers_" + std::to_string(std::random_device{}()));
        SpineSegDiff network(profile("published").diffusion.widths);
        const auto loaded = load_state(*network, golden_weights(*network));
        if (!loaded) throw std::runtime_error(loaded.error().detail);
        networks_.diffusion = {network};
    }
    static void TearDownTestSuite() {
        std::filesystem::remove_all(folder_);
        networks_ = {};
    }

    /// The golden image has unit scale already.
    static Consensus run(ModelManifest manifest, int samples) {
        manifest.input.intensity = IntensityRule::unchanged;
        const auto written = write_bundle(folder_, manifest, networks_);
        if (!written) throw std::runtime_error(written.error().detail);
        auto result = load(folder_, golden_start)
                          ->segment(golden_stack(), {.samples = samples, .steps = {}, .seed = 0}, nullptr);
        if (!result) throw std::runtime_error(result.error().detail);
        return *result;
    }

    static void expect_fused(const Consensus& consensus, double mean, double place, double positive) {
        const auto fused = torch::logit(consensus.probability[0]);
        EXPECT_NEAR(fused.mean().item<double>(), mean, kTolerance);
        EXPECT_NEAR(fused[0][16][16].item<double>(), place, kTolerance);
        EXPECT_NEAR(fused.gt(0).to(torch::kFloat64).mean().item<double>(), positive, 5e-4);
    }

    static inline std::filesystem::path folder_;
    static inline BundleNetworks networks_;
};

TEST_F(PublishedNumbers, OfTheCodesFusionAndUncertainty) {
    // Samples from the same start are the same sample, and so is the fusion's mean over them.
    const auto consensus = run(profile("published"), /*samples=*/2);
    expect_fused(consensus, -0.21720, -0.01238, 0.04134);
    const auto& map = consensus.original_uncertainty[0];
    EXPECT_NEAR(map.mean().item<double>(), 0.35851, kTolerance);
    EXPECT_NEAR(map.max().item<double>(), 0.36788, kTolerance);
    EXPECT_NEAR(map[0][16][16].item<double>(), 0.34759, kTolerance);
    EXPECT_TRUE(torch::allclose(consensus.uncertainty[0], map.sum(0) * std::exp(1.0) / 3.0, 1e-5, 1e-6));
    EXPECT_LE(consensus.uncertainty.max().item<double>(), 1.0);
}

TEST_F(PublishedNumbers, OfThePapersFusion) {
    auto manifest = profile("published-paper");
    manifest.diffusion.schedule = NoiseScheduleKind::cosine;  // as the golden numbers were made
    expect_fused(run(manifest, 1), -0.59773, -0.04232, 0.04362);
}

/// numpy.percentile of all pixels, "linear".
double percentile(const torch::Tensor& image, double percent) {
    const auto sorted = std::get<0>(image.flatten().to(torch::kFloat64).sort());
    const double place = percent / 100.0 * static_cast<double>(sorted.numel() - 1);
    const auto below = static_cast<std::int64_t>(place);
    const double low = sorted[below].item<double>(), high = sorted[below + 1].item<double>();
    return low + (place - static_cast<double>(below)) * (high - low);
}

ModelManifest narrow(ModelManifest manifest) {
    manifest.diffusion.widths = {16, 16, 16, 16, 16, 16};
    return manifest;
}

TEST(ReferenceProfile, ScalesThe98thPercentileTo255AndClipsThere) {
    const SmallBundle scaling(narrow(profile("published")));
    auto manifest = narrow(profile("published"));
    manifest.input.intensity = IntensityRule::unchanged;
    const SmallBundle as_is(manifest);  // the same weights: SmallBundle's are fixed
    const auto image = drawn([](double h, double w) { return 400.0 + 9.0 * h + 250.0 * std::sin(0.4 * w); });
    const auto white = percentile(image, 98.0);
    EXPECT_GT(image.max().item<double>(), white);
    const auto prepared = (image * (255.0 / white)).clamp_max(255.0);
    const SegmentRequest request{.samples = 2, .steps = 10, .seed = 1};
    const auto raw = load(scaling.folder(), {})->segment(stack_of(image), request, nullptr);
    const auto by_hand = load(as_is.folder(), {})->segment(stack_of(prepared), request, nullptr);
    ASSERT_TRUE(raw && by_hand);
    EXPECT_TRUE(torch::allclose(raw->probability, by_hand->probability, 1e-3, 1e-4));
}

/// The cosine schedule's running product, from its definition.
std::vector<double> cosine_alpha_bar(int timesteps) {
    const auto f = [](double u) { return std::pow(std::cos((u + 0.008) / 1.008 * M_PI / 2.0), 2); };
    std::vector<double> product;
    double running = 1.0;
    for (int i = 0; i < timesteps; ++i) {
        const double t = timesteps;
        running *= 1.0 - std::min(1.0 - f((i + 1) / t) / f(i / t), 0.999);
        product.push_back(running);
    }
    return product;
}

TEST(ReferenceProfile, StartsFromTheBinaryPresegmentationAtTheLastTimestepAndVisitsAll) {
    auto manifest = narrow(profile("published-presegmented"));
    manifest.presegmentation = SmallBundle::small_manifest().presegmentation;  // in nnU-Net's place
    const SmallBundle small(manifest);
    const auto stack =
        stack_of(drawn([](double h, double w) { return 500.0 + 9.0 * h + 200.0 * std::sin(w); }));
    const auto result =
        load(small.folder(), golden_start)->segment(stack, {.samples = 1, .steps = {}, .seed = 0}, nullptr);
    ASSERT_TRUE(result);

    const torch::NoGradGuard no_grad;
    const auto image =
        (stack.intensities * (255.0 / percentile(stack.intensities, 98.0))).clamp_max(255.0).unsqueeze(1);
    PresegmentationUNet unet = small.networks().presegmentation[0];
    const auto classes = unet->forward(image)[0].argmax(0);
    const auto mask = torch::stack({classes.eq(1), classes.eq(2), classes.eq(3)}).to(torch::kFloat32);
    SpineSegDiff network = small.networks().diffusion[0];
    const auto features = network->encode(image);
    const auto bar = cosine_alpha_bar(30);
    auto x = std::sqrt(bar[29]) * mask + std::sqrt(1.0 - bar[29]) * golden_start(0, 0, kSide, kSide);
    auto fused = torch::zeros({3, kSide, kSide});
    torch::Tensor uncertainty = torch::zeros({3, kSide, kSide});
    for (int t = 29; t >= 0; --t) {
        const auto z =
            network->model->forward(image, x.unsqueeze(0), torch::full({1}, t, torch::kInt64), features)[0];
        const auto x0 = z.clamp(-1.0, 1.0);
        const auto noise = (x / std::sqrt(bar[t]) - x0) / std::sqrt(1.0 / bar[t] - 1.0);
        const double before = t > 0 ? bar[t - 1] : 1.0;
        x = std::sqrt(before) * x0 + std::sqrt(1.0 - before) * noise;
        const int i = 29 - t;
        if (i >= 10) continue;
        fused += z * std::exp(-5.0 * (10 - i + 1) / 10.0);
        const auto p = torch::sigmoid(z).clamp_min(1e-4);
        uncertainty = torch::maximum(uncertainty, -p * p.log());
    }
    EXPECT_TRUE(torch::allclose(torch::logit(result->probability[0]), fused, 1e-2, 1e-3));
    EXPECT_TRUE(torch::allclose(result->original_uncertainty[0], uncertainty, 1e-2, 1e-3));
}

TEST(ReferenceProfile, ABlackSliceGivesNumbers) {
    const SmallBundle small(narrow(profile("published")));
    const auto result = load(small.folder(), {})
                            ->segment(stack_of(torch::zeros({kSide, kSide})),
                                      {.samples = 1, .steps = 10, .seed = 0}, nullptr);
    ASSERT_TRUE(result);
    EXPECT_TRUE(torch::isfinite(result->probability).all().item<bool>());
    EXPECT_TRUE(torch::isfinite(result->uncertainty).all().item<bool>());
}

}  // namespace reference_profile_test
}  // namespace spineseg
