// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/http_messages.h"

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/json_fields.h"

namespace spineseg {

using nlohmann::json;

namespace {
/// How soon a program may try again that asked for too many jobs.
constexpr const char* kRetryAfterSeconds = "60";

/// Of what no Error says.
std::string_view code_of(int status) {
    switch (status) {
        case 400:
            return to_string(ErrorCode::invalid_argument);
        case 403:
            return "forbidden_origin";
        case 404:
            return to_string(ErrorCode::not_found);
        case 405:
            return "method_not_allowed";
        case 415:
            return "unsupported_media_type";
        default:
            return "internal";
    }
}

HttpResponse described_problem(int status, std::string_view code, const std::string& message,
                               const std::string& details) {
    return json_response({{"HttpStatus", status}, {"Code", code}, {"Message", message}, {"Details", details}},
                         status);
}
}  // namespace

HttpResponse json_response(const json& body, int status) {
    json printed = body;
    make_printable(printed);
    return {status, "application/json", dump_json(printed, 2) + "\n", {}};
}

HttpResponse problem(int status, const std::string& message, const std::string& details) {
    return described_problem(status, code_of(status), message, details);
}

int status_of(const Error& error) {
    switch (error.code) {
        case ErrorCode::database_unavailable:
        case ErrorCode::storage_full:
        case ErrorCode::archive_unavailable:
            return 503;
        case ErrorCode::not_found:
            return 404;
        case ErrorCode::invalid_argument:
            return 400;
        case ErrorCode::too_many_requests:
            return 429;
        default:
            return 500;
    }
}

HttpResponse problem(const Error& error) {
    const int status = status_of(error);
    const bool archive = error.code == ErrorCode::archive_unavailable;
    const auto message = status == 503
                             ? (archive ? "The archive is unavailable" : "The database is unavailable")
                         : status == 404 ? "Unknown resource"
                         : status == 400 ? "Bad request"
                         : status == 429 ? "Too many requests"
                                         : "Internal error";
    auto response = described_problem(status, to_string(error.code), message,
                                      status == 500 ? error.describe() : error.detail);
    if (status == 429) response.headers["Retry-After"] = kRetryAfterSeconds;
    return response;
}

HttpResponse not_allowed(const std::string& allow) {
    auto response = problem(405, "Method not allowed", "allowed: " + allow);
    response.allow = allow;
    return response;
}

}  // namespace spineseg
