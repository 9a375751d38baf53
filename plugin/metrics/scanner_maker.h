// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A scanner's manufacturer as a label: one of few names, whatever the images say. Pure; any thread.

#include <string_view>

namespace spineseg {

/// "Siemens", "GE", "Philips" and so on; "other" for what is not in the table, "unknown" for nothing.
std::string_view scanner_maker(std::string_view manufacturer);

}  // namespace spineseg
