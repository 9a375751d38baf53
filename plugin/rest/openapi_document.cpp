// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/openapi_document.h"

#include <nlohmann/json.hpp>

#include "plugin/rest/shipped_files.h"
#include "plugin/rest/web_pages.h"

namespace spineseg {

nlohmann::json openapi_document(const std::string& root, const std::string& version) {
    nlohmann::json document = nlohmann::json::object();
    for (const auto part : kOpenApiParts) document.merge_patch(nlohmann::json::parse(with_root(part, root)));
    document.at("info").at("version") = version;
    return document;
}

}  // namespace spineseg
