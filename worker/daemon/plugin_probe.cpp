// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/plugin_probe.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <span>
#include <variant>

#include "core/wire/frame.h"

namespace spineseg {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr const char* kNotRunning =
    "start Orthanc with the SpineSeg plugin, or name the path that its configuration has under \"Socket\"";
constexpr const char* kNotAllowed =
    "add this user to \"WorkerUsers\" in Orthanc's configuration, or run as a user that is there or in the "
    "socket's group";

tl::unexpected<Error> probe_failed(const std::filesystem::path& socket, const std::string& what,
                                   const std::string& remedy,
                                   ErrorCode code = ErrorCode::invalid_configuration) {
    return failure(code, socket.string() + " " + what + "; " + remedy);
}

class ProbeSocket {
  public:
    ProbeSocket() : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}
    ~ProbeSocket() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    ProbeSocket(const ProbeSocket&) = delete;
    ProbeSocket& operator=(const ProbeSocket&) = delete;
    int get() const { return descriptor_; }

    bool is_ready(short events, Deadline deadline) const {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            deadline - std::chrono::steady_clock::now());
        pollfd entry{descriptor_, events, 0};
        return left.count() > 0 && ::poll(&entry, 1, static_cast<int>(left.count())) > 0;
    }

  private:
    int descriptor_;
};

Result<void> connect_probe(const ProbeSocket& probe, const std::filesystem::path& socket) {
    struct stat info {};
    if (::lstat(socket.c_str(), &info) != 0) {
        if (errno == EACCES)
            return probe_failed(socket, "lies in a folder that this user may not enter", kNotAllowed);
        return probe_failed(socket, "does not exist", kNotRunning, ErrorCode::file_not_found);
    }
    if (!S_ISSOCK(info.st_mode)) return probe_failed(socket, "is no socket", kNotRunning);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& name = socket.native();
    if (name.size() >= sizeof address.sun_path)
        return probe_failed(socket, "is longer than a socket's path may be", "choose a shorter path");
    std::copy(name.begin(), name.end(), address.sun_path);
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return {};
    if (errno == EACCES) return probe_failed(socket, "may not be opened by this user", kNotAllowed);
    if (errno == ECONNREFUSED) return probe_failed(socket, "is there, but nobody listens", kNotRunning);
    return probe_failed(socket, std::string("cannot be connected to: ") + std::strerror(errno), kNotRunning);
}

/// The first message that comes back, or what kept it from coming.
Result<wire::Message> ask_probe(const ProbeSocket& probe, const std::filesystem::path& socket,
                                Deadline deadline) {
    const auto hello = wire::encode(wire::Hello{.protocol = wire::kProbeVersion});
    const auto sent = ::send(probe.get(), hello.data(), hello.size(), MSG_NOSIGNAL);
    const std::string turned_away = std::string("is closed by Orthanc without an answer (its log says why)") +
                                    ": this user may not connect, or as many workers are connected as may be";
    if (sent != static_cast<ssize_t>(hello.size())) return probe_failed(socket, turned_away, kNotAllowed);
    wire::FrameParser parser(64 * 1024);
    std::array<std::uint8_t, 4096> buffer{};
    for (;;) {
        auto message = parser.next();
        if (!message)
            return probe_failed(socket, "answers with what is not the plugin's protocol", kNotRunning);
        if (*message) return std::move(**message);
        if (!probe.is_ready(POLLIN, deadline))
            return probe_failed(socket, "gives no answer", "look into Orthanc's log");
        const auto count = ::recv(probe.get(), buffer.data(), buffer.size(), 0);
        if (count <= 0) return probe_failed(socket, turned_away, kNotAllowed);
        parser.feed(std::span(buffer.data(), static_cast<std::size_t>(count)));
    }
}

}  // namespace

Result<ProbedPlugin> probe_plugin(const std::filesystem::path& socket, std::chrono::milliseconds patience) {
    const ProbeSocket probe;
    if (probe.get() < 0)
        return failure(ErrorCode::internal, std::string("no socket can be made: ") + std::strerror(errno));
    if (auto connected = connect_probe(probe, socket); !connected) return failure(connected.error());
    const auto answer = ask_probe(probe, socket, std::chrono::steady_clock::now() + patience);
    if (!answer) return failure(answer.error());
    if (const auto* refused = std::get_if<wire::Refused>(&*answer))
        return probe_failed(socket, "answers: " + refused->error.detail, "install the same version of both");
    const auto* welcome = std::get_if<wire::Welcome>(&*answer);
    if (welcome == nullptr)
        return probe_failed(socket, "answers with " + std::string(wire::name_of(*answer)), kNotRunning);
    if (welcome->protocol != wire::kProtocolVersion)
        return probe_failed(socket,
                            "speaks protocol " + std::to_string(welcome->protocol) + ", this program " +
                                std::to_string(wire::kProtocolVersion),
                            "install the same version of both");
    return ProbedPlugin{welcome->plugin_version, welcome->protocol};
}

}  // namespace spineseg
