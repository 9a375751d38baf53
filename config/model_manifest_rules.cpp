// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/model_manifest_rules.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

namespace spineseg {
namespace {

using Broken = std::optional<std::string>;

/// Ids end up in paths, REST answers and UIDs' seeds: letters, digits and a few signs, beginning with one of
/// the former.
bool is_plain_name(std::string_view text) {
    const auto alphanumeric = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    };
    return !text.empty() && alphanumeric(text.front()) && std::all_of(text.begin(), text.end(), [&](char c) {
        return alphanumeric(c) || c == '-' || c == '_' || c == '.' || c == '+';
    });
}

/// A bundle is one folder: a path in a foreign manifest must not lead out of it.
bool stays_in_the_bundle(std::string_view path) {
    while (true) {
        const auto slash = path.find('/');
        if (!is_plain_name(path.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        path.remove_prefix(slash + 1);
    }
}

bool is_sha256(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

bool are_grouped(const Widths& widths) {
    return std::all_of(widths.begin(), widths.end(), [](int width) { return width % 8 == 0; });
}

bool is_whole(double value) {
    return value == std::floor(value);
}

bool is_off(const CalibrationPlan& plan) {
    const PerStructure& each = plan.structure;
    return plan.presegmentation == 1.0 && plan.diffusion == 1.0 && each.canal == 1.0 &&
           each.vertebra == 1.0 && each.disc == 1.0;
}

Broken broken_file(const BundleFile& file, const std::string& at, const std::string& name) {
    if (!stays_in_the_bundle(file.file))
        return at + "." + name + ": must be a path of plain names below the bundle's folder";
    if (!is_sha256(file.sha256)) return at + ".sha256: must be 64 lower-case hexadecimal digits";
    return std::nullopt;
}

Broken broken_members(const std::vector<BundleFile>& members, const std::string& at) {
    std::set<std::string_view> files;
    for (std::size_t i = 0; i < members.size(); ++i) {
        const std::string place = at + "[" + std::to_string(i) + "]";
        if (auto broken = broken_file(members[i], place, "weights")) return broken;
        if (!files.insert(members[i].file).second) return place + ".weights: occurs twice";
    }
    return std::nullopt;
}

Broken broken_input(const InputPlan& input) {
    if (input.canvas_multiple % 16 != 0) return "input.canvas_multiple: four poolings need a multiple of 16";
    if (input.canvas_rows % input.canvas_multiple != 0)
        return "input.canvas_rows: not a multiple of canvas_multiple";
    if (input.canvas_columns % input.canvas_multiple != 0)
        return "input.canvas_columns: not a multiple of canvas_multiple";
    return std::nullopt;
}

Broken broken_channels(const OutputChannels& channels) {
    std::set<int> taken;
    for (const auto* structure : {&channels.canal, &channels.vertebra, &channels.disc}) {
        for (const int channel : *structure) {
            if (!taken.insert(channel).second)
                return "presegmentation.channels: " + std::to_string(channel) + " occurs twice";
        }
    }
    return std::nullopt;
}

Broken broken_presegmentation(const PresegmentationPlan& plan) {
    if (plan.kind == PresegmenterKind::none) return std::nullopt;
    if (plan.members.empty()) return "presegmentation.members: there must be one at least";
    if (auto broken = broken_members(plan.members, "presegmentation.members")) return broken;
    if (plan.kind == PresegmenterKind::unet && !are_grouped(plan.widths))
        return "presegmentation.widths: must be multiples of 8";
    if (plan.neighbour_weight > 0.0 && plan.neighbour_spacing_mm <= 0.0)
        return "presegmentation.neighbour_spacing_mm: must say how far apart neighbours may lie";
    if (plan.kind == PresegmenterKind::unet) return std::nullopt;
    if (auto broken = broken_channels(plan.channels)) return broken;
    if (plan.kind == PresegmenterKind::torchscript) return std::nullopt;
    if (plan.nnunet.configuration.empty()) return "presegmentation.nnunet.configuration: is empty";
    if (auto broken = broken_file(plan.nnunet.plans, "presegmentation.nnunet.plans", "file")) return broken;
    return broken_file(plan.nnunet.dataset, "presegmentation.nnunet.dataset", "file");
}

Broken broken_diffusion(const ModelManifest& m) {
    const DiffusionPlan& plan = m.diffusion;
    if (!are_grouped(plan.widths)) return "diffusion.widths: must be multiples of 8";
    if (auto broken = broken_members(plan.members, "diffusion.members")) return broken;
    if (plan.members.empty() && plan.samples > 0)
        return "diffusion.samples: must be 0 where there are no members";
    if (plan.steps > plan.timesteps) return "diffusion.steps: more than timesteps";
    if (m.presegmentation.kind != PresegmenterKind::none) return std::nullopt;
    if (plan.samples == 0) return "diffusion.samples: nothing is left without a presegmentation";
    if (plan.prediction == Prediction::residual)
        return "diffusion.prediction: there is no presegmentation to add a residual to";
    if (plan.start != StartRule::noise) return "diffusion.start: there is no presegmentation to start from";
    if (plan.region_margin_mm > 0.0)
        return "diffusion.region_margin_mm: there is no presegmentation to put a box around";
    return std::nullopt;
}

Broken broken_consensus(const ModelManifest& m) {
    const ConsensusPlan& plan = m.consensus;
    if (plan.fused_steps > m.diffusion.steps) return "consensus.fused_steps: more than diffusion.steps";
    if (plan.uncertainty == UncertaintyRule::original && plan.fusion == FusionRule::mean_probability)
        return "consensus.uncertainty: the original's map needs a fusion rule that fuses steps";
    if (m.presegmentation.kind == PresegmenterKind::none && plan.presegmentation_weight > 0.0)
        return "consensus.presegmentation_weight: there is no presegmentation";
    return std::nullopt;
}

Broken broken_anchor(const ModelManifest& m) {
    if (!m.anchor) return std::nullopt;
    if (!are_grouped(m.anchor->widths)) return "anchor.widths: must be multiples of 8";
    for (const auto* members : {&m.presegmentation.members, &m.diffusion.members})
        for (const auto& member : *members)
            if (member.file == m.anchor->network.file)
                return "anchor.weights: is a member of another network";
    return broken_file(m.anchor->network, "anchor", "weights");
}

/// What the published code does, field by field; what it leaves open (schedule, T, steps, widths, which steps
/// are fused) is free.
Broken broken_reference(const ModelManifest& m) {
    if (m.profile != Profile::reference) return std::nullopt;
    const auto reference = [](const char* field) { return std::string(field) + " in the reference profile"; };
    if (m.input.intensity == IntensityRule::percentile_zscore)
        return reference("input.intensity: must be percentile_255 or unchanged");
    if (m.input.orientation != SliceOrientation::posterior_anterior__inferior_superior)
        return reference("input.orientation: must be posterior_anterior__inferior_superior");
    if (m.diffusion.prediction != Prediction::mask) return reference("diffusion.prediction: must be mask");
    if (m.diffusion.region_margin_mm > 0.0) return reference("diffusion.region_margin_mm: must be 0");
    if (m.diffusion.x0 != X0Rule::clamped_logits) return reference("diffusion.x0: must be clamped_logits");
    if (m.diffusion.start == StartRule::presegmentation && m.diffusion.mask_scale != MaskScale::binary)
        return reference("diffusion.mask_scale: must be binary");
    if (m.diffusion.start == StartRule::presegmentation && m.diffusion.start_signal > 0.0)
        return reference("diffusion.start_signal: must be 0");
    if (m.consensus.fusion == FusionRule::mean_probability)
        return reference("consensus.fusion: must fuse steps");
    if (m.consensus.presegmentation_weight > 0.0)
        return reference("consensus.presegmentation_weight: must be 0");
    if (m.consensus.threshold != 0.5) return reference("consensus.threshold: must be 0.5");
    if (!is_off(m.calibration)) return reference("calibration: every temperature must be 1");
    if (m.postprocessing.exclusive) return reference("postprocessing.exclusive: must be false");
    return std::nullopt;
}

Broken broken_rest(const ModelManifest& m) {
    const auto& pixels = m.postprocessing.minimum_component_pixels;
    if (!is_whole(pixels.canal) || !is_whole(pixels.vertebra) || !is_whole(pixels.disc))
        return "postprocessing.minimum_component_pixels: must be whole numbers";
    if (m.postprocessing.on_canvas && m.postprocessing.exclusive)
        return "postprocessing.on_canvas: only where structures are decided one by one (exclusive: false)";
    if (m.self_test)
        if (auto broken = broken_file(*m.self_test, "self_test", "file")) return broken;
    if (m.quality.reject_below > m.quality.review_below)
        return "quality.reject_below: more than review_below";
    return std::nullopt;
}

}  // namespace

Broken broken_rule(const ModelManifest& m) {
    if (!is_plain_name(m.id)) return "id: must consist of letters, digits and -_.+";
    if (!is_plain_name(m.version)) return "version: must consist of letters, digits and -_.+";
    if (auto broken = broken_input(m.input)) return broken;
    if (auto broken = broken_presegmentation(m.presegmentation)) return broken;
    if (auto broken = broken_diffusion(m)) return broken;
    if (auto broken = broken_consensus(m)) return broken;
    if (auto broken = broken_anchor(m)) return broken;
    if (auto broken = broken_rest(m)) return broken;
    return broken_reference(m);
}

}  // namespace spineseg
