// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/batch_size.h"
#include "tests/worker/inference/needs_bfloat16.h"

#include <c10/util/ThreadLocalDebugInfo.h>
#include <gmock/gmock.h>
#include <torch/torch.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace batch_size_test {

using ::testing::ElementsAre;

[[noreturn]] void run_out_of_memory() {
    C10_THROW_ERROR(OutOfMemoryError, "CUDA out of memory. Tried to allocate 20.00 MiB");
}

TEST(BatchSize, HalvesUntilTheWorkFitsAndStaysThere) {
    BatchSize batch(9);
    std::vector<std::int64_t> asked;
    const auto work = [&](std::int64_t images) {
        asked.push_back(images);
        if (images > 2) run_out_of_memory();
    };
    batch.attempt(work);
    batch.attempt(work);
    EXPECT_THAT(asked, ElementsAre(9, 4, 2, 2));
    EXPECT_EQ(batch.images(), 2);
}

TEST(BatchSize, OneImageThatDoesNotFitIsTheCallersError) {
    BatchSize batch(3);
    int calls = 0;
    EXPECT_THROW(batch.attempt([&](std::int64_t) {
        ++calls;
        run_out_of_memory();
    }),
                 c10::OutOfMemoryError);
    EXPECT_EQ(calls, 2);
}

TEST(BatchSize, OtherErrorsAreNotTriedAgain) {
    BatchSize batch(8);
    int calls = 0;
    EXPECT_THROW(batch.attempt([&](std::int64_t) {
        ++calls;
        throw std::runtime_error("a wrong shape");
    }),
                 std::runtime_error);
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(batch.images(), 8);
}

TEST(BatchSize, IsOneAtLeast) {
    EXPECT_EQ(BatchSize(0).images(), 1);
    EXPECT_EQ(BatchSize(-4).images(), 1);
}

TEST(FittingImages, TakeHalfOfTheFreeMemory) {
    constexpr std::int64_t gib = std::int64_t{1} << 30;
    EXPECT_EQ(fitting_images(8 * gib, gib), 4);
    EXPECT_EQ(fitting_images(8 * gib, 5 * gib), 1);
    EXPECT_EQ(fitting_images(0, gib), 1);
    EXPECT_EQ(fitting_images(80 * gib, gib / 8), kMostImages);
    EXPECT_EQ(fitting_images(std::nullopt, gib), 1);
}

/// Bytes of tensors that this thread holds, and the most that it held. LibTorch 1.13 and 2.x report by
/// different types; one of the two functions is what this LibTorch calls.
class HeldMemory : public c10::MemoryReportingInfoBase {
  public:
    void reportMemoryUsage(void*, std::int64_t bytes, std::int64_t, std::int64_t, c10::Device) { add(bytes); }
    void reportMemoryUsage(void*, std::int64_t bytes, std::size_t, std::size_t, c10::Device) { add(bytes); }
    bool memoryProfilingEnabled() const override { return true; }
    std::int64_t most() const { return most_; }

  private:
    void add(std::int64_t bytes) {
        held_ += bytes;
        most_ = std::max(most_, held_);
    }
    std::int64_t held_ = 0, most_ = 0;
};

/// Channels that are no multiple of 16 take the way that a GPU takes: torch's own norm.
const Widths kUnfused{24, 24, 40, 72, 136, 24};

template <typename Call>
std::int64_t bytes_held(const Call& call) {
    const auto held = std::make_shared<HeldMemory>();
    const c10::InferenceMode inference;
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, held);
    call();
    return held->most();
}

class BytesOfOneImage : public ::testing::TestWithParam<Precision> {};

TEST_P(BytesOfOneImage, AreNoFewerThanTheNetworksHoldAndNotManyMore) {
    if (GetParam() == Precision::bfloat16) SPINESEG_NEEDS_BFLOAT16();
    constexpr std::int64_t rows = 128, columns = 96;
    const PrecisionScope precision(GetParam());
    const auto type = GetParam() == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
    SpineSegDiff diffusion(kUnfused);
    PresegmentationUNet unet(kUnfused);
    const auto denoise = [&](std::int64_t images) {
        const auto image = torch::zeros({images, 1, rows, columns});
        diffusion->model->forward(image, torch::zeros({images, 3, rows, columns}),
                                  torch::full({images}, 5, torch::kInt64), diffusion->encode(image));
    };
    const auto presegment = [&](std::int64_t images) {
        unet->forward(torch::zeros({images, 1, rows, columns}));
    };
    const auto estimate = bytes_of_one_image(kUnfused, rows * columns, type);
    for (const auto& network :
         {std::function<void(std::int64_t)>(denoise), std::function<void(std::int64_t)>(presegment)}) {
        // The difference is what an image adds to the weights' copies.
        const auto measured = (bytes_held([&] { network(5); }) - bytes_held([&] { network(1); })) / 4;
        EXPECT_GE(estimate, measured);
        EXPECT_LE(estimate, 2 * measured);
    }
}

INSTANTIATE_TEST_SUITE_P(Types, BytesOfOneImage, ::testing::Values(Precision::float32, Precision::bfloat16));

}  // namespace batch_size_test
}  // namespace spineseg
