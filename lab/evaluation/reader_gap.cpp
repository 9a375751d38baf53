// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/reader_gap.h"

#include <cmath>
#include <cstdint>

namespace spineseg {
namespace {

/// Whether a voxel of the label lies within `distance` mm in the same slice.
bool is_near(const LabelMap& map, int column, int row, int slice, Label label, double distance) {
    const Geometry& g = map.geometry;
    const int columns = static_cast<int>(distance / g.column_spacing);
    const int rows = static_cast<int>(distance / g.row_spacing);
    for (int r = -rows; r <= rows; ++r)
        for (int c = -columns; c <= columns; ++c) {
            const int at = column + c, in = row + r;
            if (at < 0 || in < 0 || at >= g.columns || in >= g.rows) continue;
            if (std::hypot(c * g.column_spacing, r * g.row_spacing) <= distance &&
                map.at(at, in, slice) == static_cast<std::uint8_t>(label))
                return true;
        }
    return false;
}

}  // namespace

LabelMap with_reader_gap(const LabelMap& truth, double gap) {
    LabelMap drawn = truth;
    const Geometry& g = truth.geometry;
    for (int slice = 0; slice < g.slices; ++slice)
        for (int row = 0; row < g.rows; ++row)
            for (int column = 0; column < g.columns; ++column) {
                const auto label = static_cast<Label>(truth.at(column, row, slice));
                if (label != Label::vertebra && label != Label::disc) continue;
                const Label other = label == Label::disc ? Label::vertebra : Label::disc;
                if (is_near(truth, column, row, slice, other, 0.5 * gap)) drawn.at(column, row, slice) = 0;
            }
    return drawn;
}

}  // namespace spineseg
