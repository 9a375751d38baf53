// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Unix domain socket as a file, and who may knock on it. System calls only, no Asio. Any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct SocketPlan {
    std::filesystem::path path;
    unsigned mode = 0660;
    std::string group;  ///< owner group, a name or a numeric ID; empty leaves it
    std::vector<std::string>
        users;  ///< names or numeric IDs that may connect besides root, our user and `group`
};

/// Owns the listening descriptor and the file; removes the file when it is still ours.
class WorkerSocket {
  public:
    /// Binds and listens. A stale socket file is removed; a live one, or a file that is no socket, is
    /// invalid_configuration.
    static Result<WorkerSocket> listen(const SocketPlan& plan);
    WorkerSocket(WorkerSocket&& other) noexcept;
    WorkerSocket& operator=(WorkerSocket&&) = delete;
    ~WorkerSocket();

    int descriptor() const { return descriptor_; }
    /// Hands the descriptor to somebody who closes it; the file stays ours.
    int release();

  private:
    WorkerSocket(std::filesystem::path path, int descriptor);
    std::filesystem::path path_;
    int descriptor_ = -1;
    unsigned long device_ = 0;
    unsigned long inode_ = 0;
};

/// SO_PEERCRED against the plan; the error says which user was turned away.
Result<void> check_peer(int descriptor, const SocketPlan& plan);

}  // namespace spineseg
