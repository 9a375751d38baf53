// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which of a series' images would be read, from their headers alone. The order in which the images are given
/// changes nothing. Pure; any thread.

#include <optional>
#include <string>
#include <vector>

#include "stacks/frame_header_reader.h"
#include "stacks/stack_splitter.h"

namespace spineseg {

/// Fewer slices are no stack.
inline constexpr int kFewestSlices = 5;

/// One stack of a series.
struct StackReport {
    std::string description;     ///< "15 sagittal images, 384 x 384, echo time 100 ms, water"
    bool chosen = false;         ///< this one would be read
    std::optional<Error> fault;  ///< why it is no regular grid
};

struct SeriesPlan {
    std::vector<FrameHeader> headers;  ///< of the images that have a place, by SOP Instance UID and frame
    std::vector<StackReport> stacks;
    /// Images that show no anatomy and lack what places them; anatomical ones of the chosen stack's plane that
    /// are not in it, with the attribute that sets them apart.
    std::vector<std::string> left_aside;
    std::optional<Stack> chosen;  ///< its order: indices into `headers`
    std::optional<Error> fault;   ///< why none is chosen
};

/// An anatomical image whose header is at fault is the fault of the series; so is a chosen stack without a
/// frame of reference, which every result must cite.
SeriesPlan plan_series(std::vector<FrameReading> readings, int min_slices = kFewestSlices);

}  // namespace spineseg
