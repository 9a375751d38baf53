// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the instances of a series say together: how many images show anatomy, whether they share a frame of
/// reference, and which instance speaks for the series. One odd header among many decides nothing. Pure; any
/// thread.

#include <cstddef>
#include <string>
#include <vector>

#include "core/image_kind.h"

namespace spineseg {

/// What counts of one instance.
struct SurveyedInstance {
    std::string sop_instance_uid;
    std::string series_description;
    std::string protocol_name;
    std::string body_part;
    std::string frame_of_reference_uid;
    bool is_image = true;           ///< false: a Secondary Capture, a presentation state
    std::vector<ImageKind> frames;  ///< one for a single-frame instance
};

struct SeriesSurvey {
    int images = 0;                      ///< frames of all instances that are images
    int anatomical_images = 0;           ///< those that show anatomy
    int frames_of_reference = 0;         ///< distinct UIDs of the anatomical images
    int without_frame_of_reference = 0;  ///< anatomical images that name none
    /// Index of the instance whose header the rules read: of the anatomical instances those with the
    /// commonest Series Description, Protocol Name and Body Part Examined; of these the middle one by SOP
    /// Instance UID.
    std::size_t representative = 0;
    std::string not_anatomy;  ///< "12 of 24 images: Image Type says \"FAT\""; empty where all show anatomy
};

/// `instances` is not empty. Their order does not matter.
SeriesSurvey survey_series(const std::vector<SurveyedInstance>& instances);

}  // namespace spineseg
