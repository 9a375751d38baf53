// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files of the tree that CMake compiles in, so that the plugin needs none beside it.

#include <span>
#include <string_view>
#include <vector>

namespace spineseg {

struct ShippedFile {
    std::string_view name;  ///< below plugin/web: "queue_page.js", "vendor/preact.js"
    std::string_view text;
};

extern const std::span<const ShippedFile> kShippedWebFiles;  ///< plugin/web
extern const std::string_view kExplorerButton;               ///< plugin/rest/explorer_button.js
extern const std::vector<std::string_view> kOpenApiParts;    ///< plugin/rest/openapi/*.json
}  // namespace spineseg
