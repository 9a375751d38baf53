// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/listener_check.h"

#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>

namespace spineseg {
namespace {

constexpr uid_t kOverflowUser = 65534;  // what user_namespaces(7) shows for a user that is not mapped

std::optional<uid_t> user_number(const std::string& name) {
    std::uint32_t number = 0;
    const char* end = name.data() + name.size();
    const auto [rest, error] = std::from_chars(name.data(), end, number);
    if (error == std::errc() && rest == end) return number;
    const passwd* entry = ::getpwnam(name.c_str());
    return entry == nullptr ? std::nullopt : std::optional<uid_t>(entry->pw_uid);
}

/// "0 0 4294967295" maps every user to itself.
bool maps_every_user() {
    std::ifstream file("/proc/self/uid_map");
    if (!file) return true;  // no /proc
    std::uint64_t inside = 0, outside = 0, count = 0;
    return (file >> inside >> outside >> count) && count >= 0xffffffff;
}

bool only_its_owner_writes(const std::filesystem::path& folder) {
    struct stat status {};
    const char* name = folder.empty() ? "." : folder.c_str();
    return ::stat(name, &status) == 0 && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

}  // namespace

Result<TrustedListeners> trusted_listeners(const std::string& named) {
    TrustedListeners trusted{{0, ::geteuid()}, !maps_every_user()};
    if (const auto orthanc = user_number("orthanc")) trusted.users.push_back(*orthanc);
    if (trusted.others_are_hidden) std::erase(trusted.users, kOverflowUser);
    if (named.empty()) return trusted;
    const auto other = user_number(named);
    if (!other)
        return failure(ErrorCode::invalid_configuration,
                       "--listener-user: there is no user \"" + named + "\"");
    trusted.users.push_back(*other);
    return trusted;
}

Result<void> check_listener(int descriptor, const std::filesystem::path& socket,
                            const TrustedListeners& trusted) {
    ucred listener{};
    socklen_t size = sizeof listener;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &listener, &size) != 0)
        return failure(ErrorCode::invalid_configuration,
                       "cannot tell who listens at " + socket.string() + ": " + std::strerror(errno));
    if (std::find(trusted.users.begin(), trusted.users.end(), listener.uid) != trusted.users.end()) return {};
    if (trusted.others_are_hidden && listener.uid == kOverflowUser &&
        only_its_owner_writes(socket.parent_path()))
        return {};
    return failure(
        ErrorCode::invalid_configuration,
        "the user who listens at " + socket.string() + " (number " + std::to_string(listener.uid) +
            ") is neither root nor this worker's user nor \"orthanc\"; if Orthanc runs as that user, start "
            "the worker with --listener-user " +
            std::to_string(listener.uid));
}

}  // namespace spineseg
