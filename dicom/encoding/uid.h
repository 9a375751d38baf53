// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// UIDs that are a pure function of what they name: "2.25." and a version 5 UUID as a decimal number (PS3.5
/// B.2, RFC 4122 4.3), so that a rerun makes the same objects and needs no registered root. Any thread.

#include <initializer_list>
#include <string>
#include <string_view>

namespace spineseg::dicom {

/// The parts are joined so that ("a", "bc") and ("ab", "c") differ.
std::string uid_from(std::initializer_list<std::string_view> name_parts);

}  // namespace spineseg::dicom
