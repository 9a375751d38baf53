// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How far a structure reaches from a point inside it. Between voxel centres the field is interpolated
/// linearly, so that a border is found between voxels. Pure; any thread.

#include <cstdint>
#include <optional>

#include "core/volume.h"

namespace spineseg::levels {

/// A structure as a field 0..1 in the patient's space. Refers to the grids it was made from.
class Field {
  public:
    /// 1 where the label is.
    Field(const LabelMap& labels, std::uint8_t label) : labels_(&labels), label_(label) {}
    /// Its structure's probability, 0 where another one of its kind was labelled.
    Field(const LabelMap& labels, std::uint8_t label, const Grid<std::uint8_t>& probability)
        : labels_(&labels), label_(label), probability_(&probability) {}

    /// 0 outside the grid.
    double at(const Vec3& place) const;
    /// Of the steps at which at() should be read.
    double step() const;

  private:
    double value(int column, int row, int slice) const;
    const LabelMap* labels_;
    std::uint8_t label_;
    const Grid<std::uint8_t>* probability_ = nullptr;
};

/// Millimetres from `start` along the unit vector to where the field falls below the threshold; nullopt where
/// it is below already, or nowhere within `farthest`.
std::optional<double> reach(const Field& field, const Vec3& start, const Vec3& direction, double threshold,
                            double farthest);

}  // namespace spineseg::levels
