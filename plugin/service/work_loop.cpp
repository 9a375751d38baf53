// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/service/work_loop.h"

#include <utility>

namespace spineseg {
namespace {

constexpr int kOpenEveryTicks = 5;
constexpr int kPublishEveryTicks = 5;
constexpr int kSaveCursorEveryTicks = 15;
constexpr int kPruneEveryTicks = 600;
constexpr int kNoteJudgedEveryTicks = 2;
/// StableSeries comes StableAge + 1 s after the last instance.
constexpr auto kIdleMargin = std::chrono::seconds(5);

/// Of the archive. Passes by itself, so that the series is judged later.
bool is_temporary(const Error& error) {
    return error.code == ErrorCode::archive_unavailable || error.code == ErrorCode::storage_full;
}

}  // namespace

WorkLoop::WorkLoop(WorkContext context, WorkPlan plan, EventThread& thread)
    : context_(context),
      plan_(std::move(plan)),
      thread_(thread),
      arrivals_(context.archive, plan_.stable_age + kIdleMargin),
      cursor_(context.archive),
      openings_(context.store.openings()),
      memory_(context.archive),
      sweep_(context.archive),
      leftovers_(context.archive, context.log),
      started_(JobStore::system_clock()()),
      watch_(
          {context.archive, context.intake, context.copied, context.log}, context.store, context.log,
          [this](std::function<void()> step) { post(std::move(step)); }, plan_.reconcile_on_start) {
    context_.intake.wait_for_memory();
}

boost::asio::any_io_executor WorkLoop::executor() {
    return thread_.context().get_executor();
}

void WorkLoop::post(std::function<void()> step) {
    thread_.post([this, step = std::move(step)] {
        if (!refusing_) step();
    });
}

void WorkLoop::start() {
    post([this] {
        work_.assert_here();
        sweep_.begin();
        catch_up();
    });
    thread_.start();
}

void WorkLoop::tick() {
    if (tick_under_way_.exchange(true)) return;
    post([this] {
        work_.assert_here();
        tick_under_way_ = false;  // first, so that a tick that throws is not the last one
        work_tick();
    });
}

void WorkLoop::series_is_stable(const std::string& id) {
    post([this, id] {
        work_.assert_here();
        queue_.push(id);
        judge_waiting();
    });
}

void WorkLoop::series_was_deleted(const std::string& id) {
    watch_.left(id);
    post([this, id] {
        work_.assert_here();
        sweep_.series_left();
        forget(id);
    });
}

void WorkLoop::instance_was_deleted(const std::string& id) {
    watch_.left(id);
}

void WorkLoop::instance_arrived(const std::string& id) {
    const auto now = SteadyClock::now();
    last_arrival_ = now.time_since_epoch().count();
    arrivals_.arrived(id, now);
}

/// False while there is no database. It is tried every few ticks.
bool WorkLoop::open_database() {
    if (context_.store.get()) return true;
    if (ticks_ % kOpenEveryTicks != 0) return false;
    if (auto opened = context_.store.open(); !opened) {
        context_.log.error("the queue's database: " + opened.error().detail);
        return false;
    }
    context_.log.warning("the queue's database is open again");
    return true;
}

void WorkLoop::work_tick() {
    ++ticks_;
    note_delay();
    if (!open_database()) return;
    const auto store = context_.store.get();
    if (!store) return;
    JobStore& jobs = **store;
    if (openings_ != context_.store.openings()) begin_with_database();
    if (!database_works(jobs)) return;
    if (ticks_ % kPublishEveryTicks == 0) publish(jobs);
    if (!compared_) {
        compare_memories(jobs);
        judge_waiting();
    }
    take_out_leftovers(jobs);
    look_for_overdue();
    watch_.tick();
    if (queue_.wake(SteadyClock::now())) judge_waiting();
    if (!caught_up_ && !catching_up_) catch_up();
    sweep();
    if (ticks_ % kNoteJudgedEveryTicks == 0) note_judged(jobs);
    if (ticks_ % kSaveCursorEveryTicks == 0) save_cursor_when_idle(jobs);
    if (ticks_ % kPruneEveryTicks == 1) prune(jobs);
    if (ticks_ % kPruneEveryTicks == 2) prune_journal(jobs);
    if (ticks_ % kPruneEveryTicks == 3) prune_shadows(jobs);
}

/// That jobs were done is as much as that series were judged: a copy of the database from before is an old one.
void WorkLoop::publish(JobStore& store) {
    const auto counts = store.counts();
    if (!counts) return;
    if (std::exchange(done_, counts->done) != counts->done) judged_ = true;
    if (plan_.publish) plan_.publish(*counts);
}

bool WorkLoop::idle() const {
    const SteadyClock::time_point last{SteadyClock::duration(last_arrival_.load())};
    return caught_up_ && queue_.empty() && SteadyClock::now() - last > plan_.stable_age + kIdleMargin;
}

void WorkLoop::save_cursor_when_idle(JobStore& store) {
    if (!idle()) {
        cursor_.reset();
        return;
    }
    if (auto saved = cursor_.save_when_idle(store); !saved)
        context_.log.warning("the position in the change log is not saved: " + saved.error().describe());
}

/// One batch; what is left waits for the next round.
void WorkLoop::prune(JobStore& store) {
    if (plan_.keep_jobs_days == 0) return;
    const auto pruned = store.prune(std::chrono::hours(24) * plan_.keep_jobs_days);
    if (!pruned)
        context_.log.warning("ended jobs are not pruned: " + pruned.error().describe());
    else if (*pruned > 0)
        context_.log.info(std::to_string(*pruned) + " job(s) that ended " +
                          std::to_string(plan_.keep_jobs_days) + " days ago are forgotten");
}

void WorkLoop::prune_shadows(JobStore& store) {
    const auto dropped = store.shadow_runs().keep_only(plan_.shadow_models);
    const auto keep = std::chrono::hours(24) * plan_.keep_jobs_days;
    const auto pruned = plan_.keep_jobs_days == 0 ? Result<int>(0) : store.shadow_runs().prune(keep);
    for (const auto* done : {&dropped, &pruned})
        if (!*done) context_.log.warning("runs of shadow models stay for now: " + done->error().describe());
}

/// One REST call of catching up.
void WorkLoop::catch_up() {
    catching_up_ = false;
    const auto store = context_.store.get();
    if (caught_up_ || !store) return;  // without a database the next tick tries again
    const auto found = cursor_.next(**store);
    if (!found) {
        context_.log.warning("the change log cannot be read yet: " + found.error().describe());
        return;
    }
    caught_up_ = found->done;
    if (!caught_up_) {
        catching_up_ = true;
        post([this] {
            work_.assert_here();
            catch_up();
        });
    }
    if (plan_.reconcile_on_start) {
        for (const auto& id : found->series) queue_.push(id);
    }
    judge_waiting();
}

void WorkLoop::forget(const std::string& id) {
    const auto store = context_.store.get();
    const auto forgotten = store ? context_.intake.forget(**store, id) : Result<void>(failure(store.error()));
    // Whoever leases the job of a series that has gone puts it aside: nothing is lost by not repeating this.
    if (forgotten) return;
    context_.log.warning("series " + id + " was deleted: " + forgotten.error().describe());
    if (forgotten.error().code == ErrorCode::database_unavailable) note_fault(forgotten.error());
}

void WorkLoop::judge(const std::string& id) {
    const auto store = context_.store.get();
    if (store && !compared_) compare_memories(**store);
    const auto begun = SteadyClock::now();
    std::vector<std::string> instances;
    const auto considered = store ? context_.intake.consider(**store, id, &instances)
                                  : Result<std::optional<Job>>(failure(store.error()));
    if (considered) {
        arrivals_.judged(instances, begun);
        queue_.succeeded(id);
        judged_ = true;
        watch_.came(id);
        return;
    }
    const bool no_database = considered.error().code == ErrorCode::database_unavailable;
    const bool again = no_database || is_temporary(considered.error());
    if (no_database) {
        queue_.put_back(id);
        note_fault(considered.error());
    } else if (again) {
        queue_.postpone(id, SteadyClock::now());
    }
    context_.log.warning("series " + id + " is not judged" + (again ? " yet: " : ": ") +
                         considered.error().describe());
}

/// Judges what waits, unless that is under way.
void WorkLoop::judge_waiting() {
    if (!judging_) judge_next();
}

void WorkLoop::judge_next() {
    judging_ = false;
    if (fault_) return;
    const auto id = queue_.pop();
    if (!id) return;
    judging_ = true;  // the next step is queued before this one can throw
    post([this] {
        work_.assert_here();
        judge_next();
    });
    judge(*id);
}

}  // namespace spineseg
