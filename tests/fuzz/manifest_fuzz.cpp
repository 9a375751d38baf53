// SPDX-License-Identifier: GPL-3.0-or-later
// config/model_manifest.h: an accepted manifest is written and read again as the same, leads out of no bundle and lies
// within the bounds that the networks rely on.
#include <cmath>

#include "config/model_manifest.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {
namespace manifest_fuzz {

void require_file(const BundleFile& file) {
    require(!file.file.empty() && file.file.size() <= 255, "a file has a name");
    require(file.file.front() != '/' && file.file.find("..") != 0 &&
                file.file.find("/..") == std::string::npos && file.file.find('\0') == std::string::npos,
            "a file lies below the bundle's folder");
    require(file.sha256.size() == 64, "a file has a digest");
}

void require_input(const InputPlan& input) {
    require(std::isfinite(input.spacing_mm) && input.spacing_mm >= 0.2, "the spacing is positive");
    for (const int side : {input.canvas_rows, input.canvas_columns})
        require(side >= 16 && side <= 2048 && side % input.canvas_multiple == 0, "the canvas is whole tiles");
}

void require_presegmentation(const ModelManifest& m) {
    const auto& plan = m.presegmentation;
    if (plan.kind == PresegmenterKind::none) return;
    require(!plan.members.empty() && plan.members.size() <= 16, "a presegmentation has 1 to 16 members");
    for (const auto& member : plan.members) require_file(member);
    require(plan.neighbour_weight >= 0 && plan.neighbour_weight <= 1.0 / 3.0, "neighbours weigh a third");
    if (plan.kind == PresegmenterKind::unet) require(plan.widths.size() == 6, "a U-Net has six widths");
    if (plan.kind != PresegmenterKind::nnunet) return;
    require_file(plan.nnunet.plans);
    require_file(plan.nnunet.dataset);
}

void require_diffusion(const ModelManifest& m) {
    require(m.diffusion.widths.size() == 6, "the denoiser has six widths");
    for (const int width : m.diffusion.widths)
        require(width >= 8 && width <= 1024 && width % 8 == 0, "widths are whole groups");
    for (const auto& member : m.diffusion.members) require_file(member);
    require(m.diffusion.samples >= 0 && m.diffusion.samples <= 64, "there are 0 to 64 samples");
    require(m.diffusion.samples == 0 || !m.diffusion.members.empty(), "samples have a network");
    require(m.diffusion.steps >= 1 && m.diffusion.steps <= m.diffusion.timesteps,
            "steps are among timesteps");
    require(m.consensus.fused_steps >= 1 && m.consensus.fused_steps <= m.diffusion.steps,
            "fused steps are among steps");
    for (const double t :
         {m.calibration.presegmentation, m.calibration.diffusion, m.calibration.structure.canal,
          m.calibration.structure.vertebra, m.calibration.structure.disc})
        require(t >= 0.05 && t <= 20, "temperatures lie within their bounds");
}

}  // namespace manifest_fuzz

bool fuzz_manifest(Input input) {
    const auto manifest = ModelManifest::parse(text_of(input));
    if (!manifest) {
        require(manifest.error().code == ErrorCode::model_invalid, "refused as a model");
        require(!manifest.error().detail.empty(), "refused with a reason");
        return false;
    }
    manifest_fuzz::require_input(manifest->input);
    manifest_fuzz::require_presegmentation(*manifest);
    manifest_fuzz::require_diffusion(*manifest);
    const auto written = manifest->to_json();
    const auto again = ModelManifest::parse(written);
    require(again.has_value(), "an accepted manifest can be read again");
    require(again->to_json() == written, "its JSON is canonical");
    require(again->digest() == manifest->digest() && manifest->digest().size() == 64, "its digest stays");
    return true;
}

}  // namespace spineseg::fuzz
