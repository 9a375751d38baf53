// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_difference.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "core/decimal_string.h"

namespace spineseg {
namespace {

constexpr double kOrientationTolerance = 1e-3;

bool near(const Vec3& a, const Vec3& b, double tolerance) {
    for (int i = 0; i < 3; ++i)
        if (!(std::abs(a[i] - b[i]) <= tolerance)) return false;
    return true;
}

/// A value that only one of the two states is a difference, too.
bool differ(const std::optional<double>& a, const std::optional<double>& b, double tolerance) {
    if (a.has_value() != b.has_value()) return true;
    return a && std::abs(*a - *b) > tolerance;
}

/// Echoes of one train may be a millisecond apart; strings of one echo differ by their rounding only.
double echo_tolerance(const std::optional<double>& echo_time) {
    return std::max(0.2, 0.01 * echo_time.value_or(0));
}

std::string shown(const std::optional<double>& milliseconds) {
    return milliseconds ? rounded_text(*milliseconds) + " ms" : "none";
}

/// Attributes of the type of an image, in which the images of one stack agree.
constexpr std::array<std::pair<const char*, std::string ImageDescription::*>, 6> kTypeAttributes{
    {{"Image Type", &ImageDescription::image_type},
     {"Frame Type", &ImageDescription::frame_type},
     {"Complex Image Component", &ImageDescription::complex_component},
     {"Acquisition Contrast", &ImageDescription::acquisition_contrast},
     {"Volumetric Properties", &ImageDescription::volumetric_properties},
     {"Volume Based Calculation Technique", &ImageDescription::volume_technique}}};

/// Two images lie in one plane's direction and on one raster.
std::optional<Error> grid_difference(const FrameHeader& one, const FrameHeader& other) {
    const auto differ_in = [&](ErrorCode code, const char* what) {
        return Error{code, one.name + " and " + other.name + what};
    };
    if (!near(one.row_direction, other.row_direction, kOrientationTolerance) ||
        !near(one.column_direction, other.column_direction, kOrientationTolerance))
        return differ_in(ErrorCode::multiple_orientations, " lie in differently oriented planes");
    if (one.rows != other.rows || one.columns != other.columns)
        return differ_in(ErrorCode::multiple_stacks, " differ in matrix size");
    if (std::abs(one.row_spacing - other.row_spacing) > 1e-3 * other.row_spacing ||
        std::abs(one.column_spacing - other.column_spacing) > 1e-3 * other.column_spacing)
        return differ_in(ErrorCode::multiple_stacks, " differ in pixel spacing");
    return std::nullopt;
}

/// Images that were acquired differently are no stack even where their positions happen to interleave.
std::optional<Error> acquisition_difference(const FrameHeader& one, const FrameHeader& other) {
    if (auto grid = grid_difference(one, other)) return grid;
    const auto mixed = [&](const std::string& what) {
        return Error{ErrorCode::multiple_stacks, one.name + " and " + other.name + " differ in " + what};
    };
    if (differ(one.echo_time, other.echo_time, echo_tolerance(other.echo_time)))
        return mixed("echo time (" + shown(one.echo_time) + " and " + shown(other.echo_time) + ")");
    if (one.echo_number != other.echo_number) return mixed("echo number");
    if (differ(one.inversion_time, other.inversion_time, 10.0)) return mixed("inversion time");
    if (differ(one.b_value, other.b_value, 1.0)) return mixed("diffusion b-value");
    if (one.kind != other.kind)
        return mixed("what they show (" + one.kind.name + " and " + other.kind.name + ")");
    for (const auto& [name, member] : kTypeAttributes)
        if (one.description.*member != other.description.*member) return mixed(name);
    if (one.scanning_sequence != other.scanning_sequence) return mixed("scanning sequence");
    if (one.stack_id != other.stack_id) return mixed("stack id");
    return std::nullopt;
}

std::optional<Error> unlike_frame_of_reference(const FrameHeader& one, const FrameHeader& other) {
    if (one.frame_of_reference_uid == other.frame_of_reference_uid) return std::nullopt;
    for (const FrameHeader* header : {&one, &other})
        if (header->frame_of_reference_uid.empty())
            return Error{ErrorCode::missing_attribute, header->name + " lacks its frame of reference UID"};
    return Error{ErrorCode::inconsistent_series,
                 one.name + " and " + other.name + " differ in frame of reference"};
}

}  // namespace

std::optional<Error> stack_difference(const FrameHeader& one, const FrameHeader& other) {
    auto difference = acquisition_difference(one, other);
    return difference ? difference : unlike_frame_of_reference(one, other);
}

std::optional<Error> frame_of_reference_difference(const FrameHeader& one, const FrameHeader& other) {
    if (one.frame_of_reference_uid == other.frame_of_reference_uid) return std::nullopt;
    return acquisition_difference(one, other) ? std::nullopt : unlike_frame_of_reference(one, other);
}

}  // namespace spineseg
