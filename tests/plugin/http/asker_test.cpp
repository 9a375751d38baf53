// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/asker.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace asker_test {

HttpRequest with(std::map<std::string, std::string> headers, bool passwords_checked = true) {
    HttpRequest request;
    request.headers = std::move(headers);
    request.address = "192.0.2.7";
    request.passwords_checked = passwords_checked;
    return request;
}

TEST(Asker, IsTheUserWhosePasswordOrthancHasCompared) {
    const std::map<std::string, std::string> alice{{"authorization", "Basic YWxpY2U6c2VjcmV0OndvcmQ="}};
    EXPECT_EQ(asker_of(with(alice)), (Asker{"alice", "192.0.2.7"}));
    EXPECT_EQ(asker_of(with(alice, false)).user, "alice (not checked)");
    EXPECT_EQ(described(asker_of(with(alice))), "alice from 192.0.2.7");
}

TEST(Asker, IsNobodyWhereTheHeaderSaysNoName) {
    for (const std::string value :
         {"", "Bearer YWxpY2U6c2VjcmV0", "Basic", "Basic !!!!", "Basic YWxpY2U=", "basicYQ=="})
        EXPECT_EQ(asker_of(with({{"authorization", value}})).user, "") << value;
    EXPECT_EQ(described(Asker{}), "somebody");
}

TEST(Asker, NeverBringsThePasswordOrALineBreakAlong) {
    // "a\nb:secret", and a name of 300 characters
    EXPECT_EQ(asker_of(with({{"authorization", "Basic YQpiOnNlY3JldA=="}})).user, "a\\nb");
    std::string base64;
    for (int i = 0; i < 100; ++i) base64 += "eHh4";
    EXPECT_EQ(asker_of(with({{"authorization", "bAsIc " + base64 + "OnM="}})).user.size(), 64u);
}

TEST(Asker, NamesWhomAProxyForwardsForAfterTheProxy) {
    EXPECT_EQ(asker_of(with({{"x-forwarded-for", "198.51.100.4, 10.0.0.1"}})).address,
              "192.0.2.7 for 198.51.100.4, 10.0.0.1");
    EXPECT_EQ(asker_of(with({{"x-forwarded-for", "a\nb"}})).address, "192.0.2.7 for a\\nb");
}

}  // namespace asker_test
}  // namespace spineseg
