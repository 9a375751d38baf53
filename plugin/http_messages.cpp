// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http_messages.h"

#include <nlohmann/json.hpp>

namespace spineseg {

using nlohmann::json;

HttpResponse json_response(const json& body, int status) {
    // Texts from DICOM may be anything: what is not UTF-8 is replaced rather than thrown upon.
    return {status, "application/json", body.dump(2, ' ', false, json::error_handler_t::replace) + "\n", {}};
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
