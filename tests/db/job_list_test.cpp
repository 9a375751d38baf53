// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_list.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_list_test {

using testing::ElementsAre;

class JobListTest : public StoreTest {
  protected:
    std::string queue(const std::string& name, const Scanner& scanner) {
        NewJob job = new_job(name);
        job.scanner = scanner;
        now_ += 1h;
        return sure(store_->enqueue(job)).job.id;
    }
    /// The job that is queued ends with that summary.
    void end(const std::string& summary, JobState state = JobState::done) {
        const auto lease = sure(store_->lease("w", "model", 1min));
        Outcome outcome;
        outcome.state = state;
        outcome.summary_json = summary;
        outcome.results = {result(lease->job.id)};
        if (state != JobState::done) outcome.error = Error{ErrorCode::missing_slices, "a gap"};
        sure(store_->complete(lease->job.id, lease->epoch, outcome));
    }
    std::vector<std::string> listed(const JobFilter& filter) {
        std::vector<std::string> ids;
        for (const Job& job : sure(store_->jobs(filter))) ids.push_back(job.id);
        return ids;
    }

    const std::unique_ptr<JobStore> store_ = open();
};

TEST_F(JobListTest, JobsAreFoundByTheQualityOfTheirSummary) {
    const auto a = queue("a", {});
    end(R"({"quality": {"verdict": "review"}})");
    const auto b = queue("b", {});
    end(R"({"quality": {"verdict": "pass"}})");
    for (const char* odd : {"", "[]", "{\"quality\": 3}", R"({"quality": {"verdict": 7}})",
                            R"({"quality": {"verdict": "splendid"}})", "no JSON"}) {
        queue(std::string("odd") + odd, {});
        end(odd);
    }
    EXPECT_THAT(listed({.quality = JobQuality::review}), ElementsAre(a));
    EXPECT_THAT(listed({.quality = JobQuality::pass}), ElementsAre(b));
    EXPECT_THAT(listed({.quality = JobQuality::reject}), ElementsAre());
}

TEST_F(JobListTest, JobsAreFoundByAPartOfTheirScannersNameInEitherCase) {
    const auto a = queue("a", {"SIEMENS", "Aera"});
    const auto b = queue("b", {"Philips Medical Systems", "Ingenia"});
    queue("c", {});
    EXPECT_THAT(listed({.text = "siemens"}), ElementsAre(a));
    EXPECT_THAT(listed({.text = "INGENIA"}), ElementsAre(b));
    EXPECT_THAT(listed({.text = "ns a"}), ElementsAre(a)) << "the two stand together";
    EXPECT_THAT(listed({.text = "%"}), ElementsAre()) << "no pattern";
    EXPECT_EQ(sure(store_->scanners({sure(store_->job(b))})).at(b).model, "Ingenia");
}

TEST_F(JobListTest, SeveralStatesTimesAndPagesGoTogether) {
    const auto begun = now_;
    const auto a = queue("a", {});
    end("{}", JobState::rejected);
    const auto b = queue("b", {});
    end("{}");
    const auto c = queue("c", {});
    const auto d = queue("d", {});
    EXPECT_THAT(listed({.state = {JobState::queued, JobState::rejected}}), ElementsAre(d, c, a));
    EXPECT_THAT(listed({.state = {JobState::queued, JobState::rejected}, .limit = 2}), ElementsAre(d, c));
    EXPECT_THAT(listed({.state = {JobState::queued, JobState::rejected}, .before = c}), ElementsAre(a));
    EXPECT_THAT(listed({.since = begun + 2h, .until = begun + 4h}), ElementsAre(c, b));
    EXPECT_THAT(listed({.state = {JobState::done}, .since = begun + 3h}), ElementsAre());
}

TEST_F(JobListTest, JobsWhoseResultsHaveGoneAreAStateOfTheirOwn) {
    const auto a = queue("a", {});
    end("{}");
    const auto b = queue("b", {});
    end("{}");
    const auto c = queue("c", {});
    sure(store_->results().set_missing(a, {"i-" + a}));
    EXPECT_THAT(listed({.state = {JobState::done}, .results_gone = true}), ElementsAre(a));
    EXPECT_THAT(listed({.state = {JobState::done}, .results_gone = false}), ElementsAre(b));
    EXPECT_THAT(listed({.state = {JobState::done, JobState::queued}, .results_gone = true}),
                ElementsAre(c, a));
    EXPECT_THAT(listed({.state = {JobState::done, JobState::queued}}), ElementsAre(c, b, a));
}

}  // namespace job_list_test
}  // namespace spineseg
