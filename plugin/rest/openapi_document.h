// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The OpenAPI 3.1 document of our routes, put together from plugin/rest/openapi/*.json. A test compares it with the table
/// of routes in both directions, and another one what the routes answer with its schemas. Pure; any thread.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace spineseg {

/// `root` is the routes' root with both slashes.
nlohmann::json openapi_document(const std::string& root, const std::string& version);

}  // namespace spineseg
