// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A request to one of our routes and its answer, without Orthanc's HTTP server. Pure; any thread.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/error.h"

namespace spineseg {

enum class HttpMethod { get, post, put, del };

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string path;  ///< as asked for, without the query
    std::map<std::string, std::string> query;
    std::string body;
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string allow;  ///< for 405
};

HttpResponse json_response(const nlohmann::json& body, int status = 200);
HttpResponse problem(int status, const std::string& message, const std::string& details = {});
/// 503 for database and archive, 404, 400, or 500.
HttpResponse problem(const Error& error);
/// `allow`: "GET,POST".
HttpResponse not_allowed(const std::string& allow);

}  // namespace spineseg
