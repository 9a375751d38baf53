// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/http_messages.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/json_fields.h"

namespace spineseg {

using nlohmann::json;

namespace {
/// How soon a program may try again that asked for too many jobs.
constexpr const char* kRetryAfterSeconds = "60";
constexpr int kIndent = 2;
}  // namespace

HttpResponse json_response(json body, int status) {
    make_printable(body);
    return {status, "application/json", dump_json(body, kIndent) + "\n", {}};
}

void JsonListText::add(json item) {
    make_printable(item);
    add_lines(dump_json(item, kIndent));
}

void JsonListText::add(json object, std::string_view name, std::string_view value) {
    make_printable(object);
    auto dumped = dump_json(object, kIndent);
    dumped.resize(dumped.size() - 1);  // the brace, and the line break before it where there are members
    if (!object.empty()) dumped.back() = ',';
    dumped.append("\n")
        .append(kIndent, ' ')
        .append("\"")
        .append(name)
        .append("\": ")
        .append(value)
        .append("\n}");
    add_lines(dumped);
}

void JsonListText::add_lines(std::string_view dumped) {
    text_ += text_.empty() ? "[\n" : ",\n";
    while (!dumped.empty()) {  // texts have no line breaks in JSON
        const auto line = dumped.substr(0, dumped.find('\n')).size();
        const auto taken = std::min(line + 1, dumped.size());
        text_.append(kIndent, ' ').append(dumped.substr(0, taken));
        dumped.remove_prefix(taken);
    }
}

HttpResponse JsonListText::response() && {
    text_ += text_.empty() ? "[]\n" : "\n]\n";
    return {200, "application/json", std::move(text_), {}};
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
