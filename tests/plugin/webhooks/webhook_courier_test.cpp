// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhook_courier.h"

#include <gmock/gmock.h>

#include <deque>
#include <nlohmann/json.hpp>

#include "db/sqlite.h"
#include "plugin/webhooks/webhook_message.h"
#include "plugin/webhooks/webhook_signature.h"
#include "tests/db/store_fixture.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace webhook_courier_test {

/// Answers what it is told to, and 204 when that has run out.
class ScriptedPoster final : public HttpPoster {
  public:
    Result<int> post(const HttpPost& request) override {
        requests.push_back(request);
        if (answers.empty()) return 204;
        auto answer = answers.front();
        answers.pop_front();
        return answer;
    }
    std::deque<Result<int>> answers;
    std::vector<HttpPost> requests;
};

class WebhookCourierTest : public StoreTest {
  protected:
    void SetUp() override {
        store = open();
        sure(store->webhooks().subscribe({{"hook", {"done", "review", "rejected", "failed"}}}));
    }
    std::string end(const std::string& name, const Outcome& outcome = {}) {
        const auto id = sure(store->enqueue(new_job(name))).job.id;
        const auto lease = sure(store->lease("w", "model", 1min));
        sure(store->complete(id, lease->epoch, outcome));
        return id;
    }
    WebhookState state() { return sure(store->webhooks().states()).at(0); }
    /// Steps for that long by the fake clock; how many requests were made.
    std::size_t run(std::chrono::milliseconds time) {
        const auto before = poster.requests.size();
        for (const auto until = now_ + time; now_ < until;)
            now_ += std::max(courier.step(*store), std::chrono::milliseconds(1));
        return poster.requests.size() - before;
    }
    static std::string header(const HttpPost& request, const std::string& name) {
        for (const auto& [key, value] : request.headers)
            if (key == name) return value;
        return "";
    }
    std::string job_in(std::size_t request) const {
        return nlohmann::json::parse(poster.requests.at(request).body).at("Job").at("ID");
    }

    std::unique_ptr<JobStore> store;
    ScriptedPoster poster;
    ListLog log;
    WebhookCourier courier{
        {"hook", "http://u:PASSWORD@ris.example/x?token=TOKEN", "http://ris.example/x", {}, "a key"},
        poster,
        log,
        {"/spineseg/", "1.0", 6h},
        [this] { return now_; }};
};

TEST_F(WebhookCourierTest, WhatIsSentIsSignedAndHoldsIdsStatesAndTimesOnly) {
    Outcome review;
    review.summary_json = R"({"quality": {"verdict": "review", "reason": "Jane Doe"}})";
    const auto id = end("a", review);
    EXPECT_EQ(courier.step(*store), 0ms) << "perhaps there is more";
    ASSERT_EQ(poster.requests.size(), 1u);
    const auto& request = poster.requests[0];
    EXPECT_EQ(request.url, "http://u:PASSWORD@ris.example/x?token=TOKEN");
    EXPECT_EQ(
        nlohmann::json::parse(request.body), nlohmann::json::parse(R"({
        "Type": "job.review", "ID": "job-)" + id + R"(-1", "Time": "2026-09-21T14:13:20.000Z",
        "Job": {"ID": ")" + id + R"(", "Path": "/spineseg/jobs/)" + id +
                                                                   R"(", "State": "done", "Verdict": "review",
                "Code": null, "Series": "series-a", "Study": "study", "Model": {"ID": "lumbar-fast", "Digest": "model"},
                "Attempts": 1, "Created": "2026-09-21T14:13:20.000Z", "Started": "2026-09-21T14:13:20.000Z",
                "Finished": "2026-09-21T14:13:20.000Z"}})"));
    EXPECT_EQ(header(request, "webhook-id"), "job-" + id + "-1");
    EXPECT_EQ(header(request, "webhook-timestamp"), "1790000000");
    EXPECT_EQ(header(request, "webhook-signature"),
              webhook_signature("a key", "job-" + id + "-1", 1'790'000'000, request.body));
    EXPECT_EQ(courier.step(*store), WebhookCourier::kIdle);
    EXPECT_EQ(state().delivered, 1);
}

TEST_F(WebhookCourierTest, AFailureIsTriedAgainLaterAndLaterWithTheSameIdAndTheOthersWait) {
    const auto first = end("a");
    const auto second = end("b");
    for (int i = 0; i < 7; ++i) poster.answers.emplace_back(503);
    std::vector<Timestamp> times;
    while (poster.requests.size() < 9) {
        const auto before = poster.requests.size();
        const auto pause = courier.step(*store);
        if (poster.requests.size() > before) times.push_back(now_);
        now_ += std::max(pause, 1ms);
    }
    std::vector<std::chrono::seconds> pauses;
    for (std::size_t i = 1; i < 8; ++i)
        pauses.push_back(std::chrono::round<std::chrono::seconds>(times[i] - times[i - 1]));
    EXPECT_THAT(pauses, testing::ElementsAre(2s, 8s, 32s, 128s, 512s, 600s, 600s));
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(job_in(i), first);
    EXPECT_EQ(header(poster.requests[0], "webhook-id"), header(poster.requests[7], "webhook-id"));
    EXPECT_NE(header(poster.requests[0], "webhook-signature"),
              header(poster.requests[7], "webhook-signature"))
        << "the time is signed, too";
    EXPECT_EQ(job_in(8), second);
    EXPECT_EQ(state().delivered, 2);
    EXPECT_EQ(state().last_error, "answers with status 503");
}

TEST_F(WebhookCourierTest, AReceiverThatStaysAwayIsGivenUpAfterTheDaysOfTheSettingAndTheJournalSaysSo) {
    const auto id = end("a");
    for (int i = 0; i < 1000; ++i)
        poster.answers.emplace_back(failure(ErrorCode::internal, "Could not resolve host: ris.example"));
    const auto attempts = run(5h);
    EXPECT_GT(attempts, 30u);
    EXPECT_LT(attempts, 40u) << "at most every ten minutes";
    EXPECT_EQ(state().waiting, 1);
    run(2h);
    EXPECT_EQ(state().waiting, 0);
    EXPECT_EQ(state().given_up, 1);
    const auto entry = sure(store->journal().of(id)).back();
    EXPECT_EQ(
        std::make_tuple(entry.action, entry.subject, entry.detail),
        std::make_tuple("not told", "webhook http://ris.example/x", "Could not resolve host: ris.example"));
    EXPECT_THAT(log.text(), testing::HasSubstr(id));
    EXPECT_THAT(log.text(), testing::Not(testing::HasSubstr("PASSWORD")));
    EXPECT_THAT(log.text(), testing::Not(testing::HasSubstr("TOKEN")));
}

TEST_F(WebhookCourierTest, WhatTheReceiverRefusesIsGivenUpAtOnceAndTheNextIsTold) {
    for (const int status : {400, 410, 413, 415, 422}) {
        end("refused " + std::to_string(status));
        const auto next = end("taken " + std::to_string(status));
        poster.answers = {status};
        EXPECT_EQ(run(1s), 2u) << status;
        EXPECT_EQ(job_in(poster.requests.size() - 1), next);
    }
    EXPECT_EQ(state().given_up, 5);
    EXPECT_EQ(state().delivered, 5);
}

TEST_F(WebhookCourierTest, WhatAnAdministratorMayMendIsTriedAgain) {
    for (const int status : {301, 302, 307, 401, 403, 404, 408, 429, 500, 502}) {
        end(std::to_string(status));
        poster.answers = {status};
        EXPECT_EQ(run(10s), 2u) << status;
    }
    EXPECT_EQ(state().delivered, 10);
    EXPECT_EQ(state().given_up, 0);
}

TEST_F(WebhookCourierTest, AnAttemptThatTheStopBreaksOffDoesNotCount) {
    end("a");
    poster.answers = {failure(ErrorCode::canceled, "the plugin stops")};
    courier.step(*store);
    EXPECT_EQ(sure(store->webhooks().next("hook"))->attempts, 0);
    EXPECT_EQ(state().last_error, "");
}

TEST_F(WebhookCourierTest, AClockThatIsSetBackDelaysNothingForLong) {
    end("a");
    poster.answers = {500};
    courier.step(*store);
    now_ -= 24h;
    EXPECT_EQ(run(1s), 1u);
    EXPECT_EQ(state().delivered, 1);
}

TEST_F(WebhookCourierTest, WithoutTheDatabaseItWaits) {
    end("a");
    store.reset();
    policy_.busy_timeout = 10ms;
    store = open();
    sqlite::Database other(file(), 1s);
    const sqlite::Transaction locked(other);
    EXPECT_EQ(courier.step(*store), WebhookCourier::kAfterTrouble)
        << "it was delivered, and is delivered once more";
}

TEST(WebhookMessage, AnAddressIsShownWithoutUserQueryAndFragment) {
    EXPECT_EQ(shown_url("https://user:p%40ss@ris.example:8443/a/b?token=x#y"),
              "https://ris.example:8443/a/b");
    EXPECT_EQ(shown_url("http://a@b@ris.example"), "http://ris.example");
    EXPECT_EQ(shown_url("http://ris.example?u=a@b"), "http://ris.example");
    EXPECT_EQ(shown_url("http://[::1]:80/x@y"), "http://[::1]:80/x@y");
}

}  // namespace webhook_courier_test
}  // namespace spineseg
