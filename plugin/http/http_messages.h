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
    std::map<std::string, std::string> headers = {};  ///< by name in lower case
    std::string address = {};  ///< of the client's end of the connection; empty where Orthanc does not say it
    bool passwords_checked = false;  ///< by Orthanc: the user that the headers name is who asks
};

struct HttpResponse {
    int status = 200;
    std::string content_type = "application/json";
    std::string body;
    std::string allow;                                ///< for 405
    std::map<std::string, std::string> headers = {};  ///< besides Content-Type and Allow
};

/// All texts are made printable() (core/printable_text.h): what they quote may come from anywhere.
HttpResponse json_response(const nlohmann::json& body, int status = 200);
/// {"HttpStatus", "Code", "Message", "Details"}: programs go by Code, which stays the same; the texts are for persons.
HttpResponse problem(int status, const std::string& message, const std::string& details = {});
/// Code is the name of the error's code. 503 for database and archive, 404, 400, 429 with Retry-After, or 500.
HttpResponse problem(const Error& error);
int status_of(const Error& error);
/// `allow`: "GET,POST".
HttpResponse not_allowed(const std::string& allow);

}  // namespace spineseg
