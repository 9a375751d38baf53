// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/json_path.h"

#include <gtest/gtest.h>

#include <functional>

namespace spineseg {
namespace json_path_test {

const nlohmann::json kFile = nlohmann::json::parse(
    R"({"name": "n", "list": [1, 2.5, 18446744073709551615], "flag": true, "inner": {"a": "x"}})");

std::string refusal(const std::function<void(const JsonPath&)>& read) {
    try {
        read(JsonPath(kFile, "file"));
    } catch (const JsonRefused& refused) {
        return refused.what;
    }
    return "";
}

TEST(JsonPath, ReadsWhatIsThere) {
    const JsonPath file(kFile, "file");
    EXPECT_EQ(file["name"].text(), "n");
    EXPECT_TRUE(file["flag"].boolean());
    EXPECT_EQ(file["list"].items(3, 3)[0].integer(0, 1), 1);
    EXPECT_EQ(file["list"].items(0, 5)[1].number(2, 3), 2.5);
    EXPECT_EQ(file.find("inner")->find("a")->text(), "x");
    EXPECT_FALSE(file.find("absent") || file["inner"].find("b") || file["name"].find("n"));
    file["inner"].only({"a", "b"});
}

TEST(JsonPath, EveryRefusalNamesThePlaceAndTheRule) {
    EXPECT_EQ(refusal([](const auto& f) { f["inner"]["b"]; }), "file.inner.b: is missing");
    EXPECT_EQ(refusal([](const auto& f) { f["inner"].only({"b"}); }), "file.inner.a: is not a known field");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].only({}); }), "file.list: must be an object");
    EXPECT_EQ(refusal([](const auto& f) { f["flag"].text(); }), "file.flag: must be a text");
    EXPECT_EQ(refusal([](const auto& f) { f["name"].boolean(); }), "file.name: must be true or false");
    EXPECT_EQ(refusal([](const auto& f) { f["name"].number(0, 1); }), "file.name: must be a number");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].items(2, 9); }), "file.list: must be a list of 2");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].items(0, 2); }),
              "file.list: must be a list of at most 2");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].items(0, 3)[1].integer(0, 9); }),
              "file.list[1]: must be a whole number");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].items(0, 3)[1].number(0, 2); }),
              "file.list[1]: 2.5 is outside 0.0..2.0");
    EXPECT_EQ(refusal([](const auto& f) { f["list"].items(0, 3)[2].integer(0, 9); }),
              "file.list[2]: 18446744073709551615 is outside 0..9");
    EXPECT_EQ(refusal([](const auto& f) { f["inner"].named("list[0] (x)")["b"]; }),
              "list[0] (x).b: is missing");
}

}  // namespace json_path_test
}  // namespace spineseg
