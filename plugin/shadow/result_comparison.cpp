// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/result_comparison.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/json_fields.h"
#include "core/quality_verdict.h"
#include "core/result_types.h"
#include "plugin/shadow/mask_overlap.h"

namespace spineseg {
namespace {

using nlohmann::json;
using Files = std::vector<std::vector<std::uint8_t>>;

struct Quality {
    std::string verdict;
    std::optional<double> score;
};

/// null where `object` is no object or lacks it.
json member_of(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found == object.end() ? json() : *found;
}

Quality quality_of(const std::string& summary_json) {
    const json said = member_of(json::parse(summary_json, nullptr, false), "quality");
    const json verdict = member_of(said, "verdict"), score = member_of(said, "score");
    Quality quality;
    for (const auto one : {QualityVerdict::pass, QualityVerdict::review, QualityVerdict::reject})
        if (verdict == to_string(one)) quality.verdict = to_string(one);
    if (score.is_number() && score.get<double>() >= 0.0 && score.get<double>() <= 1.0)
        quality.score = score.get<double>();
    return quality;
}

Result<Files> shown_segmentations(Archive& archive, const Job& shown) {
    Files files;
    std::size_t bytes = 0;
    for (const auto& result : shown.results) {
        if (!holds({OutputObject::segmentation}, result)) continue;
        auto file = archive.read_little_endian(result.orthanc_instance_id);
        if (!file && file.error().code == ErrorCode::not_found)
            return failure(ErrorCode::not_found, "the shown Segmentation is no longer in the archive");
        if (!file) return failure(file.error());
        bytes += file->size();
        if (bytes > kMostComparedBytes)
            return failure(ErrorCode::invalid_argument, "the shown Segmentation is too large to be compared");
        files.push_back(std::move(*file));
    }
    if (files.empty()) return failure(ErrorCode::not_found, "the shown result has no Segmentation");
    return files;
}

Result<std::vector<SegmentationMasks>> masks_of(const Files& files) {
    std::vector<SegmentationMasks> parts;
    for (const auto& file : files) {
        auto masks = read_segmentation_masks(file);
        if (!masks) return failure(masks.error());
        parts.push_back(std::move(*masks));
    }
    return parts;
}

std::string levels_json(const MaskOverlap& overlap) {
    json levels = json::array();
    for (const auto& label : overlap.labels) levels.push_back({{"Label", label.label}, {"Dice", label.dice}});
    return dump_json(levels);
}

std::string fixed(double value, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string or_unknown(const std::string& text) {
    return text.empty() ? "unknown" : text;
}

}  // namespace

ShadowFigures compared_summaries(const Job& shown, const ShadowProduct& product) {
    const auto before = quality_of(shown.summary_json), after = quality_of(product.summary_json);
    ShadowFigures figures;
    figures.shown_verdict = before.verdict;
    figures.shown_score = before.score;
    figures.shadow_verdict = after.verdict;
    figures.shadow_score = after.score;
    figures.shadow_seconds = product.seconds;
    if (shown.started && shown.finished)
        figures.shown_seconds = std::chrono::duration<double>(*shown.finished - *shown.started).count();
    return figures;
}

Result<ShadowFigures> compare_results(Archive& archive, const Job& shown, const ShadowProduct& product) {
    const auto files = shown_segmentations(archive, shown);
    if (!files) return failure(files.error());
    const auto before = masks_of(*files);
    if (!before) return failure(before.error());
    const auto after = masks_of(product.segmentations);
    if (!after) return failure(after.error());
    const auto overlap = overlap_of(*before, *after);
    if (!overlap) return failure(overlap.error());
    ShadowFigures figures = compared_summaries(shown, product);
    figures.mean_dice = overlap->mean;
    figures.canal = overlap->structures[static_cast<std::size_t>(Structure::canal)];
    figures.vertebra = overlap->structures[static_cast<std::size_t>(Structure::vertebra)];
    figures.disc = overlap->structures[static_cast<std::size_t>(Structure::disc)];
    figures.levels_json = levels_json(*overlap);
    return figures;
}

std::string described(const ShadowFigures& figures) {
    std::string text;
    if (figures.mean_dice) text += "mean Dice " + fixed(*figures.mean_dice, 3) + "; ";
    text += "verdict " + or_unknown(figures.shadow_verdict) + ", shown " + or_unknown(figures.shown_verdict);
    if (figures.shadow_seconds) text += "; " + fixed(*figures.shadow_seconds, 1) + " s";
    if (figures.shown_seconds) text += ", shown " + fixed(*figures.shown_seconds, 1) + " s";
    return text;
}

}  // namespace spineseg
