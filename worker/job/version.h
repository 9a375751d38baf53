// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace spineseg {

/// The project's version, as results and the wire carry it.
std::string software_version();

}  // namespace spineseg
