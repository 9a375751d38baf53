// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/intake/intake.h"

#include <gtest/gtest.h>

#include "core/digest.h"
#include "plugin/intake/known_model.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace intake_test {

class IntakeTest : public testing::Test {
  protected:
    Intake make(IntakePlan plan = {}) { return Intake(archive, EligibilityRules::shipped(), plan, log); }
    std::vector<Job> jobs() { return *store->jobs(); }

    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    std::unique_ptr<JobStore> store = std::move(*JobStore::open(folder.file("queue.db")));
    const std::string id = orthanc_id('1');
};

TEST_F(IntakeTest, AnEligibleSeriesIsQueuedOnceHoweverOftenItIsStable) {
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    ASSERT_TRUE(job && *job);
    EXPECT_EQ((*job)->state, JobState::queued);
    EXPECT_EQ((*job)->request.seed, default_seed((*job)->fingerprint));
    EXPECT_LE((*job)->request.seed, 0xFFFFFFFFu);
    const auto again = intake.consider(*store, id);
    ASSERT_TRUE(again);
    EXPECT_FALSE(*again);
    EXPECT_EQ(jobs().size(), 1u);
}

TEST_F(IntakeTest, AnIneligibleSeriesLeavesAVerdictAndNoJob) {
    auto tags = lumbar_series(id);
    tags.values["SeriesDescription"] = "localizer";
    archive.put(tags);
    ASSERT_TRUE(make().consider(*store, id));
    EXPECT_TRUE(jobs().empty());
    const auto verdict = store->verdicts().of(id);
    ASSERT_TRUE(verdict && *verdict);
    EXPECT_FALSE((*verdict)->eligible);
    EXPECT_EQ((*verdict)->reason.rfind("localizer_text: ", 0), 0u);
}

TEST_F(IntakeTest, ASeriesThatStillGrowsOrHasGoneIsLeftAlone) {
    auto tags = lumbar_series(id);
    tags.stable = false;
    archive.put(tags);
    ASSERT_TRUE(make().consider(*store, id));
    ASSERT_TRUE(make().consider(*store, orthanc_id('9')));
    EXPECT_TRUE(jobs().empty());
    EXPECT_FALSE(store->verdicts().of(id).value().has_value());
}

TEST_F(IntakeTest, LateSlicesCancelTheUnfinishedJobAndQueueAnother) {
    archive.put(lumbar_series(id, 14));
    auto intake = make();
    const auto old = intake.consider(*store, id);
    archive.put(lumbar_series(id, 15));
    const auto fresh = intake.consider(*store, id);
    ASSERT_TRUE(fresh && *fresh);
    EXPECT_NE((*fresh)->id, (*old)->id);
    const auto superseded = store->job((*old)->id);
    EXPECT_EQ(superseded->state, JobState::canceled);
    EXPECT_NE(superseded->error->detail.find("superseded"), std::string::npos);
}

// Symptom: an instance was deleted and sent again, and the series was never segmented.
TEST_F(IntakeTest, InstancesThatLeaveAndComeBackQueueTheirJobAgain) {
    archive.put(lumbar_series(id, 15));
    auto intake = make();
    const auto first = intake.consider(*store, id);
    archive.put(lumbar_series(id, 14));
    ASSERT_TRUE(*intake.consider(*store, id));
    archive.put(lumbar_series(id, 15));
    const auto again = intake.consider(*store, id);
    ASSERT_TRUE(again && *again);
    EXPECT_EQ((*again)->id, (*first)->id);
    EXPECT_EQ(store->job((*first)->id)->state, JobState::queued);
}

TEST_F(IntakeTest, LateSlicesLeaveAFinishedJobAsItIs) {
    archive.put(lumbar_series(id, 14));
    auto intake = make();
    const auto old = intake.consider(*store, id);
    const auto lease = store->lease("w", "", std::chrono::seconds(60));
    ASSERT_TRUE(lease && *lease);
    Outcome rejected;
    rejected.state = JobState::rejected;
    rejected.error = Error{ErrorCode::missing_slices, "a gap"};
    ASSERT_TRUE(store->complete((*old)->id, (*lease)->epoch, rejected));
    archive.put(lumbar_series(id, 15));
    ASSERT_TRUE(*intake.consider(*store, id));
    EXPECT_EQ(store->job((*old)->id)->state, JobState::rejected);
}

TEST_F(IntakeTest, TheKnownModelEntersTheJob) {
    ASSERT_TRUE(adopt_model(*store, {"lumbar-fast", "d1"}));
    archive.put(lumbar_series(id));
    const auto job = make().consider(*store, id);
    EXPECT_EQ((*job)->model_id, "lumbar-fast");
    EXPECT_EQ((*job)->model_digest, "d1");
}

TEST_F(IntakeTest, JobsQueuedBeforeAnyWorkerAreAdoptedByTheFirst) {
    archive.put(lumbar_series(id));
    const auto job = make().consider(*store, id);
    EXPECT_EQ((*job)->model_digest, "");
    ASSERT_TRUE(adopt_model(*store, {"lumbar-fast", "d1"}));
    EXPECT_EQ(store->job((*job)->id)->model_digest, "d1");
}

TEST_F(IntakeTest, ANewModelDoesNotRunOldSeriesAgain) {
    ASSERT_TRUE(adopt_model(*store, {"m", "d1"}));
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    const auto lease = store->lease("w", "d1", std::chrono::seconds(60));
    ASSERT_TRUE(lease && *lease);
    ASSERT_TRUE(store->complete((*job)->id, (*lease)->epoch, Outcome{}));
    ASSERT_TRUE(adopt_model(*store, {"m", "d2"}));
    ASSERT_TRUE(intake.consider(*store, id));
    ASSERT_EQ(jobs().size(), 1u);
    EXPECT_EQ(jobs()[0].model_digest, "d1");
}

TEST_F(IntakeTest, WhenOnlyAskedForIsSegmentedSeriesAreJudgedButNotQueued) {
    archive.put(lumbar_series(id));
    ASSERT_TRUE(make({.segment_on_arrival = false, .samples = {}, .steps = {}}).consider(*store, id));
    EXPECT_TRUE(jobs().empty());
    EXPECT_TRUE(store->verdicts().of(id).value()->eligible);
}

TEST_F(IntakeTest, MoreInstancesThanAllowedAreIneligible) {
    archive.put(lumbar_series(id, 15));
    ASSERT_TRUE(make({.max_instances = 14, .samples = {}, .steps = {}}).consider(*store, id));
    EXPECT_TRUE(jobs().empty());
    EXPECT_EQ(store->verdicts().of(id).value()->reason.rfind("too_many_instances", 0), 0u);
}

TEST_F(IntakeTest, ARequestByHandNeedsForceForAnIneligibleSeries) {
    auto tags = lumbar_series(id);
    tags.values["BodyPartExamined"] = "HEAD";
    archive.put(tags);
    auto intake = make();
    const auto refused = intake.request(*store, id, {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(refused.error().detail.find("other_region"), std::string::npos);
    const auto forced =
        intake.request(*store, id, {.samples = 2, .steps = 3, .seed = 4, .priority = 5, .force = true});
    ASSERT_TRUE(forced);
    EXPECT_EQ(forced->request, (SegmentRequest{2, 3, 4}));
    EXPECT_EQ(forced->priority, 5);
}

TEST_F(IntakeTest, OurOwnResultIsNotEvenForced) {
    auto tags = lumbar_series(id);
    tags.values["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.30";
    tags.values["Manufacturer"] = "spineseg";
    archive.put(tags);
    EXPECT_FALSE(make().request(*store, id, {.samples = {}, .steps = {}, .seed = {}, .force = true}));
}

TEST_F(IntakeTest, ARequestByHandRunsAFinishedJobAgain) {
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    ASSERT_TRUE(store->cancel((*job)->id));
    const auto again = intake.request(*store, id, {});
    ASSERT_TRUE(again);
    EXPECT_EQ(again->id, (*job)->id);
    EXPECT_EQ(again->state, JobState::queued);
}

TEST_F(IntakeTest, ADeletedSeriesTakesItsJobAlong) {
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    archive.remove(id);
    ASSERT_TRUE(intake.forget(*store, id));
    EXPECT_EQ(store->job((*job)->id)->state, JobState::canceled);
    EXPECT_EQ(store->job((*job)->id)->error->detail, "its series was deleted from the archive");
    EXPECT_FALSE(store->verdicts().of(id).value().has_value());
}

/// A study was deleted after its job was done, and sent again: it stayed "done", and no result was there.
TEST_F(IntakeTest, ASeriesThatComesBackWithoutItsResultsIsSegmentedAgain) {
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    ASSERT_TRUE(job && *job);
    const auto complete = [&](const std::string& result_instance) {
        const auto lease = store->lease("w", "", std::chrono::seconds(60));
        Outcome done;
        done.results.push_back({.sop_instance_uid = "1.2", .orthanc_instance_id = result_instance});
        ASSERT_TRUE(store->complete((*job)->id, (*lease)->epoch, done));
    };
    auto results = lumbar_series(orthanc_id('2'), 1);
    archive.put(results);
    complete(results.instances.front().orthanc_id);
    ASSERT_TRUE(intake.forget(*store, id));
    const auto kept = intake.consider(*store, id);
    ASSERT_TRUE(kept && *kept);
    EXPECT_EQ((*kept)->state, JobState::done) << "the results are in the archive";
    archive.remove(results.orthanc_series_id);
    ASSERT_TRUE(intake.forget(*store, id));
    const auto again = intake.consider(*store, id);
    ASSERT_TRUE(again && *again);
    EXPECT_EQ((*again)->state, JobState::queued);
    EXPECT_EQ((*again)->id, (*job)->id);
}

TEST_F(IntakeTest, ARejectedSeriesThatIsSentAnewIsTriedAgain) {
    archive.put(lumbar_series(id));
    auto intake = make();
    const auto job = intake.consider(*store, id);
    const auto lease = store->lease("w", "", std::chrono::seconds(60));
    Outcome rejected;
    rejected.state = JobState::rejected;
    rejected.error = Error{ErrorCode::missing_slices, "a gap"};
    ASSERT_TRUE(store->complete((*job)->id, (*lease)->epoch, rejected));
    ASSERT_TRUE(intake.forget(*store, id));
    EXPECT_EQ((*intake.consider(*store, id))->state, JobState::queued);
}

TEST_F(IntakeTest, WhenTheArchiveIsOutOfOrderNothingIsRecorded) {
    archive.put(lumbar_series(id));
    archive.out_of_order = Error{ErrorCode::archive_unavailable, "away"};
    const auto job = make().consider(*store, id);
    ASSERT_FALSE(job);
    EXPECT_EQ(job.error().code, ErrorCode::archive_unavailable);
    EXPECT_FALSE(store->verdicts().of(id).value().has_value());
}

}  // namespace intake_test
}  // namespace spineseg
