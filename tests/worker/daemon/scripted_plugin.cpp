// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/daemon/scripted_plugin.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace spineseg::testing {
namespace {

void send_all(int descriptor, const std::vector<std::uint8_t>& bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const ssize_t n = ::send(descriptor, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += static_cast<std::size_t>(n);
    }
}

}  // namespace

ScriptedPlugin::ScriptedPlugin(Script script) : script_(std::move(script)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "spineseg-link-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
    folder_ = pattern;
    socket_ = folder_ / "worker.sock";
    listener_ = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
    if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_, 4) != 0)
        throw std::runtime_error("cannot listen on " + socket_.string());
    thread_ = std::thread([this] { serve(); });
}

ScriptedPlugin::~ScriptedPlugin() {
    ::shutdown(listener_, SHUT_RDWR);
    hang_up();
    thread_.join();
    ::close(listener_);
    std::filesystem::remove_all(folder_);
}

void ScriptedPlugin::serve() {
    for (;;) {
        const int descriptor = ::accept(listener_, nullptr, nullptr);
        if (descriptor < 0) return;
        ++sessions_;
        connection_ = descriptor;
        serve_connection(descriptor);
        connection_ = -1;
        ::close(descriptor);
    }
}

void ScriptedPlugin::serve_connection(int descriptor) {
    wire::FrameParser parser;
    std::array<std::uint8_t, 65536> buffer{};
    for (;;) {
        const ssize_t n = ::recv(descriptor, buffer.data(), buffer.size(), 0);
        if (n <= 0) return;
        parser.feed({buffer.data(), static_cast<std::size_t>(n)});
        for (auto message = parser.next(); message && *message; message = parser.next()) {
            {
                const std::lock_guard lock(mutex_);
                received_.push_back(**message);
            }
            const auto replies = script_(sessions_, **message);
            if (!replies) return;
            for (const auto& reply : *replies) send_all(descriptor, wire::encode(reply));
        }
    }
}

void ScriptedPlugin::push(const std::vector<std::uint8_t>& bytes) {
    send_all(connection_, bytes);
}

void ScriptedPlugin::hang_up() {
    const int descriptor = connection_;
    if (descriptor >= 0) ::shutdown(descriptor, SHUT_RDWR);
}

std::vector<wire::Message> ScriptedPlugin::received() const {
    const std::lock_guard lock(mutex_);
    return received_;
}

bool ScriptedPlugin::wait_until(const std::function<bool()>& condition) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace spineseg::testing
