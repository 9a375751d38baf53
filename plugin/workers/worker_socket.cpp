// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/worker_socket.h"

#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

namespace spineseg {
namespace {

constexpr int kBacklog = 16;
constexpr std::size_t kNameBuffer = 16384;

tl::unexpected<Error> wrong(const std::filesystem::path& path, const std::string& what) {
    return failure(ErrorCode::invalid_configuration, "the worker socket " + path.string() + ": " + what);
}
tl::unexpected<Error> wrong(const std::filesystem::path& path, const std::string& what, int error) {
    return wrong(path, what + ": " + std::strerror(error));
}

/// Closes what it holds; for descriptors on their way to a WorkerSocket.
class Descriptor {
  public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int get() const { return value_; }
    int release() { return std::exchange(value_, -1); }

  private:
    int value_;
};

std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto& name = path.native();
    if (name.empty() || name.size() >= sizeof address.sun_path) return std::nullopt;
    std::copy(name.begin(), name.end(), address.sun_path);
    return address;
}

bool somebody_answers(const sockaddr_un& address) {
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (probe.get() < 0) return true;  // not known: leave the file alone
    if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
    return errno != ECONNREFUSED;
}

/// Nothing may be removed but a socket on which nobody listens.
Result<void> remove_stale(const std::filesystem::path& path, const sockaddr_un& address) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) {
        if (errno == ENOENT) return {};
        return wrong(path, "cannot be examined", errno);
    }
    if (!S_ISSOCK(info.st_mode)) return wrong(path, "there is a file of that name that is no socket");
    if (somebody_answers(address)) return wrong(path, "another server listens there");
    if (::unlink(path.c_str()) != 0) return wrong(path, "a stale socket cannot be removed", errno);
    return {};
}

/// "10010" as chown takes it: a container's user database need not name the users of another container.
std::optional<std::uint32_t> id_from_digits(const std::string& text) {
    std::uint32_t id = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, id);
    if (error != std::errc{} || rest != end || id == UINT32_MAX) return std::nullopt;  // chown: unchanged
    return id;
}

std::optional<gid_t> group_id(const std::string& name) {
    std::vector<char> buffer(kNameBuffer);
    group entry{};
    group* found = nullptr;
    if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return id_from_digits(name);
    return found->gr_gid;
}

std::optional<uid_t> user_id(const std::string& name) {
    std::vector<char> buffer(kNameBuffer);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found)
        return id_from_digits(name);
    return found->pw_uid;
}

/// Between bind and listen: until listen() nobody can connect, so no moment of wider rights matters.
Result<void> restrict_file(const SocketPlan& plan) {
    if (!plan.group.empty()) {
        const auto group = group_id(plan.group);
        if (!group)
            return wrong(plan.path, "there is no group \"" + plan.group + "\" here; a numeric ID needs none");
        if (::chown(plan.path.c_str(), static_cast<uid_t>(-1), *group) != 0)
            return wrong(plan.path, "its group cannot be set", errno);
    }
    if (::chmod(plan.path.c_str(), plan.mode) != 0) return wrong(plan.path, "its mode cannot be set", errno);
    return {};
}

/// Primary and supplementary groups of the peer, as they were when it connected.
bool peer_is_in(int descriptor, gid_t primary, gid_t wanted) {
    if (primary == wanted) return true;
    std::vector<gid_t> groups(1024);
    auto bytes = static_cast<socklen_t>(groups.size() * sizeof(gid_t));
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &bytes) != 0) return false;
    groups.resize(bytes / sizeof(gid_t));
    return std::find(groups.begin(), groups.end(), wanted) != groups.end();
}

}  // namespace

WorkerSocket::WorkerSocket(std::filesystem::path path, int descriptor)
    : path_(std::move(path)), descriptor_(descriptor) {
    struct stat info {};
    if (::lstat(path_.c_str(), &info) == 0) {
        device_ = info.st_dev;
        inode_ = info.st_ino;
    }
}

WorkerSocket::WorkerSocket(WorkerSocket&& other) noexcept
    : path_(std::exchange(other.path_, {})),
      descriptor_(std::exchange(other.descriptor_, -1)),
      device_(other.device_),
      inode_(other.inode_) {}

WorkerSocket::~WorkerSocket() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (path_.empty()) return;
    struct stat info {};
    const bool ours = ::lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
    if (ours) ::unlink(path_.c_str());
}

int WorkerSocket::release() {
    return std::exchange(descriptor_, -1);
}

Result<WorkerSocket> WorkerSocket::listen(const SocketPlan& plan) {
    const auto address = address_of(plan.path);
    if (!address) return wrong(plan.path, "the path is empty or longer than a socket's address can be");
    for (const auto& user : plan.users)
        if (!user_id(user))
            return wrong(plan.path, "there is no user \"" + user + "\" here; a numeric ID needs none");
    if (auto removed = remove_stale(plan.path, *address); !removed) return failure(removed.error());

    Descriptor descriptor(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (descriptor.get() < 0) return wrong(plan.path, "no socket can be made", errno);
    if (::bind(descriptor.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
        return wrong(plan.path, "cannot be bound", errno);
    WorkerSocket socket(plan.path, descriptor.release());  // from here on the file is removed on failure
    if (auto restricted = restrict_file(plan); !restricted) return failure(restricted.error());
    if (::listen(socket.descriptor(), kBacklog) != 0) return wrong(plan.path, "cannot listen", errno);
    return socket;
}

Result<void> check_peer(int descriptor, const SocketPlan& plan) {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
        return failure(ErrorCode::protocol_violation, "the peer's credentials cannot be read");
    if (peer.uid == 0 || peer.uid == ::geteuid()) return {};
    for (const auto& user : plan.users)
        if (user_id(user) == peer.uid) return {};
    if (!plan.group.empty()) {
        const auto group = group_id(plan.group);
        if (group && peer_is_in(descriptor, peer.gid, *group)) return {};
    }
    return failure(ErrorCode::protocol_violation,
                   "user " + std::to_string(peer.uid) + " may not connect as a worker");
}

}  // namespace spineseg
