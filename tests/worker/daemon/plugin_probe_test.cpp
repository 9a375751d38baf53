// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/plugin_probe.h"

#include <gmock/gmock.h>

#include <chrono>
#include <fstream>

#include "tests/worker/daemon/scripted_plugin.h"

namespace spineseg {
namespace plugin_probe_test {

using ::testing::HasSubstr;
using testing::ScriptedPlugin;
using Replies = std::optional<std::vector<wire::Message>>;

Result<ProbedPlugin> probed_by(ScriptedPlugin::Script script) {
    ScriptedPlugin plugin(std::move(script));
    return probe_plugin(plugin.socket(), std::chrono::milliseconds(500));
}

TEST(PluginProbe, SaysHelloAsNoWorkerAndLeaves) {
    ScriptedPlugin plugin([](int, const wire::Message&) -> Replies {
        return {{wire::Welcome{wire::kProtocolVersion, "0.9"}}};
    });
    const auto probed = probe_plugin(plugin.socket());
    ASSERT_TRUE(probed.has_value()) << probed.error().detail;
    EXPECT_EQ(probed->version, "0.9");
    const auto received = plugin.received();
    ASSERT_EQ(received.size(), 1U);
    EXPECT_TRUE(received[0] == wire::Message(wire::Hello{.protocol = wire::kProbeVersion}));
}

TEST(PluginProbe, WithoutASocketSaysToStartOrthanc) {
    const auto probed = probe_plugin("/nonexistent/worker.sock");
    ASSERT_FALSE(probed.has_value());
    EXPECT_EQ(probed.error().code, ErrorCode::file_not_found);
    EXPECT_THAT(probed.error().detail, HasSubstr("/nonexistent/worker.sock does not exist; start Orthanc"));
}

TEST(PluginProbe, TellsASocketThatNobodyListensOn) {
    std::filesystem::path left_over;
    {
        ScriptedPlugin plugin([](int, const wire::Message&) -> Replies { return std::nullopt; });
        left_over = std::filesystem::path(::testing::TempDir()) / "spineseg-left-over.sock";
        std::filesystem::remove(left_over);
        std::filesystem::create_hard_link(plugin.socket(), left_over);
    }
    const auto probed = probe_plugin(left_over);
    std::filesystem::remove(left_over);
    ASSERT_FALSE(probed.has_value());
    EXPECT_THAT(probed.error().detail, HasSubstr("nobody listens"));
}

TEST(PluginProbe, TellsAFileThatIsNoSocket) {
    const auto file = std::filesystem::path(::testing::TempDir()) / "spineseg-no-socket";
    std::ofstream(file) << "x";
    EXPECT_THAT(probe_plugin(file).error().detail, HasSubstr("is no socket"));
    std::filesystem::remove(file);
}

TEST(PluginProbe, AnotherProtocolIsAMatterOfVersions) {
    const auto newer = probed_by([](int, const wire::Message&) -> Replies {
        return {{wire::Welcome{wire::kProtocolVersion + 1, "9"}}};
    });
    EXPECT_THAT(newer.error().detail, HasSubstr("install the same version"));
    const auto older = probed_by([](int, const wire::Message&) -> Replies {
        return {{wire::Refused{{ErrorCode::protocol_violation, "this plugin speaks protocol 2"}}}};
    });
    EXPECT_THAT(older.error().detail, HasSubstr("this plugin speaks protocol 2"));
}

TEST(PluginProbe, AConnectionThatIsClosedAtOnceIsAMatterOfWhoMayConnect) {
    const auto probed = probed_by([](int, const wire::Message&) -> Replies { return std::nullopt; });
    EXPECT_THAT(probed.error().detail, HasSubstr("WorkerUsers"));
}

TEST(PluginProbe, DoesNotWaitForEver) {
    const auto probed =
        probed_by([](int, const wire::Message&) -> Replies { return std::vector<wire::Message>{}; });
    EXPECT_THAT(probed.error().detail, HasSubstr("gives no answer"));
}

}  // namespace plugin_probe_test
}  // namespace spineseg
