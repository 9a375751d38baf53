// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A label map with its true levels, and the faults that a segmentation may have.

#include <cstdint>

#include "core/volume.h"

namespace spineseg::testing {

/// A fixed sequence of numbers.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : state_(seed * 2 + 1) {}
    double between(double low, double high);
    int number(int low, int high);  ///< both included

  private:
    std::uint64_t state_;
};

/// `labels` are spoilt, `levels` keep the truth (SPIDER's numbers) of what was there.
struct SpoiltLabels {
    LabelMap labels;
    LabelMap levels;

    /// A body is cut by a gap of a few millimetres in every second slice.
    void cut_body(int ordinal);
    /// Two neighbouring bodies touch in one slice: a part of the disc between them is bone.
    void join_bodies(int disc_ordinal);
    /// Only this share of a body's voxels is left, in front of the canal.
    void weaken_body(int ordinal, double share, Dice& dice);
    void remove_disc(int ordinal);
    /// A hole as cement leaves it.
    void drill_hole(int ordinal, double radius_mm);
    /// A thin bridge of disc through the body between two discs, in one slice.
    void bridge_discs(int ordinal);
    /// An ellipsoid of one label where nothing is labelled, `offset` (LPS mm) from the lowest disc's centre.
    void add_piece(Label label, const Vec3& offset, const Vec3& half_axes);
    /// S1/S2: a flat disc 28 mm beneath L5/S1, `turned` degrees less steep, of a share of its depth.
    void add_sacral_disc(double depth_share, double turned);
    /// The column bends to the side: at the height of its middle by so many millimetres.
    void bend_aside(double millimetres);
    /// Whole slices without a label, as the doubt guard leaves them.
    void empty_slice(int slice);
};

}  // namespace spineseg::testing
