// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The plugin's side of a real Unix socket, for the tests of the lease client: blocking POSIX calls in a thread of
/// its own, and answers that the test scripts. Keeps every message it got.

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "core/wire/frame.h"

namespace spineseg::testing {

class ScriptedPlugin {
  public:
    /// What to send for a message; nothing closes the connection. `session` counts connections from 1.
    using Script =
        std::function<std::optional<std::vector<wire::Message>>(int session, const wire::Message&)>;

    explicit ScriptedPlugin(Script script);
    ~ScriptedPlugin();

    const std::filesystem::path& socket() const { return socket_; }
    int sessions() const { return sessions_; }
    /// Sends raw bytes on the connection of the moment.
    void push(const std::vector<std::uint8_t>& bytes);
    void push(const wire::Message& message) { push(wire::encode(message)); }
    /// Closes the connection of the moment, as a plugin does that dies.
    void hang_up();

    std::vector<wire::Message> received() const;
    template <typename T>
    std::vector<T> received_of() const {
        std::vector<T> found;
        for (auto& message : received()) {
            if (auto* wanted = std::get_if<T>(&message)) found.push_back(*wanted);
        }
        return found;
    }
    /// False after five seconds without it.
    bool wait_until(const std::function<bool()>& condition) const;

  private:
    void serve();
    void serve_connection(int descriptor);
    Script script_;
    std::filesystem::path folder_;
    std::filesystem::path socket_;
    int listener_ = -1;
    std::atomic<int> connection_ = -1;
    std::atomic<int> sessions_ = 0;
    mutable std::mutex mutex_;
    std::vector<wire::Message> received_;
    std::thread thread_;
};

}  // namespace spineseg::testing
