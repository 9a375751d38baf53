// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/web_pages.h"

#include <string_view>

#include "core/digest.h"
#include "plugin/rest/shipped_files.h"

namespace spineseg {
namespace {

constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

const char* type_of(std::string_view name) {
    if (name.ends_with(".html")) return "text/html; charset=utf-8";
    if (name.ends_with(".svg")) return "image/svg+xml";
    if (name.ends_with(".css")) return "text/css; charset=utf-8";
    return "text/javascript; charset=utf-8";
}

bool has_it_already(const HttpRequest& request, const std::string& etag) {
    const auto known = request.headers.find("if-none-match");
    return known != request.headers.end() && known->second.find(etag) != std::string::npos;
}

}  // namespace

/// The settings let only lower-case letters, digits, -, _ and / into a root: it needs no escaping in a
/// script.
std::string with_root(std::string_view page, const std::string& root) {
    constexpr std::string_view kPlace = "@SPINESEG_ROOT@";
    std::string text(page);
    for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at + root.size()))
        text.replace(at, kPlace.size(), root);
    return text;
}

WebApp::WebApp(const std::string& root) {
    for (const auto& shipped : kShippedWebFiles) {
        auto text = with_root(shipped.text, root);
        const auto etag = '"' + sha256_hex(text) + '"';
        files_[std::string(shipped.name)] = {type_of(shipped.name), etag, std::move(text)};
    }
}

HttpResponse WebApp::file(const std::string& name, const HttpRequest& request) const {
    const auto found = files_.find(name);
    if (found == files_.end()) return problem(404, "Unknown resource");
    const File& file = found->second;
    HttpResponse response{200, file.type, file.text, {}, {{"Content-Security-Policy", kPolicy}}};
    response.headers["ETag"] = file.etag;
    response.headers["Cache-Control"] = "no-cache";  // kept, but asked for each time
    if (has_it_already(request, file.etag)) {
        response.status = 304;
        response.body.clear();
    }
    return response;
}

std::string explorer_button(const std::string& root) {
    return with_root(kExplorerButton, root);
}

}  // namespace spineseg
