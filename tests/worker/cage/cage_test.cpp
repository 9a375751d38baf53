// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/cage.h"

#include <gmock/gmock.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <random>
#include <sstream>
#include <thread>

#include "tests/worker/cage/attempts.h"
#include "tests/worker/cage/started_program.h"
#include "worker/cage/allowed_calls.h"
#include "worker/cage/call_filter.h"
#include "worker/cage/file_rules.h"
#include "worker/cage/process_limits.h"

namespace spineseg {
namespace cage_test {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::StartedProgram;
using testing::status_of;
using testing::threads_of;

/// What every attempt came to, by name: errno, 0 where it worked.
using Outcomes = std::map<std::string, int>;

class Cage : public ::testing::Test {
  protected:
    Cage()
        : folder_(fs::path(::testing::TempDir()) /
                  ("spineseg_cage_" + std::to_string(std::random_device{}()))) {
        fs::create_directories(folder_ / "read");
        fs::create_directories(folder_ / "write");
        std::ofstream(folder_ / "read/file") << "content";
    }
    ~Cage() override { fs::remove_all(folder_); }
    void SetUp() override {
        const auto offered = offered_cage();
        if (!offered.whole) GTEST_SKIP() << offered.detail;
    }
    std::vector<std::string> program(const std::string& mode) const {
        return {SPINESEG_CAGED_PROGRAM, mode, folder_ / "read", folder_ / "write"};
    }
    /// Reads until the program says "ready".
    static std::string greeting(StartedProgram& program) {
        std::string text;
        while (const auto line = program.line()) {
            if (*line == "ready") return text;
            text += *line + "\n";
        }
        ADD_FAILURE() << "the program ended early: " << text;
        return text;
    }
    /// Has one thread make all attempts.
    static Outcomes attempts_of(StartedProgram& program, pid_t thread) {
        Outcomes outcomes;
        if (::syscall(SYS_tgkill, program.id(), thread, SIGUSR1) != 0) throw std::runtime_error("tgkill");
        while (const auto line = program.line()) {
            std::istringstream words(*line);
            std::string kind, name;
            pid_t who = 0;
            int error = 0;
            words >> kind >> who;
            if (kind == "DONE") return outcomes;
            words >> error;
            std::getline(words >> std::ws, name);
            EXPECT_EQ(who, thread);
            outcomes[name] = error;
        }
        ADD_FAILURE() << "thread " << thread << " did not come to an end";
        return outcomes;
    }

    fs::path folder_;
};

bool refused(int error) {
    return error == ENOSYS || error == EACCES || error == EPERM;
}

// OpenBLAS starts its threads before main. On two cores one of them had "Seccomp: 0" and could open an Internet
// socket.
TEST_F(Cage, EveryThreadIsRefusedEverythingThatATakenOverProcessWouldTry) {
    StartedProgram confined(program("confined"));
    EXPECT_THAT(greeting(confined), HasSubstr("CAGE whole"));
    const auto threads = threads_of(confined.id());
    EXPECT_GE(threads.size(), std::thread::hardware_concurrency() > 1 ? 2U : 1U);
    for (const pid_t thread : threads) {
        EXPECT_EQ(status_of(confined.id(), thread, "Seccomp"), "2") << "thread " << thread;
        EXPECT_EQ(status_of(confined.id(), thread, "NoNewPrivs"), "1") << "thread " << thread;
        const auto outcomes = attempts_of(confined, thread);
        EXPECT_EQ(outcomes.size(), testing::attempts().size());
        for (const auto& [name, error] : outcomes)
            EXPECT_TRUE(refused(error)) << name << " in thread " << thread << ": " << std::strerror(error);
    }
    // The same program without the cage: these attempts are not refused by anything else.
    StartedProgram free(program("free"));
    greeting(free);
    const auto outcomes = attempts_of(free, free.id());
    for (const char* name :
         {"socket of any family", "socket AF_UNIX", "socket AF_INET", "socketpair", "open /etc/passwd",
          "open /", "write /dev/null", "fork", "process_vm_readv", "kill", "unshare", "memfd_create",
          "prctl dumpable", "setting a limit", "setuid", "inotify_init1"})
        EXPECT_EQ(outcomes.at(name), 0) << name << " does not work outside the cage either";
    for (const char* name :
         {"execve", "execveat", "connect", "bind", "accept4", "ptrace", "setns", "unlink", "clone3"})
        EXPECT_FALSE(refused(outcomes.at(name))) << name << " is refused outside the cage as well";
}

TEST_F(Cage, FilesCanBeReadOnlyWhereTheyWereNamedAndWrittenNowhere) {
    StartedProgram confined(program("confined"));
    const auto said = greeting(confined);
    EXPECT_THAT(said, HasSubstr("FILE 0 read beneath the readable folder"));
    EXPECT_THAT(said, HasSubstr("FILE 1 make a file in the readable folder"));
    EXPECT_THAT(said, HasSubstr("FILE 1 make a file in the writable folder"));
}

// On Debian 13 every job failed with "Unknown Tag & Data (0008,103e): Unknown VR: Tag not found in data dictionary". The
// dictionary is in /usr/share/dcmtk on Debian 13, and the cage did not allow to read that folder.
TEST_F(Cage, TheElementDictionaryOfDcmtkIsReadWhereThisReleaseHasIt) {
    StartedProgram confined(program("confined"));
    EXPECT_THAT(greeting(confined), HasSubstr("FILE 0 read DCMTK's dictionary while the program is loaded"));
}

TEST_F(Cage, ACommandWritesOnlyIntoItsOutput) {
    StartedProgram writing(program("writing"));
    const auto said = greeting(writing);
    EXPECT_THAT(said, HasSubstr("FILE 0 make a file in the writable folder"));
    EXPECT_THAT(said, HasSubstr("FILE 0 read beneath the writable folder"));
    EXPECT_THAT(said, HasSubstr("FILE 1 make a file in the readable folder"));
    EXPECT_THAT(said, HasSubstr("FILE 1 make a file beside the writable folder"));
    EXPECT_FALSE(fs::exists(folder_ / "beside"));
    const auto outcomes = attempts_of(writing, writing.id());
    for (const auto& [name, error] : outcomes) {
        const bool about_files = name == "write /dev/null" || name == "unlink";
        EXPECT_TRUE(about_files || refused(error)) << name << ": " << std::strerror(error);
    }
}

/// In a child, because a cage is for good. Its exit code, or the signal that ended it, negative.
int in_child(const std::function<int()>& work) {
    const pid_t child = ::fork();
    if (child == 0) ::_exit(work());
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

int filtered(const std::function<int()>& work) {
    return in_child([&] {
        const auto calls = allowed_calls({.process = static_cast<std::uint64_t>(::getpid())});
        return filter_calls(calls) ? work() : 100;
    });
}

#if defined(__x86_64__)
TEST_F(Cage, ACallByTheNumbersOfAnotherArchitectureEndsTheProcess) {
    EXPECT_EQ(filtered([] {
                  constexpr long kX32 = 0x40000000;
                  return static_cast<int>(::syscall(kX32 + SYS_getpid) > 0);
              }),
              -SIGSYS);
    EXPECT_EQ(filtered([] {
                  long result = 20;  // getpid of i386
                  asm volatile("int $0x80" : "+a"(result)::"memory");
                  return static_cast<int>(result > 0);
              }),
              -SIGSYS);
}
#endif

TEST_F(Cage, AnUnknownCallIsAnsweredAsByAnOlderKernelSoThatLibrariesGoOn) {
    EXPECT_EQ(filtered([] { return ::syscall(9999) == -1 && errno == ENOSYS ? 0 : 1; }), 0);
    EXPECT_EQ(filtered([] {
                  std::thread([] {}).join();  // by clone, after clone3 was "unknown"
                  return 0;
              }),
              0);
}

TEST_F(Cage, LimitsHoldAndMemoryBeyondThemIsAnErrorOfTheAllocation) {
    EXPECT_EQ(in_child([] {
                  constexpr std::uint64_t kLimit = std::uint64_t{300} << 20;
                  if (!limit_process(kLimit)) return 1;
                  rlimit core{}, data{};
                  ::getrlimit(RLIMIT_CORE, &core);
                  ::getrlimit(RLIMIT_DATA, &data);
                  if (core.rlim_max != 0 || data.rlim_max != kLimit) return 2;
                  if (::prctl(PR_GET_DUMPABLE) != 0) return 3;
                  void* volatile large = std::malloc(2 * kLimit);
                  return large == nullptr ? 0 : 4;
              }),
              0);
}

TEST_F(Cage, WithoutTheFirstStepItIsNotWholeAndSaysSo) {
    EXPECT_EQ(in_child([] {
                  const auto state = close_cage({}, true);  // "confined", which is not true
                  return state.whole || state.detail.find("files are not confined") == std::string::npos ? 1
                                                                                                         : 0;
              }),
              0);
}

TEST_F(Cage, AWeakerCageStopsUnlessItIsAllowedByName) {
    const CageState weaker{false, "this kernel has no Landlock"};
    const auto stopped = require_cage(weaker, false);
    ASSERT_FALSE(stopped.has_value());
    EXPECT_THAT(stopped.error().detail, HasSubstr("this kernel has no Landlock"));
    EXPECT_THAT(stopped.error().detail, HasSubstr("--allow-weaker-cage"));
    EXPECT_TRUE(require_cage(weaker, true).has_value());
    EXPECT_TRUE(require_cage({true, ""}, false).has_value());
}

TEST_F(Cage, AnOutputThatIsNotThereIsNamed) {
    EXPECT_EQ(in_child([] {
                  const auto confined = confine_files({.writable = {"/nonexistent/output"}});
                  return !confined && confined.error().detail.find("/nonexistent/output") != std::string::npos
                             ? 0
                             : 1;
              }),
              0);
}

}  // namespace cage_test
}  // namespace spineseg
