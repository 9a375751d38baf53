// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/presegmentation/presegmenter_factory.h"

#include <torch/torch.h>

#include <utility>
#include <vector>

#include "core/volume.h"
#include "worker/inference/networks/networks.h"
#include "worker/inference/presegmentation/nnunet_presegmenter.h"
#include "worker/inference/presegmentation/torchscript_presegmenter.h"
#include "worker/inference/presegmentation/unet_presegmenter.h"
#include "worker/inference/storage/bundle_file.h"

namespace spineseg {
namespace {

/// Kind "none": background, with certainty.
class NoPresegmenter : public Presegmenter {
  public:
    torch::Tensor probabilities(const SliceStack&, std::int64_t,
                                const torch::Tensor& network_input) override {
        auto classes = torch::zeros(
            {1, network_input.size(0), kStructures + 1, network_input.size(2), network_input.size(3)},
            network_input.options());
        classes.select(2, 0).fill_(1.0);
        return classes;
    }
};

Result<std::unique_ptr<Presegmenter>> make_unet(const std::filesystem::path& folder,
                                                const PresegmentationPlan& plan,
                                                const torch::Device& device) {
    std::vector<PresegmentationUNet> networks;
    for (const auto& member : plan.members) {
        PresegmentationUNet network(plan.widths);
        if (const auto loaded = load_verified(*network, folder, member, device); !loaded)
            return failure(loaded.error());
        networks.push_back(std::move(network));
    }
    return std::make_unique<UNetPresegmenter>(std::move(networks), plan.scales);
}

}  // namespace

Result<std::unique_ptr<Presegmenter>> make_presegmenter(const std::filesystem::path& bundle_folder,
                                                        const ModelManifest& manifest,
                                                        const torch::Device& device) {
    switch (manifest.presegmentation.kind) {
        case PresegmenterKind::none:
            return std::make_unique<NoPresegmenter>();
        case PresegmenterKind::unet:
            return make_unet(bundle_folder, manifest.presegmentation, device);
        case PresegmenterKind::nnunet:
            return NnUNetPresegmenter::load(bundle_folder, manifest, device);
        case PresegmenterKind::torchscript:
            return TorchScriptPresegmenter::load(bundle_folder, manifest, device);
    }
    return failure(ErrorCode::internal, "a presegmenter kind without a presegmenter");
}

}  // namespace spineseg
