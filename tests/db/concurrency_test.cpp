// SPDX-License-Identifier: GPL-3.0-or-later
// Several threads on one store, several processes on one file, and processes that are killed while they
// write.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "db/sqlite.h"
#include "tests/db/child_process.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace concurrency_test {

using Child = ChildProcess;

class ConcurrencyTest : public StoreTest {
  protected:
    void fill(int jobs) {
        const auto store = open();
        for (int i = 0; i < jobs; ++i) sure(store->enqueue(new_job(std::to_string(i))));
    }
};

TEST_F(ConcurrencyTest, ThreadsShareAStoreAndEveryJobIsDoneOnce) {
    constexpr int kJobs = 60;
    const auto store = open();
    std::mutex mutex;
    std::map<std::string, int> done;
    std::set<std::pair<std::string, std::int64_t>> leases;
    std::atomic<bool> queueing{true};
    std::vector<std::thread> threads;
    threads.emplace_back([&] {
        for (int i = 0; i < kJobs; ++i) sure(store->enqueue(new_job(std::to_string(i))));
        queueing = false;
    });
    for (int worker = 0; worker < 6; ++worker) {
        threads.emplace_back([&, worker] {
            for (int turn = 0;; ++turn) {
                const bool last_look = !queueing;
                const auto lease = sure(store->lease("w" + std::to_string(worker), "model", 60s));
                if (!lease && last_look) return;
                if (!lease) {
                    std::this_thread::yield();
                    continue;
                }
                {
                    const std::lock_guard lock(mutex);
                    EXPECT_TRUE(leases.insert({lease->job.id, lease->epoch}).second);
                }
                sure(store->renew(lease->job.id, lease->epoch, {Stage::writing, 1}, 60s));
                if (turn % 5 == 4) {
                    sure(store->release(lease->job.id, lease->epoch));
                    continue;
                }
                sure(store->complete(lease->job.id, lease->epoch, {}));
                const std::lock_guard lock(mutex);
                ++done[lease->job.id];
            }
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(done.size(), static_cast<std::size_t>(kJobs));
    for (const auto& [id, times] : done) EXPECT_EQ(times, 1) << id;
    EXPECT_EQ(sure(store->counts()).done, kJobs);
}

TEST_F(ConcurrencyTest, ThreadsThatQueueTheSameSeriesMakeOneJob) {
    const auto store = open();
    std::atomic<int> created{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n)
                created += sure(store->enqueue(new_job(std::to_string(n)))).created ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(created, 20);
    EXPECT_EQ(sure(store->counts()).queued, 20);
}

TEST_F(ConcurrencyTest, ProcessesThatOpenANewFileAtOnceAllSucceed) {
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 6; ++i) {
        children.push_back(std::make_unique<Child>([this, i](int) {
            sure(open()->enqueue(new_job(std::to_string(i))));
            return 0;
        }));
    }
    for (auto& child : children) EXPECT_EQ(child->wait(), 0);
    EXPECT_EQ(sure(open()->counts()).queued, 6);
}

TEST_F(ConcurrencyTest, ProcessesNeverLeaseAJobTwiceAndTheDeadLoseNone) {
    constexpr int kJobs = 80;
    fill(kJobs);
    std::vector<std::unique_ptr<Child>> children;
    for (int i = 0; i < 4; ++i) {
        children.push_back(std::make_unique<Child>([this, i](int pipe) {
            const auto store = open();
            for (int turn = 0;; ++turn) {
                const auto lease = sure(store->lease("process", "model", 60s));
                if (!lease) return 0;
                say(pipe, lease->job.id);
                if (i == 3 && turn == 5) ::_exit(9);  // dies with a lease in its hands
                sure(store->complete(lease->job.id, lease->epoch, {}));
            }
        }));
    }
    std::multiset<std::string> leased;
    for (int i = 0; i < 4; ++i) {
        for (const auto& id : lines_of(children[static_cast<std::size_t>(i)]->read_all())) leased.insert(id);
        const int code = children[static_cast<std::size_t>(i)]->wait();
        EXPECT_TRUE(code == 0 || (i == 3 && code == 9)) << code;
    }
    EXPECT_EQ(leased.size(), static_cast<std::size_t>(kJobs));
    EXPECT_EQ(std::set<std::string>(leased.begin(), leased.end()).size(), static_cast<std::size_t>(kJobs));

    const auto store = open();
    const int orphans = sure(store->counts()).leased;
    EXPECT_LE(orphans, 1);
    EXPECT_EQ(sure(store->counts()).done, kJobs - orphans);
    now_ += 61s;
    EXPECT_EQ(sure(store->expire_leases()), orphans);
    EXPECT_EQ(sure(store->counts()).queued, orphans);
}

TEST_F(ConcurrencyTest, AProcessKilledInsideATransactionLeavesNoTraceOfIt) {
    fill(3);
    Child child([this](int pipe) {
        sqlite::Database database(file(), 1s);
        sqlite::Transaction transaction(database);
        database.execute("UPDATE job SET priority = 77");
        database.execute("INSERT INTO value (key, value) VALUES ('half', 'done')");
        // Far more than the page cache holds: the log on the disk has pages of the unfinished transaction,
        // too.
        for (int i = 0; i < 3000; ++i) {
            database.execute("INSERT INTO value (key, value) VALUES (:key, :value)",
                             sqlite::Named{"key", std::to_string(i)},
                             sqlite::Named{"value", std::string(4000, 'x')});
        }
        say(pipe, "!");
        ::pause();
        return 1;
    });
    ASSERT_EQ(child.read_one(), '!');
    EXPECT_GT(std::filesystem::file_size(file().string() + "-wal"), std::size_t{1} << 20);
    child.stop();
    const auto store = open();  // checks its integrity
    EXPECT_FALSE(sure(store->values().get("half")));
    EXPECT_FALSE(sure(store->values().get("0")));
    for (const Job& job : sure(store->jobs())) EXPECT_EQ(job.priority, 0);
    EXPECT_EQ(sure(store->counts()).queued, 3);
}

/// Works through jobs as fast as it can and says what was acknowledged.
int work_until_killed(JobStore& store, const std::vector<NewJob>& jobs, int pipe) {
    for (const NewJob& asked : jobs) {
        const auto job = sure(store.enqueue(asked)).job;
        say(pipe, "queued " + job.id);
        const auto lease = sure(store.lease("w", "model", 60s));
        if (!lease) return 1;
        say(pipe, "leased " + lease->job.id);
        ResultObject object;
        object.sop_instance_uid = "2.25.1";
        sure(store.add_result(lease->job.id, lease->epoch, object));
        say(pipe, "result " + lease->job.id);
        Outcome outcome;
        outcome.results = {object};
        object.sop_instance_uid = "2.25.2";
        outcome.results.push_back(object);
        sure(store.complete(lease->job.id, lease->epoch, outcome));
        say(pipe, "done " + lease->job.id);
    }
    return 0;
}

TEST_F(ConcurrencyTest, WhatWasAcknowledgedSurvivesSigkillAtAnyMoment) {
    int acknowledged = 0;
    for (int round = 0; round < 24; ++round) {
        std::vector<NewJob> jobs;
        for (int i = 0; i < 500; ++i)
            jobs.push_back(new_job(std::to_string(round) + "-" + std::to_string(i)));
        Child child([&](int pipe) { return work_until_killed(*open(), jobs, pipe); });
        // By acknowledgements, not by time: a disk may take microseconds or milliseconds to sync.
        std::string said_before;
        for (int lines = 1 + round * 7 % 23; lines > 0;) {
            said_before += child.read_one();
            ASSERT_NE(said_before.back(), '\0') << "the child ended by itself";
            if (said_before.back() == '\n') --lines;
        }
        std::this_thread::sleep_for(std::chrono::microseconds(round * 397));
        child.stop();
        const auto said = lines_of(said_before + child.read_all());
        const auto store = open();
        std::map<std::string, Job> kept;
        for (const Job& job : sure(store->jobs({.state = {}, .orthanc_series_id = {}, .limit = 100'000}))) {
            kept[job.id] = job;
        }
        for (const std::string& line : said) {
            const std::string word = line.substr(0, line.find(' '));
            const auto job = kept.find(line.substr(line.find(' ') + 1));
            ASSERT_NE(job, kept.end()) << line;
            EXPECT_TRUE(word != "leased" || job->second.epoch >= 1) << line;
            EXPECT_TRUE(word != "result" || !job->second.results.empty()) << line;
            EXPECT_TRUE(word != "done" || job->second.state == JobState::done) << line;
            ++acknowledged;
        }
        // Whole or not at all: the second result and the end of the job stand in one transaction.
        for (const auto& [id, job] : kept)
            EXPECT_EQ(job.results.size() == 2, job.state == JobState::done) << id;
        // The next round's worker leases its own jobs first.
        now_ += 61s;
        sure(store->expire_leases());
        for (const auto& [id, job] : kept) {
            if (!is_final(job.state)) sure(store->cancel(id));
        }
    }
    EXPECT_GT(acknowledged, 24);
}

}  // namespace concurrency_test
}  // namespace spineseg
