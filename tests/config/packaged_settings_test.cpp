// SPDX-License-Identifier: GPL-3.0-or-later
/// packaging/orthanc/spineseg.json, the settings that the package orthanc-spineseg installs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "config/settings_table.h"

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
    packaged(all);
    const auto defaults = default_settings();
    for (const auto& [key, shown] : section.items()) {
        if (key == "Database" || key == "Socket" || key == "WorkerUsers") continue;  // the package's own
        ASSERT_TRUE(defaults.contains(key)) << key;
        EXPECT_EQ(shown, defaults[key]) << key;
    }
}

}  // namespace packaged_settings_test
}  // namespace spineseg
