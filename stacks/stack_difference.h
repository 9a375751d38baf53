// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether two images may lie in one stack, from their headers alone. Pure; any thread.

#include <optional>

#include "core/error.h"
#include "stacks/frame_header.h"

namespace spineseg {

/// What makes two images members of different stacks, and which error that is; nullopt when nothing does.
/// Says nothing about their positions. The frame of reference comes last: where it is named, all else agrees.
std::optional<Error> stack_difference(const FrameHeader& one, const FrameHeader& other);

/// Images that agree in everything but their frame of reference: one stack that was given several, of which
/// none may be chosen. inconsistent_series, or missing_attribute where one of them names none.
std::optional<Error> frame_of_reference_difference(const FrameHeader& one, const FrameHeader& other);

}  // namespace spineseg
