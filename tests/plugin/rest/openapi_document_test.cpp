// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/openapi_document.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>

#include "plugin/http/route_pattern.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace openapi_document_test {

using nlohmann::json;

class OpenApiDocumentTest : public RestRoutesTest {
  protected:
    /// "get /spineseg/jobs", of the document.
    static std::set<std::string> operations(const json& document) {
        std::set<std::string> all;
        for (const auto& [path, item] : document.at("paths").items())
            for (const auto& [method, operation] : item.items()) all.insert(method + " " + path);
        return all;
    }
    /// The same, of the table of routes.
    std::set<std::string> routed() const {
        std::set<std::string> all;
        for (const auto& [methods, path] : routes.paths())
            for (const char* method : {"GET", "POST"})
                if (methods.find(method) != std::string::npos)
                    all.insert((method[0] == 'G' ? "get " : "post ") + path);
        return all;
    }
    /// "?limit=&expand".
    static std::string query_of(const json& document, const json& operation) {
        std::string query;
        for (const auto& parameter : operation.value("parameters", json::array())) {
            const auto named =
                parameter.contains("$ref")
                    ? document.at(json::json_pointer(parameter.at("$ref").get<std::string>().substr(1)))
                    : parameter;
            if (named.at("in") != "query") continue;
            const auto name = named.at("name").get<std::string>();
            query += (query.empty() ? "?" : "&") + name + (name == "expand" || name == "own" ? "" : "=");
        }
        return query;
    }
    json document() { return get("/spineseg/openapi.json"); }
};

TEST_F(OpenApiDocumentTest, ItsOperationsAreThoseOfTheTableAndNoOthers) {
    const auto served = document();
    EXPECT_EQ(served.at("openapi"), "3.1.0");
    EXPECT_EQ(served.at("info").at("version"), "0.1.0");
    EXPECT_EQ(operations(served), routed());
}

TEST_F(OpenApiDocumentTest, ItFollowsTheRootOfTheRoutes) {
    const auto elsewhere = openapi_document("/ai/spine/", "1");
    EXPECT_TRUE(elsewhere.at("paths").contains("/ai/spine/jobs/{id}"));
    EXPECT_EQ(elsewhere.dump().find("@SPINESEG"), std::string::npos);
    EXPECT_EQ(elsewhere.dump().find("/spineseg/"), std::string::npos);
}

/// Each operation stands in a row of the README's table with its method, path and query, and each row's is documented.
TEST_F(OpenApiDocumentTest, TheReadmeHasTheSameOperationsWithTheSameQuery) {
    std::ifstream file(SPINESEG_SOURCE_DIR "/plugin/README.md");
    const std::string readme(std::istreambuf_iterator<char>(file), {});
    const auto served = document();
    std::set<std::string> documented;
    for (const auto& [path, item] : served.at("paths").items()) {
        const auto get_call = item.contains("get") ? path + query_of(served, item.at("get")) : "";
        const auto post_call = item.contains("post") ? path + query_of(served, item.at("post")) : "";
        // What GET and POST answer alike stands there as POST.
        if (!get_call.empty() && get_call != post_call) documented.insert("GET " + get_call);
        if (!post_call.empty()) documented.insert("POST " + post_call);
    }
    std::set<std::string> written;
    const auto begin = readme.find("| call | answers |"), end = readme.find("\n\n", begin);
    ASSERT_NE(begin, std::string::npos);
    std::istringstream rows(readme.substr(begin, end - begin));
    for (std::string row; std::getline(rows, row);) {
        std::string call = row.substr(2, row.find(" | ", 2) - 2);
        for (auto at = call.find('`'); at != std::string::npos; at = call.find('`', at + 1)) {
            const auto close = call.find('`', at + 1);
            written.insert(call.substr(at + 1, close - at - 1));
            at = close;
        }
    }
    EXPECT_EQ(written, documented);
}

}  // namespace openapi_document_test
}  // namespace spineseg
