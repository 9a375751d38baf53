// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/registered_users.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace registered_users_test {

std::string refusal(const char* configuration) {
    const auto checked = check_registered_users(nlohmann::json::parse(configuration));
    return checked ? "" : checked.error().detail;
}

// Without registered users Orthanc makes the user "orthanc" with the password "orthanc", whatever the documentation of
// the containers said.
TEST(RegisteredUsers, NobodyOrADefaultPasswordIsRefused) {
    for (const auto* users :
         {R"({"RemoteAccessAllowed": true})", R"({"AuthenticationEnabled": true, "RegisteredUsers": {}})",
          R"({"AuthenticationEnabled": true, "RegisteredUsers": []})"})
        EXPECT_THAT(refusal(users), testing::HasSubstr("RegisteredUsers names nobody")) << users;
    for (const auto* users : {R"({"orthanc": "orthanc"})", R"({"me": "s3cret", "a": ""})", R"({"a": 7})"})
        EXPECT_THAT(
            refusal((R"({"AuthenticationEnabled": true, "RegisteredUsers": )" + std::string(users) + "}")
                        .c_str()),
            testing::HasSubstr("is empty or the user's own name"))
            << users;
}

TEST(RegisteredUsers, AnOrthancThatAsksForNoPasswordIsRefused) {
    for (const auto* open :
         {"{}",
          R"({"RemoteAccessAllowed": true, "AuthenticationEnabled": false, "RegisteredUsers": {"a": "b"}})"})
        EXPECT_THAT(refusal(open), testing::HasSubstr("asks nobody for a password")) << open;
}

TEST(RegisteredUsers, UsersWithPasswordsOfTheirOwnAreFine) {
    EXPECT_EQ(refusal(R"({"RemoteAccessAllowed": true, "RegisteredUsers": {"me": "s3cret"}})"), "");
    EXPECT_TRUE(asks_for_passwords(nlohmann::json::parse(R"({"RemoteAccessAllowed": true})")));
    EXPECT_FALSE(asks_for_passwords(nlohmann::json::parse(R"({"RemoteAccessAllowed": false})")));
}

}  // namespace registered_users_test
}  // namespace spineseg
