// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/browser_guard.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace spineseg {
namespace {

/// Of every answer. Answers change from one second to the next and may tell of patients' series, hence no-store.
constexpr std::array<std::pair<const char*, const char*>, 6> kAnswerHeaders{{
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"},
}};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

/// In lower case; empty where there is none.
std::string header_of(const HttpRequest& request, const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : lower(found->second);
}

std::string first_of_list(const std::string& list) {
    return list.substr(0, list.find(','));
}

/// Where the browser sent the request. A page of another site cannot set X-Forwarded-Host without asking first.
std::string host_of(const HttpRequest& request) {
    const auto forwarded = first_of_list(header_of(request, "x-forwarded-host"));
    return forwarded.empty() ? header_of(request, "host") : forwarded;
}

std::string_view host_of_origin(std::string_view origin) {
    const auto scheme = origin.find("://");
    return scheme == std::string_view::npos ? std::string_view() : origin.substr(scheme + 3);
}

bool is_foreign(const HttpRequest& request, const std::vector<std::string>& allowed_origins) {
    const auto site = header_of(request, "sec-fetch-site");
    if (site == "same-origin" || site == "none") return false;
    const auto origin = header_of(request, "origin");
    if (std::find(allowed_origins.begin(), allowed_origins.end(), origin) != allowed_origins.end())
        return false;
    if (!site.empty()) return true;
    if (origin.empty()) return false;  // no browser
    const auto host = host_of(request);
    return host.empty() || host_of_origin(origin) != host;
}

/// Browsers send one of these with every request that has a body.
bool is_from_browser(const HttpRequest& request) {
    return !header_of(request, "origin").empty() || !header_of(request, "sec-fetch-site").empty() ||
           !header_of(request, "referer").empty();
}

/// Programs often name no type, or that of a form, which is what curl -d does: their bodies are read as JSON too.
bool may_be_json(const HttpRequest& request) {
    auto type = header_of(request, "content-type");
    type.erase(std::min(type.find(';'), type.size()));
    type.erase(type.find_last_not_of(" \t") + 1);
    if (type == "application/json") return true;
    return (type.empty() || type == "application/x-www-form-urlencoded") && !is_from_browser(request);
}

}  // namespace

std::optional<HttpResponse> refuse_foreign_page(const HttpRequest& request,
                                                const std::vector<std::string>& allowed_origins) {
    if (request.method == HttpMethod::get) return std::nullopt;
    if (is_foreign(request, allowed_origins))
        return problem(
            403, "Forbidden",
            "the request comes from a page of another origin; AllowedOrigins in the section SpineSeg "
            "of Orthanc's configuration admits further ones");
    if (!request.body.empty() && !may_be_json(request))
        return problem(415, "Unsupported media type",
                       "a body needs the header \"Content-Type: application/json\"");
    return std::nullopt;
}

void add_security_headers(HttpResponse& response) {
    for (const auto& [name, value] : kAnswerHeaders) response.headers.try_emplace(name, value);
}

}  // namespace spineseg
