// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What one image (an instance, or a frame of a multi-frame instance) says about itself, as far as ordering
/// and checking a stack need it. Values; no DCMTK.

#include <cstddef>
#include <optional>
#include <string>

#include "core/geometry.h"
#include "core/image_kind.h"

namespace spineseg {

/// Two images closer than this along the normal lie at the same position.
inline constexpr double kSamePositionMm = 0.1;

struct FrameHeader {
    std::size_t instance = 0;  ///< index of the instance it belongs to
    int frame = 0;             ///< 0-based within that instance
    std::string name;          ///< for messages
    std::string sop_instance_uid;

    std::string frame_of_reference_uid;  ///< empty where it names none
    std::string image_position_patient;  ///< the stored strings, trailing padding removed
    std::string image_orientation_patient;
    std::string pixel_spacing;
    std::string slice_thickness;
    Vec3 position{};
    Vec3 row_direction{};
    Vec3 column_direction{};
    double row_spacing = 0;
    double column_spacing = 0;
    int rows = 0;
    int columns = 0;

    // What tells stacks at the same positions apart (PS3.3 C.8.3.1, C.8.13).
    std::optional<double> echo_time;       ///< ms
    std::optional<double> inversion_time;  ///< ms
    std::optional<double> b_value;         ///< s/mm2
    std::optional<int> echo_number;
    std::string scanning_sequence;
    ImageDescription description;  ///< the attributes that say what the image shows, as stored
    ImageKind kind;                ///< what follows from them
    std::string stack_id;
    std::optional<int> temporal_position;
    std::optional<double> trigger_time;
    std::optional<int> acquisition;
    std::string acquisition_time;  ///< date and time as stored, comparable as text

    double rescale_slope = 1;
    double rescale_intercept = 0;
};

}  // namespace spineseg
