// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the numbers in a label file mean: SPIDER numbers its structures by level, nnU-Net counts from 1, the
/// project does neither. Pure. Any thread.

#include <array>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

/// A number's structure. A number without one is no label, and the file that holds it is refused.
class LabelCode {
  public:
    /// 1–25 and 101–125 (partly visible) → vertebra, 100 → canal, 201–225 → disc, 0 → background.
    static const LabelCode& spider();

    LabelCode() = default;  ///< knows only 0, the background
    void set(std::uint8_t number, Label label) { labels_[number] = label; }
    /// nnU-Net's ignore label: whoever drew the mask left open what these voxels are. They fold to background.
    void set_ignored(std::uint8_t number) {
        labels_[number] = Label::background;
        ignored_ = number;
    }
    std::optional<std::uint8_t> ignored() const { return ignored_; }

    std::optional<Label> operator()(float value) const;
    /// "0, 1-25, 100-125, 201-225": for messages.
    std::string describe() const;

  private:
    std::array<std::optional<Label>, 256> labels_{Label::background};
    std::optional<std::uint8_t> ignored_;
};

/// Every voxel mapped; file_unreadable names the first value that is no label, and its voxel.
Result<LabelMap> fold_labels(const Volume& volume, const LabelCode& code = LabelCode::spider());

/// Where the code's ignored label stands: any structure there, background elsewhere.
LabelMap ignored_voxels(const Volume& volume, const LabelCode& code);

/// SPIDER's partly visible vertebrae (101–125) alone: vertebra there, background elsewhere.
LabelMap partly_visible_vertebrae(const Volume& volume);

}  // namespace spineseg
