// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A program with pipes to its input and from its output, and what the kernel says of its threads.

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace spineseg::testing {

class StartedProgram {
  public:
    explicit StartedProgram(std::vector<std::string> words) {
        std::array<int, 2> in{}, out{};
        if (::pipe(in.data()) != 0 || ::pipe(out.data()) != 0) throw std::runtime_error("pipe");
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("fork");
        if (process_ == 0) {
            ::dup2(in[0], STDIN_FILENO);
            ::dup2(out[1], STDOUT_FILENO);
            for (const int end : {in[0], in[1], out[0], out[1]}) ::close(end);
            std::vector<char*> arguments;
            for (auto& word : words) arguments.push_back(word.data());
            arguments.push_back(nullptr);
            ::execv(arguments[0], arguments.data());
            ::_exit(127);
        }
        ::close(in[0]);
        ::close(out[1]);
        input_ = in[1];
        output_ = ::fdopen(out[0], "r");
    }
    ~StartedProgram() {
        ::close(input_);
        std::fclose(output_);
        ::kill(process_, SIGKILL);
        ::waitpid(process_, nullptr, 0);
    }
    StartedProgram(const StartedProgram&) = delete;
    StartedProgram& operator=(const StartedProgram&) = delete;

    pid_t id() const { return process_; }
    /// The next line of its output; nothing at the end.
    std::optional<std::string> line() {
        std::string text;
        for (int c = 0; (c = std::fgetc(output_)) != EOF;) {
            if (c == '\n') return text;
            text += static_cast<char>(c);
        }
        return std::nullopt;
    }

  private:
    pid_t process_ = -1;
    int input_ = -1;
    FILE* output_ = nullptr;
};

inline std::vector<pid_t> threads_of(pid_t process) {
    std::vector<pid_t> threads;
    for (const auto& entry :
         std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task"))
        threads.push_back(std::stoi(entry.path().filename().string()));
    return threads;
}

/// The value of a line "Seccomp:\t2" of a thread's status; empty where there is none.
inline std::string status_of(pid_t process, pid_t thread, const std::string& name) {
    std::ifstream file("/proc/" + std::to_string(process) + "/task/" + std::to_string(thread) + "/status");
    for (std::string line; std::getline(file, line);)
        if (line.starts_with(name + ":")) return line.substr(line.find_first_not_of(" \t", name.size() + 1));
    return {};
}

}  // namespace spineseg::testing
