// SPDX-License-Identifier: GPL-3.0-or-later
// Temperatures are fitted in plain C++ (lab/evaluation) and applied with LibTorch (worker/inference). Were
// the two different, a calibrated bundle would be calibrated for somebody else.
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "lab/evaluation/temperature_fit.h"
#include "worker/inference/sampling/calibration.h"

namespace spineseg {
namespace temperature_agreement_test {

constexpr std::int64_t kSide = 24;

/// [4, H, W], sum 1; a tenth of the pixels certain, where 0 and 1 are exact.
torch::Tensor drawn_distribution() {
    torch::manual_seed(5);
    torch::Tensor q = torch::softmax(3 * torch::randn({4, kSide, kSide}), 0);
    const torch::Tensor certain = torch::one_hot(q.argmax(0), 4).permute({2, 0, 1}).to(torch::kFloat32);
    return torch::where(torch::rand({kSide, kSide}) < 0.1, certain, q).contiguous();
}

TEST(Temperatures, ThatAreFittedAreTheOnesThatAreApplied) {
    const torch::Tensor q = drawn_distribution();
    for (const auto& t : {StructureTemperatures{1.43, 1.13, 1.67}, {0.4, 2.5, 1.0}, {5.0, 0.2, 0.9}}) {
        const torch::Tensor applied =
            tempered(q, PerStructure{.canal = t[0], .vertebra = t[1], .disc = t[2]});
        const auto before = q.accessor<float, 3>(), after = applied.accessor<float, 3>();
        for (std::int64_t row = 0; row < kSide; ++row) {
            for (std::int64_t column = 0; column < kSide; ++column) {
                LabelledPixel pixel;
                for (std::int64_t c = 0; c < 4; ++c)
                    pixel.probability[static_cast<std::size_t>(c)] = before[c][row][column];
                const LabelledPixel fitted = tempered(pixel, t);
                for (std::int64_t c = 0; c < 4; ++c)
                    ASSERT_NEAR(fitted.probability[static_cast<std::size_t>(c)], after[c][row][column], 2e-6)
                        << "class " << c << " of pixel " << row << ", " << column;
            }
        }
    }
}

}  // namespace temperature_agreement_test
}  // namespace spineseg
