// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The process that may connect, so that the worker need not. A worker that can make sockets could talk to every
/// service on the machine whose socket its user may open (D-Bus, the journal); no filter of system calls sees the
/// path in a connect(). So a second process, which never reads a foreign byte, keeps the one path that it was
/// started with: it is asked by one byte, connects, looks who listens, and sends the connection back.

#include <filesystem>
#include <optional>

#include "core/result.h"
#include "worker/daemon/listener_check.h"

namespace spineseg {

/// A connection to the plugin, non-blocking and closed on exec, made by this process; the caller closes it.
/// archive_unavailable where nobody answers; invalid_configuration where the listener is not trusted.
Result<int> connect_to_plugin(const std::filesystem::path& socket, const TrustedListeners& trusted);

class Connector {
  public:
    /// Starts it, sealed: it can open no file, start nothing, and make no socket but Unix ones. Ends when the
    /// last copy of this process's end is closed. Call before there are threads of ours.
    static Result<Connector> start(const std::filesystem::path& socket, const TrustedListeners& trusted);
    /// The one that the program before the restart left behind (hand_over()).
    static std::optional<Connector> inherited();

    Connector(Connector&& other) noexcept;
    Connector& operator=(Connector&&) = delete;
    ~Connector();

    /// Leaves it to the program that this process becomes by exec. Call just before.
    void hand_over() const;
    /// As connect_to_plugin(); internal where the connector is gone: then nothing connects any more. One thread at
    /// a time; returns within the time of one connect().
    Result<int> connect() const;

  private:
    Connector(int channel, std::filesystem::path socket) : channel_(channel), socket_(std::move(socket)) {}
    int channel_;
    std::filesystem::path socket_;
};

}  // namespace spineseg
