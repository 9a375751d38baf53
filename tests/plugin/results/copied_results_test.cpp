// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/copied_results.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "db/reopening_store.h"
#include "plugin/intake/intake.h"
#include "plugin/reconcile/reconciler.h"
#include "tests/plugin/archive/fake_archive.h"
#include "tests/plugin/log/noted.h"

namespace spineseg {
namespace copied_results_test {

using testing::ElementsAre;
using testing::IsEmpty;

class CopiedResultsTest : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_TRUE(slot.open());
        auto source = lumbar_series(orthanc_id('1'));
        source.values["SeriesNumber"] = "3";
        archive.put(source);
        auto other = lumbar_series(orthanc_id('2'));
        other.values["SeriesNumber"] = "4";
        archive.put(other);
        ASSERT_TRUE(intake.consider(store(), orthanc_id('1')));
        const auto lease = store().lease("w", "", std::chrono::seconds(60));
        Outcome outcome;
        outcome.results.push_back({.sop_instance_uid = "1.1",
                                   .orthanc_instance_id = "stored-own",
                                   .orthanc_series_id = orthanc_id('a')});
        job = *store().complete((*lease)->job.id, (*lease)->epoch, outcome);
        put_result('a', "90030", {source.series_instance_uid});
    }
    JobStore& store() { return **slot.get(); }

    /// A series that spineseg wrote.
    void put_result(char digit, const std::string& number, std::vector<std::string> references,
                    bool modified = false) {
        auto tags = lumbar_series(orthanc_id(digit), 1);
        tags.values["Modality"] = "SEG";
        tags.values["SOPClassUID"] = "1.2.840.10008.5.1.4.1.1.66.4";
        tags.values["Manufacturer"] = "spineseg";
        tags.values["SeriesNumber"] = number;
        if (modified) tags.values["ModifiedFrom"] = "somewhere";
        archive.references[tags.instances.front().orthanc_id] = std::move(references);
        archive.put(tags);
    }
    std::vector<std::string> shown(SupersededPolicy policy = SupersededPolicy::keep, bool may_delete = true) {
        CopiedResults copied(archive, log, policy);
        const auto settled = copied.settle(store(), job, may_delete);
        EXPECT_TRUE(settled) << settled.error().describe();
        std::vector<std::string> series;
        const auto known = store().results().copied(job.id);
        for (const auto& one : *known) series.push_back(one.orthanc_series_id);
        return series;
    }

    TemporaryFolder folder;
    FakeArchive archive;
    ListLog log;
    Intake intake{archive, EligibilityRules::shipped(), {}, log};
    ReopeningStore slot{folder.file("queue.db")};
    Job job;
    const std::string source_uid = lumbar_series(orthanc_id('1')).series_instance_uid;
    const std::string other_uid = lumbar_series(orthanc_id('2')).series_instance_uid;
};

// Symptom: after /patients/modify two sets of results stood in the study under one description, and nothing
// said which was which.
TEST_F(CopiedResultsTest, ACopyWhoseReferencesLeadNowhereIsShownBesideTheJobOfItsSource) {
    put_result('b', "90030", {"1.9.9.9"}, true);
    EXPECT_THAT(shown(), ElementsAre(orthanc_id('b')));
    EXPECT_THAT(archive.deleted, IsEmpty());
    shown();
    EXPECT_EQ(noted(store(), job.id).size(), 1u) << "said once";
}

// Symptom: an anonymised study held the copied results and the computed ones; Orthanc maps the references.
TEST_F(CopiedResultsTest, ACopyThatOrthancMadeIsRecognisedThoughItsReferencesAreRight) {
    put_result('b', "90030", {source_uid}, true);
    put_result('c', "90040", {other_uid}, true);
    EXPECT_THAT(shown(), ElementsAre(orthanc_id('b'))) << "the other one is another series' result";
}

TEST_F(CopiedResultsTest, TheJobsOwnResultsAndThoseOfOtherSeriesAreNoCopies) {
    put_result('b', "90040", {"1.9.9.9"}, true);  // of the series with number 4
    EXPECT_THAT(shown(), IsEmpty());
}

TEST_F(CopiedResultsTest, OnlyWhereTheSettingSaysSoAreCopiesDeletedAndNothingElse) {
    put_result('b', "90030", {"1.9.9.9"});         // a copy, by its references
    put_result('c', "90030", {source_uid}, true);  // a copy, by Orthanc's mark
    put_result('d', "90030", {source_uid});        // made elsewhere, from this series
    put_result('f', "17", {"1.9.9.9"}, true);      // a copy of nobody knows what
    EXPECT_THAT(shown(SupersededPolicy::remove, false),
                ElementsAre(orthanc_id('b'), orthanc_id('c'), orthanc_id('d'), orthanc_id('f')));
    EXPECT_THAT(archive.deleted, IsEmpty());
    EXPECT_THAT(shown(SupersededPolicy::remove), ElementsAre(orthanc_id('d'), orthanc_id('f')));
    EXPECT_THAT(archive.deleted,
                ElementsAre("instance-0-of-" + orthanc_id('b'), "instance-0-of-" + orthanc_id('c')));
}

TEST_F(CopiedResultsTest, ACopyThatArrivesLaterIsShownAndOneThatLeavesIsNot) {
    put_result('b', "90030", {"1.9.9.9"}, true);
    CopiedResults copied(archive, log, SupersededPolicy::remove);
    Reconciler reconciler(archive, intake, copied, log);
    ASSERT_TRUE(intake.consider(store(), orthanc_id('b')));
    ASSERT_TRUE(reconciler.came(store(), orthanc_id('b')));
    ASSERT_EQ(store().results().copied(job.id)->size(), 1u);
    EXPECT_THAT(archive.deleted, IsEmpty()) << "what arrives later may be newer";
    archive.remove(orthanc_id('b'));
    ASSERT_TRUE(reconciler.left(store(), {orthanc_id('b')}));
    EXPECT_TRUE(store().results().copied(job.id)->empty());
}

}  // namespace copied_results_test
}  // namespace spineseg
