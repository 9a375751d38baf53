// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files whose datasets are in neither Explicit nor Implicit VR Little Endian, encoded anew by Orthanc (an edge
/// file). Any thread.

#include <orthanc/OrthancCPlugin.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

/// Big-endian or deflated.
bool is_other_encoding(const std::string& transfer_syntax_uid);
/// In Explicit VR Little Endian. archive_unavailable: Orthanc cannot do it.
Result<std::vector<std::uint8_t>> re_encoded(OrthancPluginContext* context,
                                             const std::vector<std::uint8_t>& file);

}  // namespace spineseg
