// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/label_mapping.h"

#include <algorithm>
#include <sstream>

namespace spineseg {
namespace {

constexpr int kFirstPartial = 101, kLastPartial = 125;

LabelCode spider_code() {
    LabelCode code;
    const auto range = [&](int first, int last, Label label) {
        for (int id = first; id <= last; ++id) code.set(static_cast<std::uint8_t>(id), label);
    };
    range(1, 25, Label::vertebra);
    range(100, 100, Label::canal);
    range(kFirstPartial, kLastPartial, Label::vertebra);
    range(201, 225, Label::disc);
    return code;
}

std::string voxel_text(const Geometry& geometry, std::size_t index) {
    const auto columns = static_cast<std::size_t>(geometry.columns),
               rows = static_cast<std::size_t>(geometry.rows);
    return "(" + std::to_string(index % columns) + ", " + std::to_string(index / columns % rows) + ", " +
           std::to_string(index / columns / rows) + ")";
}

/// A map of the voxels whose value satisfies the predicate.
template <typename Predicate>
LabelMap marked(const Volume& volume, Predicate predicate) {
    LabelMap map{.geometry = volume.geometry, .voxels = std::vector<std::uint8_t>(volume.voxels.size())};
    std::transform(volume.voxels.begin(), volume.voxels.end(), map.voxels.begin(), [&](float value) {
        return static_cast<std::uint8_t>(predicate(value) ? Label::vertebra : Label::background);
    });
    return map;
}

}  // namespace

const LabelCode& LabelCode::spider() {
    static const LabelCode code = spider_code();
    return code;
}

std::optional<Label> LabelCode::operator()(float value) const {
    if (!(value >= 0 && value <= 255)) return std::nullopt;
    const auto id = static_cast<std::uint8_t>(value);
    if (static_cast<float>(id) != value) return std::nullopt;
    return labels_[id];
}

std::string LabelCode::describe() const {
    std::string text;
    for (std::size_t first = 0; first < labels_.size(); ++first) {
        if (!labels_[first]) continue;
        std::size_t last = first;
        while (last + 1 < labels_.size() && labels_[last + 1] && first > 0) ++last;
        text += (text.empty() ? "" : ", ") + std::to_string(first);
        if (last > first) text += "-" + std::to_string(last);
        first = last;
    }
    return text;
}

Result<LabelMap> fold_labels(const Volume& volume, const LabelCode& code) {
    LabelMap labels{.geometry = volume.geometry, .voxels = {}};
    labels.voxels.reserve(volume.voxels.size());
    for (const float value : volume.voxels) {
        const auto label = code(value);
        if (!label) {
            std::ostringstream reason;
            reason << "the value " << value << " at voxel "
                   << voxel_text(volume.geometry, labels.voxels.size()) << " is no label (" << code.describe()
                   << ")";
            return failure(ErrorCode::file_unreadable, reason.str());
        }
        labels.voxels.push_back(static_cast<std::uint8_t>(*label));
    }
    return labels;
}

LabelMap ignored_voxels(const Volume& volume, const LabelCode& code) {
    return marked(
        volume, [&](float value) { return code.ignored() && value == static_cast<float>(*code.ignored()); });
}

LabelMap partly_visible_vertebrae(const Volume& volume) {
    return marked(volume, [](float value) { return value >= kFirstPartial && value <= kLastPartial; });
}

}  // namespace spineseg
