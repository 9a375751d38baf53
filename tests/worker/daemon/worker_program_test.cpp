// SPDX-License-Identifier: GPL-3.0-or-later
// The worker's program, as a service manager runs it, against a scripted plugin.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/worker/cage/started_program.h"
#include "tests/worker/daemon/scripted_plugin.h"
#include "tests/worker/inference/needs_bfloat16.h"
#include "tests/worker/inference/self_tested_bundle.h"
#include "worker/cage/cage.h"
#include "worker/job/exit_code.h"

namespace spineseg {
namespace worker_program_test {

using ::testing::HasSubstr;
using testing::ScriptedPlugin;
using Replies = std::optional<std::vector<wire::Message>>;

/// Has no work and welcomes everybody.
Replies idle_plugin(int, const wire::Message& message) {
    if (std::holds_alternative<wire::Hello>(message)) return {{wire::Welcome{}}};
    if (std::holds_alternative<wire::LeaseRequest>(message)) return {{wire::NoWork{50}}};
    return {{wire::Ack{}}};
}

/// spineseg-worker on one thread, stopped by SIGTERM.
class WorkerProgram {
  public:
    WorkerProgram(const ScriptedPlugin& plugin, const SelfTestedBundle& bundle,
                  std::vector<std::string> more = {}) {
        std::vector<std::string> words{SPINESEG_WORKER_PROGRAM,
                                       "--socket",
                                       plugin.socket(),
                                       "--model",
                                       bundle.folder(),
                                       "--threads",
                                       "1",
                                       "--log-level",
                                       "off"};
        words.insert(words.end(), more.begin(), more.end());
        std::vector<char*> arguments;
        for (auto& word : words) arguments.push_back(word.data());
        arguments.push_back(nullptr);
        process_ = ::fork();
        if (process_ < 0) throw std::runtime_error("fork");
        if (process_ == 0) {
            ::execv(SPINESEG_WORKER_PROGRAM, arguments.data());
            ::_exit(127);
        }
    }
    ~WorkerProgram() { stop(); }
    WorkerProgram(const WorkerProgram&) = delete;
    WorkerProgram& operator=(const WorkerProgram&) = delete;

    pid_t id() const { return process_; }
    /// Its exit code, or −1 where a signal ended it.
    int stop() {
        if (process_ <= 0) return -1;
        ::kill(process_, SIGTERM);
        return wait();
    }
    /// Until it ends by itself.
    int wait() {
        int status = 0;
        ::waitpid(process_, &status, 0);
        process_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t process_ = -1;
};

/// What the worker said of itself; starting takes a process with LibTorch a few seconds.
wire::DeviceReport first_report(const ScriptedPlugin& plugin) {
    for (int round = 0; round < 6; ++round)
        if (plugin.wait_until([&] { return !plugin.received_of<wire::DeviceReport>().empty(); }))
            return plugin.received_of<wire::DeviceReport>().front();
    ADD_FAILURE() << "the worker reports nothing";
    return {};
}

TEST(WorkerProgram, WhoseSelfTestFailsTakesNoJobsAndTellsThePluginWhy) {
    const SelfTestedBundle bundle;
    bundle.scale_weights(1.5);
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32", "--self-test", "always"});
    const auto report = first_report(plugin);
    EXPECT_EQ(report.device, "cpu");
    EXPECT_EQ(report.precision, "float32");
    EXPECT_EQ(report.self_test.state, SelfTestState::failed);
    EXPECT_THAT(report.self_test.detail, HasSubstr("the presegmentation differs by"));
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    EXPECT_EQ(plugin.sessions(), 1) << "it stays connected";
    EXPECT_EQ(worker.stop(), 0);
    EXPECT_TRUE(plugin.received_of<wire::LeaseRequest>().empty());
}

TEST(WorkerProgram, WhoseSelfTestPassesAsksForWork) {
    const SelfTestedBundle bundle;
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32", "--self-test", "always"});
    EXPECT_EQ(first_report(plugin).self_test.state, SelfTestState::passed);
    EXPECT_TRUE(plugin.wait_until([&] { return !plugin.received_of<wire::LeaseRequest>().empty(); }));
}

TEST(WorkerProgram, RunsNoSelfTestOnACpuInFloat32UnlessItIsTold) {
    const SelfTestedBundle bundle;
    bundle.scale_weights(1.5);
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32"});
    EXPECT_EQ(first_report(plugin).self_test.state, SelfTestState::not_run);
}

// OpenBLAS' threads, which exist before main, had no filter: "Seccomp: 0" in one of two threads.
TEST(WorkerProgram, IsConfinedInEveryThreadAndTellsThePlugin) {
    if (!offered_cage().whole) GTEST_SKIP() << offered_cage().detail;
    const SelfTestedBundle bundle;
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32", "--self-test", "always"});
    const auto report = first_report(plugin);
    ASSERT_TRUE(report.cage.has_value());
    EXPECT_TRUE(report.cage->whole) << report.cage->detail;
    const auto threads = testing::threads_of(worker.id());
    EXPECT_GE(threads.size(), 2U) << "the compute thread, and those of the libraries";
    for (const pid_t thread : threads) {
        EXPECT_EQ(testing::status_of(worker.id(), thread, "Seccomp"), "2") << "thread " << thread;
        EXPECT_EQ(testing::status_of(worker.id(), thread, "NoNewPrivs"), "1") << "thread " << thread;
    }
    std::ifstream limits("/proc/" + std::to_string(worker.id()) + "/limits");
    const std::string said{std::istreambuf_iterator<char>(limits), {}};
    EXPECT_THAT(said, ::testing::ContainsRegex("Max core file size +0 +0"));
    EXPECT_THAT(said, ::testing::ContainsRegex("Max data size +6442450944 +6442450944"));
    EXPECT_EQ(worker.stop(), 0);
}

// Without the dictionary a worker took every job and failed each with "Unknown Tag & Data (0008,103e)".
TEST(WorkerProgram, WithoutDcmtksDictionaryEndsAtItsStartInsteadOfFailingEveryJob) {
    const SelfTestedBundle bundle;
    ScriptedPlugin plugin(idle_plugin);
    ::setenv("DCMDICTPATH", "/nonexistent/dicom.dic", 1);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32"});
    ::unsetenv("DCMDICTPATH");
    EXPECT_EQ(worker.wait(), exit_code_of(ErrorCode::invalid_configuration));
    EXPECT_TRUE(plugin.received_of<wire::Hello>().empty());
}

TEST(WorkerProgram, ConnectsAgainThoughItCanMakeNoSocket) {
    const SelfTestedBundle bundle;
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "float32"});
    first_report(plugin);
    plugin.hang_up();
    EXPECT_TRUE(plugin.wait_until([&] { return plugin.sessions() == 2; }));
    EXPECT_EQ(worker.stop(), 0);
}

TEST(WorkerProgram, RunsTheSelfTestByItselfInBfloat16) {
    SPINESEG_NEEDS_BFLOAT16();
    const SelfTestedBundle bundle;
    ScriptedPlugin plugin(idle_plugin);
    WorkerProgram worker(plugin, bundle, {"--precision", "bfloat16"});
    const auto report = first_report(plugin);
    EXPECT_EQ(report.precision, "bfloat16");
    EXPECT_EQ(report.self_test.state, SelfTestState::passed) << report.self_test.detail;
}

}  // namespace worker_program_test
}  // namespace spineseg
