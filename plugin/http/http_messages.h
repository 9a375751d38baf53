// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A request to one of our routes and its answer, without Orthanc's HTTP server. Pure; any thread.

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

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
HttpResponse json_response(nlohmann::json body, int status = 200);
/// The text that json_response() makes of a list, one item after the other: a tree of several hundred jobs takes most of
/// the time to make and to free.
class JsonListText {
  public:
    void add(nlohmann::json item);
    /// An object with one more member, whose value is JSON text in one line and printable already.
    void add(nlohmann::json object, std::string_view name, std::string_view value);
    HttpResponse response() &&;

  private:
    void add_lines(std::string_view dumped);
    std::string text_;
};
HttpResponse problem(int status, const std::string& message, const std::string& details = {});
/// 503 for database and archive, 404, 400, 429 with Retry-After, or 500.
HttpResponse problem(const Error& error);
/// `allow`: "GET,POST".
HttpResponse not_allowed(const std::string& allow);

}  // namespace spineseg
