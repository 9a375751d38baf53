// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the bundles lie that were installed with the plugin. Any thread.

#include <filesystem>
#include <vector>

namespace spineseg {

/// share/spineseg/models beside one of the folders above the library that holds this function: /usr/share/… of the
/// packages, PREFIX/share/… of an installation from source. Empty: there is none.
std::vector<std::filesystem::path> installed_model_folders();

}  // namespace spineseg
