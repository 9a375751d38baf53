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
    // Multi-frame Secondary Capture, presentation states, structured reports, encapsulated documents.
    static constexpr std::array<std::string_view, 4> kFamilies{
        "1.2.840.10008.5.1.4.1.1.7.", "1.2.840.10008.5.1.4.1.1.11.", "1.2.840.10008.5.1.4.1.1.88.",
        "1.2.840.10008.5.1.4.1.1.104."};
    return sop_class_uid == "1.2.840.10008.5.1.4.1.1.7" || sop_class_uid == "1.2.840.10008.5.1.4.1.1.66" ||
           std::any_of(kFamilies.begin(), kFamilies.end(),
                       [&](std::string_view family) { return sop_class_uid.starts_with(family); });
}

}  // namespace spineseg
