// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/http_messages.h"

#include <nlohmann/json.hpp>

#include "core/json_fields.h"

namespace spineseg {

using nlohmann::json;

namespace {
/// How soon a program may try again that asked for too many jobs.
constexpr const char* kRetryAfterSeconds = "60";
}  // namespace

HttpResponse json_response(const json& body, int status) {
    json printed = body;
    make_printable(printed);
    return {status, "application/json", dump_json(printed, 2) + "\n", {}};
}

HttpResponse problem(int status, const std::string& message, const std::string& details) {
    return json_response({{"HttpStatus", status}, {"Message", message}, {"Details", details}}, status);
}

HttpResponse problem(const Error& error) {
    switch (error.code) {
        case ErrorCode::database_unavailable:
        case ErrorCode::storage_full:
            return problem(503, "The database is unavailable", error.detail);
        case ErrorCode::archive_unavailable:
            return problem(503, "The archive is unavailable", error.detail);
        case ErrorCode::not_found:
            return problem(404, "Unknown resource", error.detail);
        case ErrorCode::invalid_argument:
            return problem(400, "Bad request", error.detail);
        case ErrorCode::too_many_requests: {
            auto response = problem(429, "Too many requests", error.detail);
            response.headers["Retry-After"] = kRetryAfterSeconds;
            return response;
        }
        default:
            return problem(500, "Internal error", error.describe());
    }
}

HttpResponse not_allowed(const std::string& allow) {
    auto response = problem(405, "Method not allowed", "allowed: " + allow);
    response.allow = allow;
    return response;
}

}  // namespace spineseg
