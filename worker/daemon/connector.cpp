// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/connector.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "worker/cage/call_filter.h"
#include "worker/cage/file_rules.h"

namespace spineseg {
namespace {

constexpr const char* kChannelVariable = "SPINESEG_CONNECTOR_CHANNEL";
constexpr std::size_t kMostText = 1024;

/// What goes back for a request, with the connection where `code` is that of no error.
struct ConnectorAnswer {
    int connected = 0;
    int code = 0;  ///< ErrorCode
    std::array<char, kMostText> text{};
};

/// Room for one descriptor, aligned as the kernel wants it.
struct DescriptorRoom {
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> bytes{};
};

void send_answer(int channel, ConnectorAnswer& answer, int connection) {
    iovec part{&answer, sizeof answer};
    DescriptorRoom control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (connection >= 0) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = control.bytes.size();
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(header), &connection, sizeof connection);
    }
    (void)::sendmsg(channel, &message, MSG_NOSIGNAL);
}

/// The whole life of the second process.
[[noreturn]] void answer_requests(int channel, const std::filesystem::path& socket,
                                  const TrustedListeners& trusted) {
    char request = 0;
    for (;;) {
        const ssize_t count = ::read(channel, &request, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count != 1) ::_exit(0);  // the worker has ended
        ConnectorAnswer answer;
        const auto connection = connect_to_plugin(socket, trusted);
        answer.connected = connection ? 1 : 0;
        if (!connection) {
            answer.code = static_cast<int>(connection.error().code);
            const auto& text = connection.error().detail;
            std::copy_n(text.begin(), std::min(text.size(), kMostText - 1), answer.text.begin());
        }
        send_answer(channel, answer, connection ? *connection : -1);
        if (connection) ::close(*connection);
    }
}

/// What it needs for that. Where the kernel has no filter or no Landlock the worker says so and stops, unless it
/// was told to go on; this process, which reads no foreign byte, goes on then as well.
void seal_connector() {
    static const std::vector<AllowedCall> calls{
        {"read", {}},       {"sendmsg", {}}, {"close", {}},           {"connect", {}},
        {"getsockopt", {}}, {"stat", {}},    {"newfstatat", {}},      {"brk", {}},
        {"mmap", {}},       {"munmap", {}},  {"exit_group", {}},      {"rt_sigreturn", {}},
        {"mremap", {}},     {"madvise", {}}, {"restart_syscall", {}}, {"socket", {{0, 0xffffffff, AF_UNIX}}}};
    (void)restrict_files({});
    (void)filter_calls(calls);
}

[[noreturn]] void be_connector(int channel, const std::filesystem::path& socket,
                               const TrustedListeners& trusted) {
    // It lives as long as the worker, which may have to connect once more to hand a job back after these.
    for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE}) ::signal(number, SIG_IGN);
    ::prctl(PR_SET_NAME, "spineseg-link");
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    const long most = ::sysconf(_SC_OPEN_MAX);
    for (int descriptor = 3; descriptor < std::min(most, 1024L); ++descriptor)
        if (descriptor != channel) ::close(descriptor);
    seal_connector();
    answer_requests(channel, socket, trusted);
}

tl::unexpected<Error> cannot_connect(const std::filesystem::path& socket, int error) {
    return failure(ErrorCode::archive_unavailable,
                   "cannot connect to " + socket.string() + ": " + std::strerror(error));
}

}  // namespace

Result<int> connect_to_plugin(const std::filesystem::path& socket, const TrustedListeners& trusted) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& name = socket.native();
    if (name.size() >= sizeof address.sun_path) return cannot_connect(socket, ENAMETOOLONG);
    std::copy(name.begin(), name.end(), address.sun_path);
    const int descriptor = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return cannot_connect(socket, errno);
    if (::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int error = errno;
        ::close(descriptor);
        return cannot_connect(socket, error);
    }
    if (auto checked = check_listener(descriptor, socket, trusted); !checked) {
        ::close(descriptor);
        return failure(checked.error());
    }
    return descriptor;
}

Result<Connector> Connector::start(const std::filesystem::path& socket, const TrustedListeners& trusted) {
    std::array<int, 2> ends{};
    const auto refused = [](const char* what) {
        return failure(ErrorCode::internal, std::string(what) + ": " + std::strerror(errno));
    };
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return refused("no socket pair");
    const pid_t child = ::fork();
    if (child < 0) return refused("no process for the connection");
    if (child == 0) {
        ::close(ends[0]);
        be_connector(ends[1], socket, trusted);
    }
    ::close(ends[1]);
    return Connector(ends[0], socket);
}

std::optional<Connector> Connector::inherited() {
    const char* text = std::getenv(kChannelVariable);
    if (text == nullptr) return std::nullopt;
    const std::string words = text;
    const auto space = words.find(' ');
    ::unsetenv(kChannelVariable);
    if (space == std::string::npos) return std::nullopt;
    const int channel = std::atoi(words.c_str());
    if (channel < 3 || ::fcntl(channel, F_SETFD, FD_CLOEXEC) != 0) return std::nullopt;
    return Connector(channel, words.substr(space + 1));
}

Connector::Connector(Connector&& other) noexcept
    : channel_(std::exchange(other.channel_, -1)), socket_(std::move(other.socket_)) {}

Connector::~Connector() {
    if (channel_ >= 0) ::close(channel_);
}

void Connector::hand_over() const {
    ::fcntl(channel_, F_SETFD, 0);
    ::setenv(kChannelVariable, (std::to_string(channel_) + " " + socket_.string()).c_str(), 1);
}

Result<int> Connector::connect() const {
    const auto gone = [] { return failure(ErrorCode::internal, "the process that connects has ended"); };
    const char request = 'c';
    if (::send(channel_, &request, 1, MSG_NOSIGNAL) != 1) return gone();
    ConnectorAnswer answer;
    iovec part{&answer, sizeof answer};
    DescriptorRoom control;
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.bytes.data();
    message.msg_controllen = control.bytes.size();
    ssize_t count = 0;
    do {
        count = ::recvmsg(channel_, &message, MSG_CMSG_CLOEXEC | MSG_WAITALL);
    } while (count < 0 && errno == EINTR);
    if (count != static_cast<ssize_t>(sizeof answer)) return gone();
    if (answer.connected == 0)
        return failure(static_cast<ErrorCode>(answer.code),
                       std::string(answer.text.data(), ::strnlen(answer.text.data(), kMostText)));
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS) return gone();
    int connection = -1;
    std::memcpy(&connection, CMSG_DATA(header), sizeof connection);
    return connection;
}

}  // namespace spineseg
