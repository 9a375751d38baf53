// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/dicom_encoding.h"

#include <cstdio>

namespace spineseg {

std::string tag_text(DicomTag tag) {
    char text[16];
    std::snprintf(text, sizeof text, "(%04X,%04X)", static_cast<unsigned>(tag >> 16),
                  static_cast<unsigned>(tag & 0xffffU));
    return text;
}

}  // namespace spineseg
