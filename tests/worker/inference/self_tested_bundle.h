// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A small bundle that carries a self-test, and what makes the self-test fail.

#include <torch/torch.h>

#include <filesystem>
#include <stdexcept>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/bundle/bundle_conversion.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/self_test.h"

namespace spineseg {

/// Whole intensities, the image everywhere.
inline SliceStack self_test_stack() {
    torch::manual_seed(5);
    return {(torch::rand({2, 32, 48}) * 900).round(), torch::ones({2, 32, 48}, torch::kBool), 4.0};
}

class SelfTestedBundle {
  public:
    explicit SelfTestedBundle(ModelManifest manifest = SmallBundle::small_manifest())
        : small_(std::move(manifest)) {
        const auto segmenter =
            Segmenter::load(folder(), {.precision = Precision::float32, .threads = 1, .start_noise = {}});
        if (!segmenter) throw std::runtime_error(segmenter.error().detail);
        const auto written = write_self_test(**segmenter, folder(), self_test_stack());
        if (!written) throw std::runtime_error(written.error().detail);
    }

    const std::filesystem::path& folder() const { return small_.folder(); }

    /// Multiplies the presegmentation's last weights and keeps the self-test: a bundle that says of itself
    /// what it no longer is. Its digests fit, so that only the self-test can tell.
    void scale_weights(double factor) const {
        const auto self_test = ModelManifest::read(folder())->self_test;
        const torch::NoGradGuard no_grad;
        PresegmentationUNet network = small_.networks().presegmentation.front();
        network->final_conv->weight.mul_(factor);
        small_.write();
        auto manifest = ModelManifest::read(folder());
        manifest->self_test = self_test;
        if (!write_manifest(folder(), *manifest)) throw std::runtime_error("cannot write the manifest");
    }

  private:
    SmallBundle small_;
};

}  // namespace spineseg
