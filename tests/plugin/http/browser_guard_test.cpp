// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/browser_guard.h"

#include <gtest/gtest.h>

namespace spineseg {
namespace browser_guard_test {

using Headers = std::map<std::string, std::string>;

/// 0: not refused.
int status(Headers headers, const std::string& body = "", HttpMethod method = HttpMethod::post,
           const std::vector<std::string>& allowed = {}) {
    HttpRequest request{method, "/spineseg/jobs/x/cancel", {}, body};
    request.headers = std::move(headers);
    const auto refused = refuse_foreign_page(request, allowed);
    return refused ? refused->status : 0;
}

// A page of any site could have a series segmented or a job canceled with the password that the browser knows.
TEST(BrowserGuard, PagesOfOtherOriginsChangeNothing) {
    for (const std::string site : {"cross-site", "same-site", "nonsense"})
        EXPECT_EQ(status({{"sec-fetch-site", site}, {"host", "pacs:8042"}}), 403) << site;
    for (const std::string origin : {"http://evil.example", "null", "http://pacs", "http://pacs:80429",
                                     "pacs:8042", "http://evil.example/://pacs:8042", ""})
        EXPECT_EQ(status({{"origin", origin}, {"host", "pacs:8042"}}), origin.empty() ? 0 : 403) << origin;
    EXPECT_EQ(status({{"origin", "http://pacs:8042"}}), 403) << "nothing says what Orthanc's own origin is";
}

TEST(BrowserGuard, OrthancsOwnPagesAndProgramsMay) {
    EXPECT_EQ(status({}), 0);
    EXPECT_EQ(status({{"sec-fetch-site", "same-origin"}, {"origin", "https://outside"}, {"host", "inside"}}),
              0);
    EXPECT_EQ(status({{"sec-fetch-site", "none"}}), 0);
    EXPECT_EQ(status({{"origin", "http://PACS:8042"}, {"host", "pacs:8042"}}), 0);
    EXPECT_EQ(
        status({{"origin", "https://outside"}, {"host", "inside"}, {"x-forwarded-host", "outside, inner"}}),
        0);
    EXPECT_EQ(status({{"sec-fetch-site", "cross-site"}}, "", HttpMethod::get), 0);
}

TEST(BrowserGuard, TheSettingAdmitsFurtherOrigins) {
    const Headers portal{
        {"origin", "https://portal.example"}, {"host", "pacs"}, {"sec-fetch-site", "cross-site"}};
    EXPECT_EQ(status(portal), 403);
    EXPECT_EQ(status(portal, "", HttpMethod::post, {"https://portal.example"}), 0);
    EXPECT_EQ(status({{"origin", "https://evil.example"}, {"host", "pacs"}}, "", HttpMethod::post,
                     {"https://portal.example"}),
              403);
}

// Browsers send text/plain, forms, and bodies without a type for any page, and ask no server first.
TEST(BrowserGuard, ABodyIsDeclaredAsJson) {
    for (const std::string type : {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data",
                                   "", "application/jsonp", "text/plain; application/json"})
        for (const Headers& browser : {Headers{{"sec-fetch-site", "same-origin"}},
                                       Headers{{"origin", "http://pacs:8042"}, {"host", "pacs:8042"}},
                                       Headers{{"referer", "http://evil.example/"}}}) {
            Headers headers = browser;
            headers["content-type"] = type;
            EXPECT_EQ(status(headers, "{}"), 415) << type << " with " << browser.begin()->first;
        }
    EXPECT_EQ(status({{"content-type", "text/plain"}}, "{}"), 415);
    EXPECT_EQ(status({{"content-type", "multipart/form-data"}}, "{}"), 415);
    EXPECT_EQ(status({{"content-type", "text/plain"}}, ""), 0) << "there is no body";
    for (const std::string type :
         {"application/json", "Application/JSON; charset=utf-8", "application/json ;x"})
        EXPECT_EQ(status({{"content-type", type}}, "{}"), 0) << type;
}

// curl -d declares a form, and Orthanc's own scripts declare nothing.
TEST(BrowserGuard, AProgramNeedsNoContentType) {
    EXPECT_EQ(status({}, "{}"), 0);
    EXPECT_EQ(status({{"content-type", "application/x-www-form-urlencoded"}}, "{}"), 0);
}

TEST(BrowserGuard, EveryAnswerSaysHowABrowserMayUseIt) {
    HttpResponse plain;
    add_security_headers(plain);
    EXPECT_EQ(plain.headers.at("X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(plain.headers.at("X-Frame-Options"), "DENY");
    EXPECT_EQ(plain.headers.at("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(plain.headers.at("Cache-Control"), "no-store");
    EXPECT_EQ(plain.headers.at("Content-Security-Policy"), "default-src 'none'; frame-ancestors 'none'");
    HttpResponse page;
    page.headers["Content-Security-Policy"] = "default-src 'self'";
    add_security_headers(page);
    EXPECT_EQ(page.headers.at("Content-Security-Policy"), "default-src 'self'");
}

}  // namespace browser_guard_test
}  // namespace spineseg
