// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A volume as a radiologist views it: sagittal slices, head up, belly left, slices from the patient's right
/// to left, whatever the storage order. Derived from the direction cosines. Immutable; any thread.

#include <array>
#include <string>
#include <vector>

#include "core/volume.h"

namespace spineseg {

/// One slice as it is displayed: x to the right, y down.
template <typename T>
struct Picture {
    int width = 0;
    int height = 0;
    std::vector<T> values;
    const T& at(int x, int y) const {
        return values[static_cast<std::size_t>(y) * static_cast<std::size_t>(width) +
                      static_cast<std::size_t>(x)];
    }
};

class SagittalView {
  public:
    explicit SagittalView(const Geometry& geometry);

    int width() const { return axes_[0].size; }
    int height() const { return axes_[1].size; }
    int slices() const { return axes_[2].size; }
    /// Physical width of the picture divided by its height.
    double aspect() const;

    /// Letters at the picture's edges, by the direction that leads there; a second one where the slice is
    /// oblique.
    std::string left_letter() const { return letters(-1.0, 0); }
    std::string right_letter() const { return letters(1.0, 0); }
    std::string top_letter() const { return letters(-1.0, 1); }
    std::string bottom_letter() const { return letters(1.0, 1); }
    /// "R 12 mm": where the middle of a slice lies.
    std::string position(int slice) const;

    template <typename T>
    Picture<T> slice_of(const Grid<T>& grid, int slice) const {
        Picture<T> picture{.width = width(), .height = height(), .values = {}};
        picture.values.reserve(static_cast<std::size_t>(picture.width) *
                               static_cast<std::size_t>(picture.height));
        for (int y = 0; y < picture.height; ++y) {
            for (int x = 0; x < picture.width; ++x) picture.values.push_back(grid.voxels[index(x, y, slice)]);
        }
        return picture;
    }

    /// The slice with most voxels of canal and vertebra, nearest the middle among equals; the middle one if
    /// there are none.
    int midline(const LabelMap& labels) const;

  private:
    /// A display axis: which storage axis it follows, and whether backwards.
    struct Axis {
        std::size_t storage = 0;
        bool flipped = false;
        int size = 0;
        double spacing = 1;
        Vec3 direction{};  ///< of increasing display coordinate
    };
    std::size_t index(int x, int y, int slice) const;
    std::string letters(double sign, std::size_t axis) const;

    Geometry geometry_;
    std::array<Axis, 3> axes_;
};

}  // namespace spineseg
