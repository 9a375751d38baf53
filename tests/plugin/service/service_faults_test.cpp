// SPDX-License-Identifier: GPL-3.0-or-later
// Faults of the database and of clients, with all threads at work: everything is judged soon after a fault, without a
// restart.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>

#include "db/sqlite.h"
#include "tests/plugin/service/service_fixture.h"

namespace spineseg {
namespace service_faults_test {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

class ServiceFaultsTest : public ServiceTest {
  protected:
    std::string put(int number, bool announce = true) {
        auto id = orthanc_id('1');
        id.replace(0, 3, std::to_string(100 + number));
        auto tags = lumbar_series(id);
        tags.last_update =
            std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now() + seconds(1));
        archive.put(tags);
        if (announce) service->series_is_stable(id);
        return id;
    }
    bool all_queued(const std::vector<std::string>& ids, seconds patience) {
        return comes_true(
            [&] {
                for (const auto& id : ids)
                    if (state_of(id) != "queued") return false;
                return true;
            },
            patience);
    }
    const std::string file = folder.file("spineseg.db");
};

/// As on a full disk, no file may grow beyond what it has.
class FullDiskHere {
  public:
    FullDiskHere() : ignored_(::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit limit = before_;
        limit.rlim_cur = 1;
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FullDiskHere() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        ::signal(SIGXFSZ, ignored_);
    }

  private:
    rlimit before_{};
    void (*ignored_)(int);
};

// Symptom: the disk of the queue was full for 14 minutes; 40 of 42 series that arrived meanwhile were never judged.
TEST_F(ServiceFaultsTest, WhatArrivesWhileTheDiskIsFullIsJudgedAfterwards) {
    start();
    ASSERT_TRUE(all_queued({put(0)}, seconds(20)));
    std::vector<std::string> ids;
    {
        const FullDiskHere full;
        for (int i = 1; i < 13; ++i) ids.push_back(put(i));
        ASSERT_TRUE(comes_true([&] { return log.text().find("is not judged yet") != std::string::npos; }));
        EXPECT_EQ(get("/spineseg/health")["Status"], "database_unavailable");
        const int asked = archive.series_calls;
        std::this_thread::sleep_for(seconds(3));
        EXPECT_LE(archive.series_calls, asked + 1) << "nothing is read in vain for each of them";
    }
    EXPECT_TRUE(all_queued(ids, seconds(20)));
    EXPECT_EQ(get("/spineseg/health")["Database"], "ok");
    EXPECT_EQ(get("/spineseg/jobs").size(), 13U) << "each once";
}

// Symptom: a locked database failed what was judged meanwhile ten times, and then for ever.
TEST_F(ServiceFaultsTest, WhatArrivesDuringALockIsJudgedAfterwards) {
    start();
    ASSERT_TRUE(all_queued({put(0)}, seconds(20)));
    std::vector<std::string> ids;
    {
        sqlite::Database other(file, seconds(5));
        const sqlite::Transaction lock(other);
        for (int i = 1; i < 6; ++i) ids.push_back(put(i));
        ASSERT_TRUE(comes_true([&] { return log.text().find("is not judged yet") != std::string::npos; }));
        const auto begun = std::chrono::steady_clock::now();
        EXPECT_EQ(get("/spineseg/jobs").size(), 1U);
        EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(500));
    }
    EXPECT_TRUE(all_queued(ids, seconds(20)));
}

// Symptom: the database was removed while it was open: health said "ok", and at the restart all was forgotten.
TEST_F(ServiceFaultsTest, ADatabaseThatIsRemovedIsMadeAnewFromTheArchive) {
    start();
    const auto before = put(0);
    ASSERT_TRUE(all_queued({before}, seconds(20)));
    fs::remove(file);
    const auto meanwhile = put(1);
    EXPECT_TRUE(comes_true([&] { return get("/spineseg/health")["Status"] == "database_unavailable"; }));
    EXPECT_TRUE(all_queued({before, meanwhile}, seconds(40)));
    EXPECT_TRUE(fs::exists(file));
}

TEST_F(ServiceFaultsTest, ADatabaseThatIsMovedAwayAndBackIsUsedAgain) {
    start();
    const auto before = put(0);
    ASSERT_TRUE(all_queued({before}, seconds(20)));
    const auto job = get("/spineseg/series/" + before)["Job"]["ID"];
    fs::rename(file, folder.file("away.db"));
    const auto meanwhile = put(1);
    EXPECT_TRUE(comes_true([&] { return get("/spineseg/health")["Status"] == "database_unavailable"; }));
    fs::rename(folder.file("away.db"), file);
    EXPECT_TRUE(all_queued({before, meanwhile}, seconds(40)));
    EXPECT_EQ(get("/spineseg/series/" + before)["Job"]["ID"], job);
}

// Symptom: /changes was cleared while the plugin was away, and what had arrived was never found.
TEST_F(ServiceFaultsTest, WhatTheChangeLogLostIsFoundInTheArchive) {
    start();
    ASSERT_TRUE(all_queued({put(0)}, seconds(20)));
    service.reset();
    const auto silent = put(1, false);  // and no row of the change log
    start();
    EXPECT_TRUE(all_queued({silent}, seconds(20)));
}

// Symptom: Orthanc's disk was full when a series became stable; Orthanc said nothing, and the series waited for ten minutes.
TEST_F(ServiceFaultsTest, ASeriesOfWhichOrthancNeverSaysThatItIsStableIsJudged) {
    start();
    ASSERT_TRUE(all_queued({put(0)}, seconds(20)));
    const auto silent = put(1, false);
    service->instance_arrived(archive.series(silent, {})->instances.front().orthanc_id);
    EXPECT_TRUE(all_queued({silent}, seconds(20)));
}

TEST_F(ServiceFaultsTest, WhatTheArchiveHeldBeforeTheFirstStartIsLeftAlone) {
    auto tags = lumbar_series(one);
    tags.last_update =
        std::chrono::time_point_cast<milliseconds>(std::chrono::system_clock::now() - seconds(60));
    archive.put(tags);
    start();
    ASSERT_TRUE(comes_true([&] { return archive.pages_read > 0; }));
    ASSERT_TRUE(all_queued({put(0)}, seconds(20)));
    EXPECT_EQ(get("/spineseg/jobs").size(), 1U);
}

// Symptom: eight silent connections that had said hello shut a worker out for two leases.
TEST_F(ServiceFaultsTest, SilentConnectionsMakeRoomForAWorker) {
    start();
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int i = 0; i < 8; ++i) {
        silent.push_back(std::make_unique<RawClient>(socket));
        ASSERT_TRUE(silent.back()->greet());
    }
    EXPECT_TRUE(comes_true([&] { return RawClient(socket).greet(); }, seconds(15)));
}

TEST_F(ServiceFaultsTest, AConnectionWithALeaseIsNeverPutOut) {
    start();
    RawClient worker(socket);
    ASSERT_TRUE(worker.greet());
    const auto lease = queue_and_lease(worker);
    std::vector<std::unique_ptr<RawClient>> silent;
    for (int i = 0; i < 7; ++i) {
        silent.push_back(std::make_unique<RawClient>(socket));
        ASSERT_TRUE(silent.back()->greet());
    }
    std::this_thread::sleep_for(seconds(6));  // all are silent for longer than is waited for
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(RawClient(socket).greet());
    EXPECT_TRUE(worker.ask_for<wire::Ack>(wire::Renew{lease.job, lease.epoch, {}, 1}));
}

}  // namespace service_faults_test
}  // namespace spineseg
