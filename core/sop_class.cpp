// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sop_class.h"

#include <algorithm>
#include <array>

namespace spineseg {

bool is_enhanced_mr_class(std::string_view sop_class_uid) {
    return sop_class_uid == "1.2.840.10008.5.1.4.1.1.4.1" || sop_class_uid == "1.2.840.10008.5.1.4.1.1.4.4";
}

bool is_mr_image_class(std::string_view sop_class_uid) {
    return sop_class_uid == "1.2.840.10008.5.1.4.1.1.4" || is_enhanced_mr_class(sop_class_uid);
}

bool is_companion_class(std::string_view sop_class_uid) {
    constexpr std::string_view kStorage = "1.2.840.10008.5.1.4.1.1.";
    // Private classes hold no image that anybody else could read: Siemens' CSA data, Philips' series data.
    if (!sop_class_uid.starts_with("1.2.840.10008.")) return !sop_class_uid.empty();
    if (!sop_class_uid.starts_with(kStorage)) return false;
    const std::string_view rest = sop_class_uid.substr(kStorage.size());
    static constexpr std::array<std::string_view, 6> kClasses{
        "7" /* Secondary Capture */, "66" /* raw data */,      "67" /* real world values */,
        "4.2" /* spectroscopy */,    "4.3" /* MR in colour */, "30" /* Parametric Map */};
    // Multi-frame Secondary Capture, waveforms, presentation states, registrations and segmentations,
    // surfaces, photographs and films, structured reports, encapsulated documents.
    static constexpr std::array<std::string_view, 8> kFamilies{"7.",  "9.",  "11.", "66.",
                                                               "68.", "77.", "88.", "104."};
    return std::find(kClasses.begin(), kClasses.end(), rest) != kClasses.end() ||
           std::any_of(kFamilies.begin(), kFamilies.end(),
                       [&](std::string_view family) { return rest.starts_with(family); });
}

}  // namespace spineseg
