// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What keeps a page of another site from using our routes with the password that the browser has for Orthanc, and
/// what keeps a browser from taking our answers for anything but what they are. Pure; any thread.

#include <optional>
#include <string>
#include <vector>

#include "plugin/http/http_messages.h"

namespace spineseg {

/// The refusal of a request that is not a GET and that comes from a page of another origin (403), or has a body that
/// is not declared as application/json (415): browsers send other types for any page without asking the server first.
/// A request without Origin, Sec-Fetch-Site and Referer comes from a program; its body may also have no type, or that
/// of a form, as curl sends it. `allowed_origins` are the setting's.
std::optional<HttpResponse> refuse_foreign_page(const HttpRequest& request,
                                                const std::vector<std::string>& allowed_origins);

/// Adds the headers that every answer has. A Content-Security-Policy that the answer brings stays.
void add_security_headers(HttpResponse& response);

}  // namespace spineseg
