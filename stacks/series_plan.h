// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which of a series' images would be read, from their headers alone. The order in which the images are given
/// changes nothing. Pure; any thread.

#include <optional>
#include <string>
#include <vector>

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
    std::vector<StackReport> stacks;
    std::optional<Stack> chosen;  ///< its order: indices into the headers as sort_frames() leaves them
    std::optional<Error> fault;   ///< why none is chosen
};

/// By SOP Instance UID and frame.
void sort_frames(std::vector<FrameHeader>& headers);

/// `headers` as sort_frames() leaves them.
SeriesPlan plan_series(const std::vector<FrameHeader>& headers, int min_slices = kFewestSlices);

}  // namespace spineseg
