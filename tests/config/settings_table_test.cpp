// SPDX-License-Identifier: GPL-3.0-or-later
#include "config/settings_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace spineseg {
namespace settings_table_test {

TEST(SettingsTable, EverySettingStandsOnceAndSaysWhatItIs) {
    std::set<std::string_view> keys;
    for (const auto& setting : describe_settings()) {
        EXPECT_TRUE(keys.insert(setting.key).second) << setting.key;
        EXPECT_FALSE(setting.sentence.empty() || setting.type.empty()) << setting.key;
    }
    EXPECT_TRUE(keys.contains("Rules"));
}

TEST(SettingsTable, ItsDefaultsAreThoseOfAnEmptyConfiguration) {
    const auto given = Settings::parse(default_settings().dump(), "/db");
    const auto absent = Settings::parse("", "/db");
    ASSERT_TRUE(given && absent);
    EXPECT_EQ(given->lease, absent->lease);
    EXPECT_EQ(given->retry_backoff, absent->retry_backoff);
    EXPECT_EQ(given->outputs, Settings{}.outputs);
    EXPECT_EQ(given->priority_age, Settings{}.priority_age);
    EXPECT_EQ(given->progress_deadline, Settings{}.progress_deadline);
}

TEST(SettingsTable, ANumberAtItsBoundsIsTakenAndOneBeyondIsRefused) {
    const std::map<std::string, std::string> with{{"LeaseSeconds", R"("ProgressSeconds": 86400, )"},
                                                  {"ProgressSeconds", R"("LeaseSeconds": 1, )"}};
    int numbers = 0;
    for (const auto& setting : describe_settings()) {
        if (setting.type != "number") continue;
        ++numbers;
        const std::string key(setting.key);
        std::string digits;
        for (const char c : setting.range)
            if (c != ',') digits += c;
        int low = 0, high = 0;
        ASSERT_EQ(std::sscanf(digits.c_str(), "%d to %d", &low, &high), 2) << setting.range;
        const auto taken = [&](int value) {
            const auto found = with.find(key);
            return Settings::parse("{" + (found == with.end() ? "" : found->second) + "\"" + key +
                                       "\": " + std::to_string(value) + "}",
                                   "/db")
                .has_value();
        };
        EXPECT_TRUE(taken(low) && taken(high)) << key;
        EXPECT_FALSE(taken(low - 1) || taken(high + 1)) << key;
    }
    EXPECT_EQ(numbers, 12);
}

/// The README named other ranges than the code had.
TEST(SettingsTable, TheReadmeShowsIt) {
    std::ifstream stream(SPINESEG_SOURCE_DIR "/config/README.md");
    std::ostringstream text;
    text << stream.rdbuf();
    EXPECT_NE(text.str().find("\n" + settings_markdown() + "\n"), std::string::npos)
        << "replace the table of settings in config/README.md by this one:\n"
        << settings_markdown();
}

}  // namespace settings_table_test
}  // namespace spineseg
