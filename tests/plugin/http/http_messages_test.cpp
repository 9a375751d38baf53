// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/http_messages.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace http_messages_test {

using nlohmann::json;

std::string listed(const std::vector<json>& items) {
    JsonListText list;
    for (const auto& item : items) list.add(item);
    return std::move(list).response().body;
}

TEST(JsonListTextTest, IsTheTextOfTheWholeList) {
    const std::vector<json> items{
        "a\nb\x1b",
        {{"Empty", json::array()}, {"Nested", {{"Line", "one\ntwo"}, {"List", {1, 2}}}}},
        nullptr,
        json::object()};
    EXPECT_EQ(listed(items), json_response(json(items)).body);
    EXPECT_EQ(listed({items[1]}), json_response(json::array({items[1]})).body);
    EXPECT_EQ(listed({}), json_response(json::array()).body);
}

TEST(JsonListTextTest, AMemberThatIsTextAlreadyStandsAsItIs) {
    JsonListText list;
    list.add({{"ID", "a\x1b"}}, "Summary", R"({"b":[1,{"c":2.5}]})");
    list.add(json::object(), "Summary", "{}");
    const auto body = std::move(list).response().body;
    EXPECT_EQ(json::parse(body),
              json::parse(R"([{"ID": "a\\x1b", "Summary": {"b": [1, {"c": 2.5}]}}, {"Summary": {}}])"));
    EXPECT_NE(body.find("    \"Summary\": {\"b\":[1,{\"c\":2.5}]}\n"), std::string::npos) << body;
}

}  // namespace http_messages_test
}  // namespace spineseg
