// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/job_changes.h"

#include <gmock/gmock.h>

#include <thread>

#include "db/reopening_store.h"
#include "tests/db/store_fixture.h"

namespace spineseg {
namespace job_changes_test {

using testing::ElementsAre;
using testing::IsEmpty;

class JobChangesTest : public StoreTest {
  protected:
    /// What changed since this was called last.
    ChangedJobs changes() {
        auto changed = sure(store_->changes().since(last_));
        last_ = changed.last;
        return changed;
    }
    const std::unique_ptr<JobStore> store_ = open();
    std::optional<std::int64_t> last_;
};

TEST_F(JobChangesTest, EveryChangeThatShowsIsToldOnce) {
    changes();
    const auto id = sure(store_->enqueue(new_job("a"))).job.id;
    auto changed = changes();
    EXPECT_THAT(changed.jobs, ElementsAre(id));
    EXPECT_TRUE(changed.queue);
    EXPECT_FALSE(changes().any());

    const auto lease = sure(store_->lease("w", "model", 1min));
    EXPECT_TRUE(changes().queue);
    sure(store_->renew(id, lease->epoch, {Stage::diffusion, 0.25}, 1min));
    changed = changes();
    EXPECT_THAT(changed.jobs, ElementsAre(id));
    EXPECT_FALSE(changed.queue) << "progress is none of the queue's";
    sure(store_->renew(id, lease->epoch, {Stage::diffusion, 0.25}, 1min));
    EXPECT_FALSE(changes().any()) << "a renewal alone shows nothing new";

    Outcome done;
    done.results = {result("1")};
    sure(store_->complete(id, lease->epoch, done));
    EXPECT_THAT(changes().jobs, ElementsAre(id));
    sure(store_->results().set_missing(id, {"i-1"}));
    EXPECT_THAT(changes().jobs, ElementsAre(id));
    sure(store_->control().set_mode(QueueMode::paused, {}));
    changed = changes();
    EXPECT_TRUE(changed.queue);
    EXPECT_THAT(changed.jobs, IsEmpty());
    now_ += 24h;
    sure(store_->prune(1h));
    EXPECT_TRUE(changes().queue);
}

TEST_F(JobChangesTest, ManyChangesComeInPages) {
    changes();
    for (int i = 0; i < JobChanges::kMostJobs + 3; ++i) sure(store_->enqueue(new_job(std::to_string(i))));
    const auto first = changes();
    EXPECT_EQ(first.jobs.size(), static_cast<std::size_t>(JobChanges::kMostJobs));
    EXPECT_TRUE(first.more);
    const auto second = changes();
    EXPECT_EQ(second.jobs.size(), 3u);
    EXPECT_FALSE(second.more);
    EXPECT_FALSE(changes().any());
}

TEST_F(JobChangesTest, ANumberOfAnotherDatabaseIsVoid) {
    changes();
    sure(store_->enqueue(new_job("a")));
    EXPECT_TRUE(sure(store_->changes().since(*last_ + 1'000'000)).reset);
    EXPECT_FALSE(sure(store_->changes().since(0)).jobs.empty()) << "of an older file: everything is new";
}

TEST_F(JobChangesTest, AWriteWakesWhoeverWaits) {
    ReopeningStore slot(folder_ / "waited.db");
    sure(slot.open());
    const auto seen = slot.writes().count();
    std::thread writer([&] { sure(sure(slot.get())->enqueue(new_job("a"))); });
    slot.writes().wait(seen, std::chrono::steady_clock::now() + 30s);
    writer.join();
    EXPECT_GT(slot.writes().count(), seen);
    const auto begun = std::chrono::steady_clock::now();
    slot.writes().stop();
    slot.writes().wait(slot.writes().count(), begun + 30s);
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s) << "nobody waits after stop()";
}

}  // namespace job_changes_test
}  // namespace spineseg
