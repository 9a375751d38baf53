// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which users may listen at the plugin's socket, to whom a worker sends results of patients. Any thread.

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct TrustedListeners {
    std::vector<uid_t> users;
    /// The kernel shows other users as one (a user namespace, such as PrivateUsers of systemd). Then a listener
    /// that cannot be told is taken where nobody but its owner can put a socket into the socket's folder.
    bool others_are_hidden = false;
};

/// Root, this process's user, the user "orthanc" where there is one, and the one that `named` names by name or number
/// (empty: nobody else). invalid_configuration where there is no such user. Reads the system's table of users.
Result<TrustedListeners> trusted_listeners(const std::string& named);

/// Of a connected Unix socket: invalid_configuration, with the listener's user and the remedy, where the process that
/// listens is not to be trusted. Allocates only for the error.
Result<void> check_listener(int descriptor, const std::filesystem::path& socket,
                            const TrustedListeners& trusted);

}  // namespace spineseg
