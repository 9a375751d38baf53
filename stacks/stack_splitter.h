// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Several stacks in one series: takes its images apart (docs/dicom.md §5.2.2) by orientation, matrix, pixel
/// spacing, echo and inversion time, b-value, what the images show (core/image_kind.h), stack id, frame of
/// reference and station,
/// proves each stack to be a regular grid, and chooses the sagittal one that results shall belong to. Pure:
/// knows no DICOM and no pixels. Neither the order of the images nor that of their files matters.

#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "stacks/frame_header.h"
#include "stacks/stack_builder.h"

namespace spineseg {

/// One stack of a series, good or not.
struct StackCandidate {
    std::vector<std::size_t> images;  ///< indices into the headers given, in their order
    std::string plane;                ///< "sagittal", "coronal", "axial", "oblique"
    std::string description;          ///< for a person: "15 sagittal images, 384 x 384, echo time 100 ms"
    Result<Stack> stack;              ///< its order holds indices into the headers given to examine_stacks()
};

/// Every image is in exactly one stack; the stacks are in the order of their first images.
std::vector<StackCandidate> examine_stacks(std::span<const FrameHeader> headers, int min_slices);

/// Images of the chosen stack's plane that show anatomy, are no stack themselves and are not in it: each with
/// the attribute that sets it apart.
std::vector<std::string> odd_images(std::span<const StackCandidate> candidates,
                                    std::span<const FrameHeader> headers, std::size_t chosen);

/// The index of the stack to work on. A single stack of anatomical images is chosen whatever its plane. Of
/// several, the sagittal ones that are regular grids of anatomical images without diffusion weighting; of
/// those
///   magnitude and water images, then in phase, then opposed phase (Dixon),
///   the longest echo time up to 150 ms: the T2-weighted one of a dual echo,
///   the one with at least twice the slices of any other.
/// Errors: no_anatomical_images; multiple_orientations or multiple_stacks where no stack of anatomical images
/// is sagittal; inconsistent_series or missing_attribute where anatomical images differ in their frame of
/// reference only; ambiguous_stacks, with both described, where two are equal in all of it; and the largest
/// sagittal stack's own verdict where none is a regular grid.
Result<std::size_t> choose_stack(std::span<const StackCandidate> candidates,
                                 std::span<const FrameHeader> headers);

}  // namespace spineseg
