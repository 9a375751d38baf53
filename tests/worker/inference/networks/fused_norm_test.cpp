// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/fused_norm.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdlib>
#include <string>

#include "worker/inference/networks/blocked_map.h"
#include "worker/inference/networks/kernel_choice.h"
#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace fused_norm_test {

using torch::Tensor;

struct Case {
    std::int64_t n, c, h, w;
    bool vector, map;
};

NormActivation random_input(const Case& k, torch::ScalarType type) {
    torch::manual_seed(k.c * 131 + k.h);
    NormActivation a;
    a.x = (torch::randn({k.n, k.c, k.h, k.w}) * 3 + 5).to(type).contiguous(torch::MemoryFormat::ChannelsLast);
    a.gamma = torch::randn({k.c});
    a.beta = torch::randn({k.c});
    if (k.vector) a.vector = torch::randn({k.n, k.c});
    if (k.map) a.map = torch::randn({k.n, k.c, k.h, k.w}).to(type);
    return a;
}

double largest_difference(const Tensor& a, const Tensor& b) {
    return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

class FusedNorm : public ::testing::TestWithParam<Case> {};

TEST_P(FusedNorm, AgreesWithTorchInFloat32) {
    torch::NoGradGuard guard;
    const NormActivation a = random_input(GetParam(), torch::kFloat32);
    EXPECT_LT(largest_difference(norm_activation(a), norm_activation_reference(a)), 2e-5);
}

TEST_P(FusedNorm, AgreesWithTorchInBfloat16UpToRounding) {
    torch::NoGradGuard guard;
    const NormActivation a = random_input(GetParam(), torch::kBFloat16);
    const Tensor expected = norm_activation_reference(a);
    const Tensor difference = (norm_activation(a).to(torch::kFloat32) - expected.to(torch::kFloat32)).abs();
    EXPECT_LE((difference / expected.to(torch::kFloat32).abs().clamp_min(1.0)).max().item<double>(),
              1.0 / 128);
    EXPECT_LT(difference.mean().item<double>(), 1e-4);  // a half-ulp flip is rare
}

TEST_P(FusedNorm, GradientsAgreeWithAutograd) {
    const auto gradients = [&](auto function) {
        NormActivation a = random_input(GetParam(), torch::kFloat32);
        std::vector<Tensor> leaves{a.x, a.gamma, a.beta};
        if (a.vector.defined()) leaves.push_back(a.vector);
        if (a.map.defined()) leaves.push_back(a.map);
        for (auto& leaf : leaves) leaf.requires_grad_(true);
        const Tensor y = function(a);
        torch::manual_seed(7);
        (y * torch::randn(y.sizes())).sum().backward();
        std::vector<Tensor> result;
        for (auto& leaf : leaves) result.push_back(leaf.grad().clone());
        return result;
    };
    const auto ours = gradients(norm_activation), torchs = gradients(norm_activation_reference);
    ASSERT_EQ(ours.size(), torchs.size());
    for (std::size_t i = 0; i < ours.size(); ++i)
        EXPECT_LT(largest_difference(ours[i], torchs[i]), 1e-3 * (1 + torchs[i].abs().max().item<double>()))
            << "input " << i;
}

INSTANTIATE_TEST_SUITE_P(Shapes, FusedNorm,
                         ::testing::Values(Case{1, 16, 20, 20, false, false},
                                           Case{2, 32, 33, 65, true, false}, Case{3, 64, 48, 80, true, true},
                                           Case{1, 512, 5, 7, false, true}, Case{2, 48, 1, 3, false, false}));

TEST(FusedNormEdge, BrightAndFlatImageDoesNotCancel) {
    torch::NoGradGuard guard;
    torch::manual_seed(1);
    NormActivation a;
    a.x = 4096 + torch::randn({1, 16, 64, 64}) * 0.01;
    a.gamma = torch::ones({16});
    a.beta = torch::zeros({16});
    const Tensor x = a.x.to(torch::kFloat64);
    const Tensor exact = torch::leaky_relu(
        (x - x.mean({2, 3}, true)) / torch::sqrt(x.var({2, 3}, false, true) + a.eps), a.slope);
    EXPECT_LT(largest_difference(norm_activation(a), exact), 0.05);
}

TEST(FusedNormEdge, OddChannelCountFallsBackToTorch) {
    torch::NoGradGuard guard;
    NormActivation a = random_input({1, 3, 8, 8, false, false}, torch::kFloat32);
    EXPECT_LT(largest_difference(norm_activation(a), norm_activation_reference(a)), 1e-6);
}

TEST(FusedNormEdge, ResultDoesNotDependOnTheNumberOfThreads) {
    torch::NoGradGuard guard;
    const NormActivation a = random_input({2, 32, 64, 64, false, false}, torch::kFloat32);
    const int before = at::get_num_threads();
    at::set_num_threads(1);
    const Tensor one = norm_activation(a);
    at::set_num_threads(2);
    const Tensor two = norm_activation(a);
    at::set_num_threads(before);
    EXPECT_TRUE(torch::equal(one, two));
}

TEST(FusedNormEdge, BlockedMapsGiveWhatChannelsLastGives) {
    torch::NoGradGuard guard;
    for (const auto type : {torch::kFloat32, torch::kBFloat16}) {
        for (const std::int64_t block : {8, 16}) {
            NormActivation a = random_input({2, 48, 33, 65, true, true}, type);
            const Tensor expected = norm_activation(a).to(torch::kFloat32);
            a.x = to_blocked(a.x, block);
            a.map = to_blocked(a.map, block);
            const Tensor given = norm_activation(a);
            EXPECT_EQ(given.sizes(), a.x.sizes());
            EXPECT_LT(largest_difference(from_blocked(given, 48), expected),
                      type == torch::kFloat32 ? 1e-5 : 0.07);
        }
    }
}

TEST(FusedNormEdge, InPlaceTheResultTakesTheInputsMemory) {
    torch::NoGradGuard guard;
    NormActivation a = random_input({2, 32, 16, 16, true, true}, torch::kFloat32);
    const Tensor expected = norm_activation(a);
    EXPECT_NE(expected.data_ptr(), a.x.data_ptr());
    a.in_place = true;
    const Tensor given = norm_activation(a);
    EXPECT_EQ(given.data_ptr(), a.x.data_ptr());
    EXPECT_TRUE(torch::equal(given, expected));
}

/// So that tools/test.sh tests the kernels of the other kind of processor too.
TEST(FusedNormKernels, AreTheWidestThatProcessorAndAtenCpuCapabilityAllow) {
    Processor processor;
    const auto chosen = [&](const char* capability) {
        return std::string(kernels::choose(processor, capability).name);
    };
    EXPECT_EQ(chosen(nullptr), "generic");
#if defined(__x86_64__)
    processor.avx2 = true;
    EXPECT_EQ(chosen(nullptr), "avx2");
    EXPECT_EQ(chosen("avx512"), "avx2");
    processor.avx512 = true;
    EXPECT_EQ(chosen(nullptr), "avx512");
    EXPECT_EQ(chosen("avx2"), "avx2");
    EXPECT_EQ(chosen("default"), "generic");
#endif
}

TEST(FusedNormKernels, EveryInstructionSetGivesTheSameStatistics) {
    torch::manual_seed(3);
    const Tensor x = torch::randn({1000, 32});
    const Tensor shift = torch::zeros({32});
    const auto run = [&](const kernels::Kernels& k) {
        std::vector<double> sums(64, 0.0);
        k.statistics(kernels::Element::float32, x.data_ptr<float>(), shift.data_ptr<float>(), 32, 0, 1000,
                     sums.data(), sums.data() + 32);
        return sums;
    };
    const auto expected = run(kernels::kGenericKernels);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        const auto sums = run(kernels::kAvx2Kernels);
        for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(sums[i], expected[i], 1e-3);
    }
    if (__builtin_cpu_supports("avx512f")) {
        const auto sums = run(kernels::kAvx512Kernels);
        for (std::size_t i = 0; i < sums.size(); ++i) EXPECT_NEAR(sums[i], expected[i], 1e-3);
    }
#endif
}

}  // namespace fused_norm_test
}  // namespace spineseg
