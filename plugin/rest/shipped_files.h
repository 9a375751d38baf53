// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files of the tree that CMake compiles in, so that the plugin needs none beside it.

#include <string_view>
#include <vector>

namespace spineseg {
extern const std::string_view kStatusPage;                 ///< plugin/rest/status_page.html
extern const std::string_view kExplorerButton;             ///< plugin/rest/explorer_button.js
extern const std::vector<std::string_view> kOpenApiParts;  ///< plugin/rest/openapi/*.json
}  // namespace spineseg
