// SPDX-License-Identifier: GPL-3.0-or-later
/// packaging/orthanc/spineseg.json, the settings that the package orthanc-spineseg installs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "config/settings.h"

namespace spineseg {
namespace packaged_settings_test {

std::string packaged_text() {
    std::ifstream stream(SPINESEG_SOURCE_DIR "/packaging/orthanc/spineseg.json");
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

Settings packaged(const std::string& text) {
    const auto file = nlohmann::json::parse(text, nullptr, true, /*ignore_comments=*/true);
    auto settings = Settings::parse(file.at("SpineSeg").dump(), "/var/lib/orthanc/db-v6");
    EXPECT_TRUE(settings) << settings.error().describe();
    return settings.value_or(Settings{});
}

TEST(PackagedSettings, PluginAndWorkerMeetAndTheQueueLiesInAFolderOfItsOwn) {
    const Settings settings = packaged(packaged_text());
    EXPECT_EQ(settings.socket, "/run/spineseg/worker.sock");
    EXPECT_THAT(settings.worker_users, testing::ElementsAre("spineseg"));
    EXPECT_EQ(settings.database, "/var/lib/spineseg/queue.db");
}

TEST(PackagedSettings, EveryCommentedLineShowsTheDefaultOfAKeyThatExists) {
    const std::regex commented_key(R"(// ("[A-Za-z]+" : ))");
    const std::string all = std::regex_replace(packaged_text(), commented_key, "$1");
    const auto section = nlohmann::json::parse(all, nullptr, true, true).at("SpineSeg");
    ASSERT_GE(section.size(), 15u);
    const Settings shown = packaged(all);
    const Settings defaults = *Settings::parse("", "/var/lib/orthanc/db-v6");
    EXPECT_EQ(shown.enable, defaults.enable);
    EXPECT_EQ(shown.segment_on_arrival, defaults.segment_on_arrival);
    EXPECT_EQ(shown.reconcile_on_start, defaults.reconcile_on_start);
    EXPECT_EQ(shown.root, defaults.root);
    EXPECT_EQ(shown.outputs, defaults.outputs);
    EXPECT_EQ(shown.destinations, defaults.destinations);
    EXPECT_EQ(shown.superseded, defaults.superseded);
    EXPECT_EQ(shown.keep_rejected, defaults.keep_rejected);
    EXPECT_EQ(shown.send_review, defaults.send_review);
    EXPECT_EQ(shown.max_attempts, defaults.max_attempts);
    EXPECT_EQ(shown.retry_backoff, defaults.retry_backoff);
    EXPECT_EQ(shown.keep_jobs_days, defaults.keep_jobs_days);
    EXPECT_EQ(shown.max_instances, defaults.max_instances);
    EXPECT_EQ(shown.max_instance_megabytes, defaults.max_instance_megabytes);
}

}  // namespace packaged_settings_test
}  // namespace spineseg
