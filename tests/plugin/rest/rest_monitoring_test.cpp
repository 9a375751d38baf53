// SPDX-License-Identifier: GPL-3.0-or-later
#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"
#include "tests/plugin/rest/rest_fixture.h"

namespace spineseg {
namespace rest_monitoring_test {

class RestMonitoringTest : public RestRoutesTest {};

TEST_F(RestMonitoringTest, MetricsAreAnsweredInTheFormatThatIsAskedFor) {
    queue();
    const auto plain = ask(HttpMethod::get, "/spineseg/metrics");
    EXPECT_EQ(plain.status, 200);
    EXPECT_EQ(plain.content_type, "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(plain.body, testing::HasSubstr("spineseg_jobs{state=\"queued\"} 1\n"));
    EXPECT_EQ(plain.headers.at("Vary"), "Accept");
    const auto open = routes.answer(
        {HttpMethod::get, "/spineseg/metrics", {}, "", {{"accept", "application/openmetrics-text"}}});
    EXPECT_EQ(open.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    EXPECT_EQ(ask(HttpMethod::post, "/spineseg/metrics").status, 405);
}

TEST_F(RestMonitoringTest, MetricsAreAnsweredWithoutADatabase) {
    std::filesystem::remove(folder.file("queue.db"));
    const auto answer = ask(HttpMethod::get, "/spineseg/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_THAT(answer.body, testing::HasSubstr("spineseg_database_up 0\n"));
    EXPECT_EQ(ask(HttpMethod::get, "/spineseg/webhooks").status, 503);
}

TEST_F(RestMonitoringTest, AWebhookIsShownWithWhatHappenedToItAndNoSecret) {
    Webhooks told(
        {{"hook", "http://u:PASSWORD@ris.example/x?TOKEN", "http://ris.example/x", {"failed"}, "KEY"}}, {},
        {}, slot, log);
    sure(told.subscribe(store()));
    const auto job = queue();
    const auto lease = sure(store().lease("w", job.model_digest, std::chrono::minutes(1)));
    sure(store().complete(job.id, lease->epoch,
                          {JobState::failed, Error{ErrorCode::model_invalid, ""}, {}, ""}));
    const auto delivery = *sure(store().webhooks().next("hook"));
    sure(store().webhooks().postpone(delivery, "answers with status 500", delivery.ending.finished));
    const RestRoutes with{{slot, intake, registry, settings, "0", [] { return std::string(); },
                           JobStore::system_clock(), LongPolls::kMost, &metrics, &told}};
    const auto answer = with.answer({HttpMethod::get, "/spineseg/webhooks", {}, "", {}});
    record_answer("get", "/spineseg/webhooks", answer);
    ASSERT_EQ(answer.status, 200);
    for (const char* secret : {"PASSWORD", "TOKEN", "KEY"})
        EXPECT_THAT(answer.body, testing::Not(testing::HasSubstr(secret)));
    const auto shown = nlohmann::json::parse(answer.body).at(0);
    EXPECT_EQ(shown.at("URL"), "http://ris.example/x");
    EXPECT_EQ(shown.at("Events"), nlohmann::json::array({"failed"}));
    EXPECT_EQ(shown.at("Waiting"), 1);
    EXPECT_EQ(shown.at("Delivered"), 0);
    EXPECT_EQ(shown.at("GivenUp"), 0);
    EXPECT_TRUE(shown.at("OldestWaiting").is_string() && shown.at("LastFailed").is_string());
    EXPECT_TRUE(shown.at("LastDelivered").is_null());
    EXPECT_EQ(shown.at("LastError"), "answers with status 500");
    EXPECT_EQ(get("/spineseg/webhooks"), nlohmann::json::array()) << "none is set";
}

}  // namespace rest_monitoring_test
}  // namespace spineseg
