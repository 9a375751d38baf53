// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which frames a Segmentation gets, and how they are shared out among instances. Pure; any thread. For this
/// library's sources.

#include <compare>
#include <cstddef>
#include <vector>

#include "core/volume.h"
#include "dicom/encoding/segment_catalogue.h"

namespace spineseg::dicom {

/// A structure that owns at least one voxel: one without frames makes a viewer wait for ever
/// (docs/dicom.md §1.2).
struct Segment {
    const SegmentDescription* description;
    std::vector<bool> slices;  ///< which slices are written
};

struct SegFrame {
    std::size_t segment;  ///< 0-based among those written
    int slice;
    friend auto operator<=>(const SegFrame&, const SegFrame&) = default;
};

std::vector<Segment> segments_of(const LabelMap& labels, const std::vector<SegmentDescription>& descriptions);

/// Whole segments together, in their order, until an instance would hold more than `most` frames. A segment
/// that has more of its own is cut by slices.
std::vector<std::vector<Segment>> share_out(const std::vector<Segment>& segments, std::size_t most);

/// Segment-major, planes ascending; then all-zero frames from unused pairs, planes that are in use already
/// first, until the bit stream ends on a 16-bit boundary. Where too few pairs are left there are none.
std::vector<SegFrame> frames_of(const std::vector<Segment>& segments, const Geometry& geometry);

}  // namespace spineseg::dicom
