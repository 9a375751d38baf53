// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/asker.h"

#include <cctype>
#include <string_view>

#include "core/printable_text.h"
#include "plugin/http/base64.h"

namespace spineseg {
namespace {

constexpr std::size_t kLongestUser = 64;
constexpr std::size_t kLongestAddress = 64;
constexpr std::string_view kBasic = "basic ";

std::string header(const HttpRequest& request, const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
}

bool says_basic(std::string_view authorization) {
    if (authorization.size() < kBasic.size()) return false;
    for (std::size_t i = 0; i < kBasic.size(); ++i)
        if (std::tolower(static_cast<unsigned char>(authorization[i])) != kBasic[i]) return false;
    return true;
}

std::string user_of(const HttpRequest& request) {
    const std::string authorization = header(request, "authorization");
    if (!says_basic(authorization)) return {};
    const auto credentials = from_base64(std::string_view(authorization).substr(kBasic.size()));
    if (!credentials || credentials->find(':') == std::string::npos) return {};
    const std::string user = printable(credentials->substr(0, credentials->find(':')), kLongestUser);
    return user.empty() || request.passwords_checked ? user : user + " (not checked)";
}

/// What a proxy says of its client is a claim, so it stands behind the address that the connection has.
std::string address_of(const HttpRequest& request) {
    const std::string connected = printable(request.address, kLongestAddress);
    const std::string forwarded = header(request, "x-forwarded-for");
    if (forwarded.empty()) return connected;
    return (connected.empty() ? "" : connected + " ") + "for " + printable(forwarded, kLongestAddress);
}

}  // namespace

Asker asker_of(const HttpRequest& request) {
    return {user_of(request), address_of(request)};
}

std::string described(const Asker& asker) {
    const std::string who = asker.user.empty() ? "somebody" : asker.user;
    return asker.address.empty() ? who : who + " from " + asker.address;
}

}  // namespace spineseg
