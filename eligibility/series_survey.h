// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the instances of a series say together: how many images show anatomy, whether they share a frame of
/// reference, which of them would be read, and which instance speaks for the series. One odd header among
/// many decides nothing. Pure; any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "stacks/frame_header_reader.h"
#include "stacks/series_plan.h"

namespace spineseg {

/// What counts of one instance.
struct SurveyedInstance {
    std::string name;  ///< for messages: a file's name, Orthanc's id
    std::string sop_instance_uid;
    std::string sop_class_uid;  ///< empty: taken for an image
    std::string series_description;
    std::string protocol_name;
    std::string body_part;
    std::vector<FrameReading> frames;  ///< one for a single-frame instance

    /// Not a Secondary Capture, a presentation state or anything else that is no MR image.
    bool is_image() const;
};

struct SeriesSurvey {
    int images = 0;             ///< frames of all instances that are images
    int anatomical_images = 0;  ///< those that show anatomy
    /// Distinct UIDs of the anatomical images, and how many name none. Where a stack is read or the series is
    /// refused for something else, 1 and 0.
    int frames_of_reference = 0;
    int without_frame_of_reference = 0;
    /// Index of the instance whose header the rules read: of the anatomical instances those with the
    /// commonest Series Description, Protocol Name and Body Part Examined; of these the middle one by SOP
    /// Instance UID.
    std::size_t representative = 0;
    std::string not_anatomy;              ///< "12 of 24 images: Image Type says \"FAT\""; empty where all do
    std::vector<StackReport> stacks;      ///< what the images are made of; empty where a header is at fault
    std::vector<std::string> left_aside;  ///< instances that are no image of the series, each with the reason
    std::optional<Error> fault;  ///< why none of the stacks would be segmented, as far as headers say
};

/// `instances` is not empty. Their order does not matter.
SeriesSurvey survey_series(const std::vector<SurveyedInstance>& instances);

}  // namespace spineseg
