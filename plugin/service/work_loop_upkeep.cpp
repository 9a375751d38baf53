// SPDX-License-Identifier: GPL-3.0-or-later
// WorkLoop's care for the database and for what it must not forget: faults, leases, leftovers, the look through the
// archive. The rest is in work_loop.cpp.
#include <algorithm>
#include <utility>

#include "plugin/service/work_loop.h"

namespace spineseg {
namespace {

constexpr int kSweepEveryTicks = 600;
constexpr int kSweptPagesAtOnce = 10;
constexpr int kComplainEveryTicks = 60;
/// A tick that comes later than that: this thread was held up, and so were the workers' renewals.
constexpr auto kLate = std::chrono::seconds(3);

}  // namespace

/// What was kept of another database counts no more.
void WorkLoop::begin_with_database() {
    openings_ = context_.store.openings();
    compared_ = false;
    context_.intake.wait_for_memory();
    caught_up_ = false;
    cursor_.begin_again();
    after_fault();
}

/// What waits is judged now, and what was lost is looked for.
void WorkLoop::after_fault() {
    fault_ = false;
    context_.store.set_fault(std::nullopt);
    sweep_.begin();
    queue_.wake_all();
    judge_waiting();
}

/// False while it cannot be written.
bool WorkLoop::database_works(JobStore& store) {
    if (fault_) {
        if (const auto written = store.values().set("probe", std::to_string(ticks_)); !written) {
            if (ticks_ % kComplainEveryTicks == 0) context_.log.error(written.error().describe());
            return false;
        }
        context_.log.warning("the queue's database can be written again");
        after_fault();
    }
    if (const auto ended = end_leases(store); !ended) {
        note_fault(ended.error());
        return false;
    }
    return true;
}

void WorkLoop::note_fault(const Error& why) {
    if (!std::exchange(fault_, true)) context_.log.error("the queue's database: " + why.detail);
    context_.store.set_fault(why);
}

void WorkLoop::note_delay() {
    const auto now = SteadyClock::now();
    const auto gap = now - std::exchange(last_tick_, now);
    if (gap > kLate) grace_until_ = now + gap + kLate;
}

Result<void> WorkLoop::end_leases(JobStore& store) {
    const auto now = SteadyClock::now();
    const bool grace = now < grace_until_;
    const auto holder_of = [&](const std::string& job, std::int64_t epoch) {
        const auto holder = context_.registry.holder_of(job, epoch, now);
        return holder == LeaseHolder::silent && grace ? LeaseHolder::alive : holder;
    };
    const auto ended = store.end_leases(holder_of);
    if (!ended) return failure(ended.error());
    if (auto shadows = store.shadow_runs().end_leases(holder_of); !shadows) return failure(shadows.error());
    if (*ended > 0)
        context_.log.warning(std::to_string(*ended) + " lease(s) ended; their jobs return to the queue");
    return {};
}

void WorkLoop::compare_memories(JobStore& store) {
    const bool replaced = openings_ > 1;
    const auto lost = memory_.compare(store, JobStore::system_clock()(), replaced);
    if (!lost) {
        context_.log.warning("what the archive knows of this plugin is not compared yet: " +
                             lost.error().describe());
        return;
    }
    compared_ = true;
    context_.intake.set_lost_until(memory_.lost_until());
    queue_.wake_all();
    if (!*lost) return;
    watch_.look_at_all();
    if (auto raised = store.raise_epochs(); !raised) note_fault(raised.error());
    context_.log.warning(
        "the queue's database was replaced, or is older than what the archive has seen of it: series and "
        "results that it does not know are looked up in the archive");
}

void WorkLoop::note_judged(JobStore& store) {
    if (!judged_ || !compared_) return;
    judged_ = false;
    if (auto noted = memory_.note_judged(store, JobStore::system_clock()()); !noted)
        context_.log.warning("when series were judged last is not noted: " + noted.error().describe());
}

/// One batch, as prune().
void WorkLoop::prune_journal(JobStore& store) {
    if (plan_.keep_journal_days == 0) return;
    if (const auto pruned = store.journal().prune(std::chrono::hours(24) * plan_.keep_journal_days); !pruned)
        context_.log.warning("old entries of the journal are not deleted: " + pruned.error().describe());
}

void WorkLoop::take_out_leftovers(JobStore& store) {
    const auto swept = leftovers_.sweep(store);
    if (!swept && ticks_ % kComplainEveryTicks == 0)
        context_.log.warning("what attempts left in the archive stays for now: " + swept.error().describe());
}

/// What Orthanc never called stable, though it is.
void WorkLoop::look_for_overdue() {
    if (arrivals_.overflowed()) sweep_.begin();
    const auto overdue = arrivals_.overdue(SteadyClock::now());
    if (!overdue) {
        if (ticks_ % kComplainEveryTicks == 0)
            context_.log.warning("which series came is looked at later: " + overdue.error().describe());
        return;
    }
    for (const auto& id : *overdue) queue_.push_new(id);
    judge_waiting();
}

void WorkLoop::sweep() {
    if (!sweep_.running() && --ticks_until_sweep_ <= 0) sweep_.begin();
    if (!sweep_.running() || sweeping_ || !compared_) return;
    pages_left_ = kSweptPagesAtOnce;
    sweep_page();
}

/// One REST call.
void WorkLoop::sweep_page() {
    sweeping_ = false;
    const auto store = context_.store.get();
    if (!store || !memory_.since()) return;
    const auto since = plan_.reconcile_on_start ? *memory_.since() : std::max(*memory_.since(), started_);
    const auto found = sweep_.next(**store, since);
    if (!found) {
        if (found.error().code == ErrorCode::database_unavailable) note_fault(found.error());
        return;  // the next tick asks for the same page
    }
    for (const auto& id : *found) queue_.push_new(id);
    judge_waiting();
    if (!sweep_.running()) ticks_until_sweep_ = kSweepEveryTicks;
    if (!sweep_.running() || --pages_left_ <= 0) return;
    sweeping_ = true;
    post([this] {
        work_.assert_here();
        sweep_page();
    });
}

}  // namespace spineseg
