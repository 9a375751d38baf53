// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/stage_convolutions.h"

#include <torch/torch.h>

#include "core/volume.h"
#include "worker/inference/bundle/model_bundle.h"
#include "worker/inference/networks/networks.h"

namespace spineseg {
namespace {

using torch::Tensor;

/// A picture that needs no random numbers, which would move LibTorch's generator.
Tensor wavy_picture(std::int64_t channels, std::int64_t rows, std::int64_t columns) {
    return torch::sin(torch::arange(channels * rows * columns, torch::kFloat32) * 0.37)
        .view({1, channels, rows, columns});
}

Tensor one_denoising(SpineSegDiff& network, std::int64_t rows, std::int64_t columns) {
    const Tensor image = wavy_picture(1, rows, columns);
    return network->model->forward(image, wavy_picture(kStructures, rows, columns),
                                   torch::full({1}, 100, torch::kInt64), network->encode(image));
}

Result<ConvolutionTrial> find_for_presegmentation(ModelBundle& bundle, const torch::Device& device,
                                                  Precision precision,
                                                  std::optional<ConvolutionMethod> wanted) {
    const auto& plan = bundle.manifest.presegmentation;
    if (plan.kind != PresegmenterKind::unet) return ConvolutionTrial{};
    const auto methods = possible_methods(device, plan.widths, precision);
    return find_method(wanted, methods, [&] {
        const auto& grid = bundle.manifest.input;
        return try_methods(methods, grid.canvas_rows, grid.canvas_columns, [&](auto rows, auto columns) {
            return bundle.presegmenter->rehearse(wavy_picture(1, rows, columns));
        });
    });
}

Result<ConvolutionTrial> find_for_diffusion(ModelBundle& bundle, const torch::Device& device,
                                            Precision precision, std::optional<ConvolutionMethod> wanted) {
    if (bundle.diffusion.empty()) return ConvolutionTrial{};
    const auto methods = possible_methods(device, bundle.manifest.diffusion.widths, precision);
    return find_method(wanted, methods, [&] {
        const auto& grid = bundle.manifest.input;
        return try_methods(methods, grid.canvas_rows, grid.canvas_columns, [&](auto rows, auto columns) {
            return one_denoising(bundle.diffusion.front(), rows, columns);
        });
    });
}

}  // namespace

std::string StageConvolutions::describe() const {
    return "presegmentation " + presegmentation.describe() + "; diffusion " + diffusion.describe();
}

Result<StageConvolutions> find_convolutions(ModelBundle& bundle, const torch::Device& device,
                                            Precision precision, std::optional<ConvolutionMethod> wanted) {
    const PrecisionScope scope(precision);
    auto presegmentation = find_for_presegmentation(bundle, device, precision, wanted);
    if (!presegmentation) return failure(presegmentation.error());
    auto diffusion = find_for_diffusion(bundle, device, precision, wanted);
    if (!diffusion) return failure(diffusion.error());
    return StageConvolutions{std::move(*presegmentation), std::move(*diffusion)};
}

}  // namespace spineseg
