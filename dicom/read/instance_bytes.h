// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What every reader of this library takes.

#include <cstdint>
#include <span>
#include <string>

namespace spineseg::dicom {

/// One DICOM file in memory; `name` is for messages (a path, an Orthanc id). The bytes must outlive the call.
struct InstanceBytes {
    std::string name;
    std::span<const std::uint8_t> bytes;
};

}  // namespace spineseg::dicom
