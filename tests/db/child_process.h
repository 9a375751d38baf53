// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A child process that tells the test what it has done.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

namespace spineseg {

/// A child process and the pipe on which it says what was acknowledged to it. SQLite's handles must not cross
/// a fork, so no store is open in the parent when one starts.
class ChildProcess {
  public:
    template <typename Work>
    explicit ChildProcess(Work work) {
        int ends[2];
        if (::pipe(ends) != 0) throw std::runtime_error("pipe");
        process_ = ::fork();
        if (process_ == 0) {
            ::close(ends[0]);
            int code = 1;
            try {
                code = work(ends[1]);
            } catch (const std::exception& error) {
                std::fprintf(stderr, "child: %s\n", error.what());
            }
            ::_exit(code);
        }
        ::close(ends[1]);
        reading_ = ends[0];
    }
    ~ChildProcess() {
        if (process_ > 0) stop();
        ::close(reading_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    std::string read_all() {
        std::string text;
        char buffer[4096];
        ssize_t count = 0;
        while ((count = ::read(reading_, buffer, sizeof buffer)) > 0)
            text.append(buffer, static_cast<std::size_t>(count));
        return text;
    }
    char read_one() {
        char byte = 0;
        return ::read(reading_, &byte, 1) == 1 ? byte : '\0';
    }
    /// The exit code, or −1 when a signal ended it.
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    void stop() {
        ::kill(process_, SIGKILL);
        wait();
    }

  private:
    pid_t process_ = 0;
    int reading_ = -1;
};

inline void say(int pipe, const std::string& line) {
    const std::string text = line + "\n";
    if (::write(pipe, text.data(), text.size()) != static_cast<ssize_t>(text.size())) ::_exit(3);
}

inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::size_t begin = 0;
    for (std::size_t end; (end = text.find('\n', begin)) != std::string::npos; begin = end + 1) {
        lines.push_back(text.substr(begin, end - begin));
    }
    return lines;  // a last line without its end was never fully said
}

}  // namespace spineseg
