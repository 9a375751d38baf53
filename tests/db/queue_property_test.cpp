// SPDX-License-Identifier: GPL-3.0-or-later
// Random operations on the store and on a model of the queue that knows no SQL: both must say the same,
// always.

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <random>

#include "tests/db/queue_model.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace queue_property_test {

using Model = QueueModel;

class QueueProperty : public StoreTest, public testing::WithParamInterface<unsigned> {
  protected:
    QueueProperty() : random_(GetParam()) {
        policy_.retry_backoff = {2s, 7s};
        policy_.priority_age = kPriorityAge;
        model_ = std::make_unique<Model>(policy_.retry_backoff);
        store_ = open();
    }

    int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }
    std::string digest() { return draw(4) == 0 ? "model b" : "model a"; }
    /// A job that exists, mostly with its current epoch; sometimes with a past or future one, sometimes no
    /// job at all.
    std::pair<std::string, std::int64_t> some_lease() {
        if (model_->jobs.empty() || draw(30) == 0) return {"no such job", 1};
        std::vector<const ModelJob*> choice;
        for (const ModelJob& job : model_->jobs) {
            if (job.state == JobState::leased || draw(5) == 0) choice.push_back(&job);
        }
        if (choice.empty()) choice.push_back(&model_->jobs.front());
        const ModelJob& job = *choice[static_cast<std::size_t>(draw(static_cast<int>(choice.size())))];
        return {job.id, job.epoch + (draw(6) == 0 ? draw(3) - 1 : 0)};
    }
    /// What the store should say to a message under that lease.
    std::optional<ErrorCode> refusal(const std::string& id, std::int64_t epoch) {
        const ModelJob* job = model_->find(id);
        if (job == nullptr) return ErrorCode::not_found;
        if (!Model::current(*job, epoch)) return ErrorCode::stale_lease;
        return std::nullopt;
    }
    template <typename T>
    static std::optional<ErrorCode> code_of(const Result<T>& result) {
        if (result) return std::nullopt;
        return result.error().code;
    }

    void step();
    void enqueue();
    void lease();
    void renew();
    void add_result();
    void complete();
    void release();
    void abandon();
    void cancel();
    void expire();
    void adopt();
    void compare();

    std::mt19937 random_;
    std::unique_ptr<Model> model_;
    std::unique_ptr<JobStore> store_;
};

void QueueProperty::enqueue() {
    NewJob asked = new_job(std::to_string(draw(10)));
    asked.model_digest = digest();
    asked.priority = draw(3) - 1;
    asked.max_attempts = 1 + draw(3);
    const bool again = draw(3) == 0;
    const auto enqueued = sure(store_->enqueue(asked, again));
    ModelJob* known = model_->of_series(asked.orthanc_series_id, asked.model_digest);
    const bool created = known == nullptr || (again && is_final(known->state));
    ASSERT_EQ(enqueued.created, created);
    if (known == nullptr) {
        ModelJob& job = model_->jobs.emplace_back();
        job.id = enqueued.job.id;
        job.series = asked.orthanc_series_id;
        job.digest = asked.model_digest;
        known = &job;
    }
    ASSERT_EQ(enqueued.job.id, known->id);
    if (!created) return;
    known->state = JobState::queued;
    known->queued = now_;
    known->priority = asked.priority;
    known->max_attempts = asked.max_attempts;
    known->attempts = 0;
    known->not_before = {};
    known->error.reset();
}

void QueueProperty::lease() {
    const std::string wanted = digest();
    const auto duration = std::chrono::milliseconds(1000 + draw(5000));
    const auto leased = sure(store_->lease("worker", wanted, duration));
    ModelJob* expected = model_->next_due(wanted, now_);
    ASSERT_EQ(leased.has_value(), expected != nullptr);
    if (expected == nullptr) return;
    expected->state = JobState::leased;
    expected->expires = now_ + duration;
    ++expected->attempts;
    ++expected->epoch;
    ASSERT_EQ(leased->job.id, expected->id);
    ASSERT_EQ(leased->epoch, expected->epoch);
}

void QueueProperty::renew() {
    const auto [id, epoch] = some_lease();
    const auto refused = refusal(id, epoch);
    ASSERT_EQ(code_of(store_->renew(id, epoch, {Stage::diffusion, 0.5}, 3s)), refused);
    if (!refused) model_->find(id)->expires = now_ + 3s;
}

void QueueProperty::add_result() {
    const auto [id, epoch] = some_lease();
    const auto refused = refusal(id, epoch);
    const std::string uid = "2.25." + std::to_string(draw(3));
    ASSERT_EQ(code_of(store_->add_result(id, epoch, result(uid))), refused);
    if (!refused) Model::keep(*model_->find(id), uid);
}

void QueueProperty::complete() {
    const auto [id, epoch] = some_lease();
    const auto refused = refusal(id, epoch);
    Outcome outcome;
    if (draw(2) == 0)
        outcome = failed_with(static_cast<ErrorCode>(draw(static_cast<int>(ErrorCode::internal) + 1)));
    outcome.results = {result("2.25.7")};
    ASSERT_EQ(code_of(store_->complete(id, epoch, outcome)), refused);
    if (refused) return;
    ModelJob& job = *model_->find(id);
    job.results = {"2.25.7"};
    job.error.reset();
    if (!outcome.error) {
        job.state = JobState::done;
    } else if (fate_of(outcome.error->code) == JobFate::retry) {
        model_->lose(job, outcome.error->code, now_);
    } else {
        job.error = outcome.error->code;
        job.state = fate_of(outcome.error->code) == JobFate::reject ? JobState::rejected : JobState::failed;
    }
}

void QueueProperty::release() {
    const auto [id, epoch] = some_lease();
    const auto refused = refusal(id, epoch);
    ASSERT_EQ(code_of(store_->release(id, epoch)), refused);
    if (refused) return;
    ModelJob& job = *model_->find(id);
    job.state = JobState::queued;
    job.not_before = {};
    --job.attempts;
}

void QueueProperty::abandon() {
    const auto [id, epoch] = some_lease();
    const auto refused = refusal(id, epoch);
    ASSERT_EQ(code_of(store_->abandon(id, epoch, {ErrorCode::worker_lost, "gone"})), refused);
    if (!refused) model_->lose(*model_->find(id), ErrorCode::worker_lost, now_);
}

void QueueProperty::cancel() {
    const std::string id = some_lease().first;
    ModelJob* job = model_->find(id);
    std::optional<ErrorCode> refused;
    if (job == nullptr) refused = ErrorCode::not_found;
    if (job != nullptr && is_final(job->state)) refused = ErrorCode::invalid_argument;
    ASSERT_EQ(code_of(store_->cancel(id)), refused);
    if (refused) return;
    job->state = JobState::canceled;
    job->error = ErrorCode::canceled;
}

void QueueProperty::expire() {
    int expected = 0;
    for (ModelJob& job : model_->jobs) {
        if (job.state != JobState::leased || job.expires > now_) continue;
        model_->lose(job, ErrorCode::worker_lost, now_);
        ++expected;
    }
    ASSERT_EQ(sure(store_->expire_leases()), expected);
}

void QueueProperty::adopt() {
    int expected = 0;
    for (ModelJob& job : model_->jobs) {
        if (job.state != JobState::queued || job.digest == "model a") continue;
        if (model_->of_series(job.series, "model a") != nullptr) {
            job.state = JobState::canceled;
            job.error = ErrorCode::canceled;
        } else {
            job.digest = "model a";
            ++expected;
        }
    }
    ASSERT_EQ(sure(store_->adopt_queued_jobs("lumbar-fast", "model a")), expected);
}

void QueueProperty::compare() {
    const auto jobs = sure(store_->jobs());
    ASSERT_EQ(jobs.size(), model_->jobs.size());
    for (std::size_t i = 0; i < jobs.size(); ++i) {
        const Job& job = jobs[jobs.size() - 1 - i];  // newest first
        const ModelJob& expected = model_->jobs[i];
        ASSERT_EQ(job.id, expected.id);
        ASSERT_EQ(job.state, expected.state);
        ASSERT_EQ(job.model_digest, expected.digest);
        ASSERT_EQ(job.priority, expected.priority);
        ASSERT_EQ(job.attempts, expected.attempts);
        ASSERT_EQ(job.max_attempts, expected.max_attempts);
        ASSERT_EQ(job.epoch, expected.epoch);
        ASSERT_EQ(job.error ? std::optional(job.error->code) : std::nullopt, expected.error);
        ASSERT_EQ(job.lease_expires.has_value(), expected.state == JobState::leased);
        ASSERT_EQ(job.finished.has_value(), is_final(expected.state));
        ASSERT_TRUE(!job.lease_expires || *job.lease_expires == expected.expires);
        ASSERT_EQ(job.results.size(), expected.results.size());
        for (std::size_t r = 0; r < job.results.size(); ++r) {
            ASSERT_EQ(job.results[r].sop_instance_uid, expected.results[r]);
        }
    }
}

void QueueProperty::step() {
    using Operation = void (QueueProperty::*)();
    static constexpr Operation kOperations[] = {
        &QueueProperty::enqueue,  &QueueProperty::enqueue, &QueueProperty::lease,
        &QueueProperty::lease,    &QueueProperty::renew,   &QueueProperty::add_result,
        &QueueProperty::complete, &QueueProperty::release, &QueueProperty::abandon,
        &QueueProperty::cancel,   &QueueProperty::expire};
    now_ += std::chrono::milliseconds(draw(1500));
    if (draw(40) == 0) {
        adopt();
    } else {
        (this->*kOperations[draw(std::size(kOperations))])();
    }
    if (HasFatalFailure()) return;
    if (draw(60) == 0) {  // nothing may live in the object
        store_.reset();
        store_ = open();
    }
    compare();
}

TEST_P(QueueProperty, TheStoreAndAQueueWithoutSqlAlwaysAgree) {
    std::array<int, 6> seen{};
    for (int i = 0; i < 1200; ++i) {
        SCOPED_TRACE("step " + std::to_string(i));
        step();
        if (HasFatalFailure()) return;
        for (const ModelJob& job : model_->jobs) ++seen[static_cast<std::size_t>(job.state)];
    }
    EXPECT_THAT(seen, testing::Each(testing::Gt(0))) << "the walk must visit every state";
}

INSTANTIATE_TEST_SUITE_P(Seeds, QueueProperty, testing::Values(1u, 2u, 3u, 5u, 13u, 21u));

}  // namespace queue_property_test
}  // namespace spineseg
