// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/presegmentation_pass.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <utility>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"

namespace spineseg {
namespace presegmentation_pass_test {

using ::testing::ElementsAre;

using Call = std::pair<std::int64_t, std::int64_t>;  ///< first slice, slices

/// Says of slice s that every class has the probability (s + class) / 100. Has memory for so many slices.
class StubPresegmenter : public Presegmenter {
  public:
    explicit StubPresegmenter(std::int64_t room = 100) : room_(room) {}
    torch::Tensor probabilities(const SliceStack&, std::int64_t first, const torch::Tensor& input) override {
        calls.emplace_back(first, input.size(0));
        if (input.size(0) > room_) C10_THROW_ERROR(OutOfMemoryError, "CUDA out of memory");
        const auto slices = torch::arange(first, first + input.size(0)).view({1, -1, 1, 1, 1});
        return ((slices + torch::arange(4).view({1, 1, 4, 1, 1})) / 100.0).expand({1, -1, 4, 16, 16});
    }
    std::vector<Call> calls;

  private:
    std::int64_t room_;
};

constexpr std::int64_t kSlices = 5;

std::vector<torch::Tensor> passed(StubPresegmenter& presegmenter, std::int64_t batch,
                                  double neighbours = 0.0) {
    auto manifest = SmallBundle::small_manifest();
    manifest.presegmentation.neighbour_weight = neighbours;
    manifest.presegmentation.neighbour_spacing_mm = 5.0;
    const SliceStack stack{torch::zeros({kSlices, 16, 16}), torch::ones({kSlices, 16, 16}, torch::kBool),
                           4.0};
    PresegmentationPass pass(
        presegmenter, manifest, stack,
        [](std::int64_t, std::int64_t count) {
            return torch::zeros({count, 1, 16, 16});
        },
        BatchSize(batch));
    std::vector<torch::Tensor> members;
    for (std::int64_t slice = 0; slice < kSlices; ++slice) members.push_back(pass.members(slice));
    return members;
}

TEST(PresegmentationPass, AsksForEverySliceOnceInBatches) {
    StubPresegmenter one, two;
    passed(one, 1);
    passed(two, 2);
    EXPECT_THAT(one.calls, ElementsAre(Call{0, 1}, Call{1, 1}, Call{2, 1}, Call{3, 1}, Call{4, 1}));
    EXPECT_THAT(two.calls, ElementsAre(Call{0, 2}, Call{2, 2}, Call{4, 1}));
}

TEST(PresegmentationPass, GivesTheSameWhateverTheBatch) {
    for (const double neighbours : {0.0, 0.25}) {
        StubPresegmenter single;
        const auto expected = passed(single, 1, neighbours);
        for (const std::int64_t batch : {2, 3, 64}) {
            StubPresegmenter stub;
            const auto members = passed(stub, batch, neighbours);
            for (std::size_t slice = 0; slice < kSlices; ++slice)
                EXPECT_TRUE(torch::equal(members[slice], expected[slice])) << batch << " " << slice;
        }
    }
}

TEST(PresegmentationPass, ABatchThatDoesNotFitIsHalvedAndNoSliceIsMissing) {
    StubPresegmenter roomy, small(2);
    const auto expected = passed(roomy, 1);
    const auto members = passed(small, 4);
    EXPECT_THAT(small.calls, ElementsAre(Call{0, 4}, Call{0, 2}, Call{2, 2}, Call{4, 1}));
    for (std::size_t slice = 0; slice < kSlices; ++slice)
        EXPECT_TRUE(torch::equal(members[slice], expected[slice])) << slice;
}

}  // namespace presegmentation_pass_test
}  // namespace spineseg
