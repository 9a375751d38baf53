// SPDX-License-Identifier: GPL-3.0-or-later
// When a series counts as the same: by the bytes of its instances, not by their UIDs alone.
#include <gtest/gtest.h>

#include "core/digest.h"
#include "plugin/archive/orthanc_series_json.h"
#include "plugin/archive/study_answers.h"
#include "plugin/intake/intake.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace same_series_test {

SeriesTags with_content(SeriesTags tags, const std::string& content) {
    for (auto& instance : tags.instances) instance.content = content + instance.sop_instance_uid;
    return tags;
}

class SameSeriesTest : public testing::Test {
  protected:
    Job consider() {
        const auto job = intake.consider(*store, id);
        EXPECT_TRUE(job) << job.error().describe();
        return job && *job ? **job : Job{};
    }
    /// Ends the queued job with one result, which is in the archive.
    void finish() {
        const auto lease = store->lease("w", "", std::chrono::seconds(60));
        ASSERT_TRUE(lease && *lease);
        archive.stored.insert("r");
        Outcome done;
        done.results.push_back({.sop_instance_uid = "1.2", .orthanc_instance_id = "stored-r"});
        ASSERT_TRUE(store->complete((*lease)->job.id, (*lease)->epoch, done));
    }
    static auto now() { return JobStore::system_clock()(); }

    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    std::unique_ptr<JobStore> store = std::move(*JobStore::open(folder.file("queue.db")));
    const std::string id = orthanc_id('1');
};

// Symptom: other pixels under the same UIDs, overwritten after the job was done, were never segmented.
TEST_F(SameSeriesTest, OtherBytesUnderTheSameUidsAreAnotherJobWithTheSameSeed) {
    archive.put(with_content(lumbar_series(id), "old"));
    const auto first = consider();
    EXPECT_EQ(first.request.seed, default_seed(lumbar_series(id).uid_fingerprint()))
        << "as on the command line";
    finish();
    archive.put(with_content(lumbar_series(id), "new"));
    const auto second = consider();
    EXPECT_NE(second.id, first.id);
    EXPECT_EQ(second.state, JobState::queued);
    EXPECT_EQ(second.request.seed, first.request.seed);
}

TEST_F(SameSeriesTest, OtherBytesCancelTheUnfinishedJob) {
    archive.put(with_content(lumbar_series(id), "old"));
    const auto first = consider();
    archive.put(with_content(lumbar_series(id), "new"));
    EXPECT_NE(consider().id, first.id);
    EXPECT_EQ(store->job(first.id)->state, JobState::canceled);
}

TEST_F(SameSeriesTest, TheSameBytesStoredAnewAreDoneAsLongAsTheResultsAreThere) {
    auto tags = with_content(lumbar_series(id), "same");
    archive.put(tags);
    const auto first = consider();
    finish();
    tags.last_update = now() + std::chrono::seconds(2);
    archive.put(tags);
    consider();
    EXPECT_EQ(store->job(first.id)->state, JobState::done);
    archive.stored.clear();
    EXPECT_EQ(consider().id, first.id);
    EXPECT_EQ(store->job(first.id)->state, JobState::queued);
}

TEST_F(SameSeriesTest, DeletedResultsOfASeriesThatWasNotStoredAnewStayDeleted) {
    auto tags = with_content(lumbar_series(id), "same");
    tags.last_update = now() - std::chrono::hours(1);
    archive.put(tags);
    const auto first = consider();
    finish();
    archive.stored.clear();
    consider();
    EXPECT_EQ(store->job(first.id)->state, JobState::done);
}

/// What a database up to 0.1 holds of this series: fingerprints of the UIDs alone.
class UpgradeTest : public SameSeriesTest {
  protected:
    void SetUp() override {
        archive.put(lumbar_series(id));
        first = consider();
        tags = with_content(lumbar_series(id), "bytes");
        tags.last_update = now() - std::chrono::hours(1);
        ASSERT_EQ(first.fingerprint, tags.uid_fingerprint());
    }
    Job first;
    SeriesTags tags;
};

// The change of the formula alone must not run an archive again.
TEST_F(UpgradeTest, ASeriesJudgedBeforeTheUpgradeIsNotRunAgain) {
    finish();
    archive.put(tags);
    consider();
    ASSERT_EQ(store->jobs()->size(), 1u);
    EXPECT_EQ(store->jobs()->front().state, JobState::done);
    EXPECT_EQ(store->jobs()->front().fingerprint, tags.fingerprint());
    EXPECT_EQ(store->verdicts().of(id).value()->fingerprint, tags.fingerprint());
    archive.put(with_content(tags, "others"));
    EXPECT_EQ(consider().state, JobState::queued) << "but when its bytes change";
}

TEST_F(UpgradeTest, AJobThatWaitedDuringTheUpgradeKeepsItsPlace) {
    archive.put(tags);
    consider();
    const auto jobs = store->jobs();
    ASSERT_EQ(jobs->size(), 1u);
    EXPECT_EQ(jobs->front().id, first.id);
    EXPECT_EQ(jobs->front().state, JobState::queued);
}

TEST_F(UpgradeTest, AskedForByHandTheOldJobRunsAgainAndNoSecondOne) {
    finish();
    archive.put(tags);
    EXPECT_EQ(intake.request(*store, id, {})->id, first.id);
}

TEST_F(UpgradeTest, ASeriesStoredAnewAfterItWasJudgedIsJudgedAnew) {
    finish();
    tags.last_update = now() + std::chrono::seconds(2);
    archive.put(tags);
    const auto second = consider();
    EXPECT_NE(second.id, first.id);
    EXPECT_EQ(second.state, JobState::queued);
}

TEST(StudyAnswers, TheFileIsTheContentAndTheUpdateIsUtc) {
    SeriesAnswers answers;
    answers.series_json =
        R"({"ID": "s", "ParentStudy": "t", "LastUpdate": "20261129T194112",
            "MainDicomTags": {"SeriesInstanceUID": "1.2.3"}})";
    answers.instances_json =
        R"([{"ID": "i", "FileSize": 9358, "FileUuid": "7064", "MainDicomTags": {"SOPInstanceUID": "1.2.3.1"}}])";
    auto tags = parse_series_tags(answers);
    ASSERT_TRUE(tags) << tags.error().describe();
    EXPECT_EQ(tags->instances.at(0).content, "9358 7064");
    EXPECT_EQ(tags->last_update->time_since_epoch().count(), 1'795'981'272'000);
    EXPECT_EQ(tags->uid_fingerprint(), sha256_hex("1.2.3.1\n"));
    EXPECT_EQ(tags->fingerprint(), sha256_hex("1.2.3.1 9358 7064\n"));
    answers.series_json = R"({"ID": "s", "LastUpdate": "soon", "MainDicomTags": {"SeriesInstanceUID": "1"}})";
    EXPECT_FALSE(parse_series_tags(answers)->last_update);
}

TEST(StudyAnswers, AStudysSeriesAreListedAndACopyIsMarked) {
    const auto listed = parse_listed_series(R"([
        {"ID": "a", "Instances": ["i", "j"], "MainDicomTags":
            {"Modality": "SEG", "Manufacturer": "spineseg", "SeriesInstanceUID": "1.2", "SeriesNumber": "90030"},
         "AnonymizedFrom": "b"},
        {"ID": "c", "MainDicomTags": {"SeriesDescription": "t2", "SeriesNumber": "three"}}])");
    ASSERT_TRUE(listed);
    ASSERT_EQ(listed->size(), 2u);
    EXPECT_EQ(listed->at(0).number, 90030);
    EXPECT_TRUE(listed->at(0).modified);
    EXPECT_EQ(listed->at(0).instances.size(), 2u);
    EXPECT_FALSE(listed->at(1).number);
    EXPECT_FALSE(listed->at(1).modified);
    for (const char* wrong : {"", "{}", "[1]", R"([{"ID": "a"}])", R"([{"MainDicomTags": {}}])"})
        EXPECT_EQ(parse_listed_series(wrong).error().code, ErrorCode::archive_unavailable) << wrong;
}

TEST(StudyAnswers, ReferencesAreFoundInEverySequenceButNotAtTheTop) {
    const auto found = parse_referenced_series(R"({"SeriesInstanceUID": "1.own",
        "ReferencedSeriesSequence": [{"SeriesInstanceUID": "1.3"}],
        "CurrentRequestedProcedureEvidenceSequence": [{"ReferencedSeriesSequence": [{"SeriesInstanceUID": "1.2"}]}],
        "ReferencedFrameOfReferenceSequence": [{"RTReferencedStudySequence": [
            {"RTReferencedSeriesSequence": [{"SeriesInstanceUID": "1.3"}]}]}]})");
    EXPECT_EQ(found, (std::vector<std::string>{"1.2", "1.3"}));
    EXPECT_TRUE(parse_referenced_series("nonsense").empty());
}

}  // namespace same_series_test
}  // namespace spineseg
