// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A column of wedges with exact measures: what a measurement must find again, whatever the stack. Bodies,
/// discs and a canal of elliptical section; no arches.

#include <array>
#include <vector>

#include "core/volume.h"

namespace spineseg::testing {

struct Wedge {
    double front = 0;  ///< mm high at the front edge
    double back = 0;   ///< and at the back edge
    double depth = 34;
};

/// From below.
struct BlockSpine {
    struct Level {
        Wedge disc;  ///< beneath the body
        Wedge body;
        double slip = 0;  ///< mm by which the body stands before the one beneath
    };
    std::vector<Level> levels;
    double sacral_slope = 35;  ///< degrees by which the lowest disc leans forward
    double half_width = 22;    ///< of bodies and discs
    double canal_depth = 15;   ///< front to back
    double canal_width = 22;
    double canal_gap = 3;  ///< behind the back walls

    /// Five lumbar levels and two thoracic ones, of usual sizes.
    static BlockSpine usual();
};

struct DrawnSpine {
    LabelMap labels;
    LabelMap levels;  ///< SPIDER's numbers
};

/// A sagittal grid about the column: `turns` are degrees about the left-right, front-back and up-down axes by
/// which the stack is turned against the patient.
Geometry stack_about(const BlockSpine& spine, double column_mm, double row_mm, double slice_mm, int slices,
                     const std::array<double, 3>& turns = {0, 0, 0});

/// Every voxel takes the structure at its centre.
DrawnSpine draw(const BlockSpine& spine, const Geometry& geometry);

}  // namespace spineseg::testing
