// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/reconcile/archive_watch.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace spineseg {

ArchiveWatch::ArchiveWatch(Reconciler reconciler, ReopeningStore& store, Log& log, Post post,
                           bool round_at_start)
    : store_(store),
      log_(log),
      post_(std::move(post)),
      reconciler_(reconciler),
      whole_round_(round_at_start),
      ticks_until_next_(round_at_start ? 1 : kTicksBetween) {}

void ArchiveWatch::left(const std::string& orthanc_id) {
    {
        const MutexLock lock(mutex_);
        // So many were deleted at once that asking for every ended job costs no more.
        if (pending_.size() >= kMostPending)
            overflowed_ = true;
        else
            pending_.push_back(orthanc_id);
        if (std::exchange(drain_posted_, true)) return;
    }
    post_drain();
}

void ArchiveWatch::post_drain() {
    post_([this] {
        work_.assert_here();
        drain();
    });
}

ArchiveWatch::Pending ArchiveWatch::take_pending() {
    const MutexLock lock(mutex_);
    Pending taken;
    const auto count = static_cast<std::ptrdiff_t>(std::min(pending_.size(), kIdsAtOnce));
    taken.ids.assign(std::make_move_iterator(pending_.begin()),
                     std::make_move_iterator(pending_.begin() + count));
    pending_.erase(pending_.begin(), pending_.begin() + count);
    taken.more = drain_posted_ = !pending_.empty();
    taken.overflowed = std::exchange(overflowed_, false);
    return taken;
}

void ArchiveWatch::drain() {
    const auto taken = take_pending();
    if (taken.overflowed) begin_round();
    if (taken.more) post_drain();
    const auto store = store_.get();
    const auto reconciled =
        store ? reconciler_.left(**store, taken.ids) : Result<void>(failure(store.error()));
    if (!reconciled) {
        begin_round();
        take_up_later(reconciled.error());
    }
}

void ArchiveWatch::look_at_all() {
    work_.assert_here();
    begin_round();
}

void ArchiveWatch::begin_round() {
    reconciler_.begin_again();
    whole_round_ = true;
}

void ArchiveWatch::came(const std::string& orthanc_series_id) {
    work_.assert_here();
    const auto store = store_.get();
    const auto reconciled =
        store ? reconciler_.came(**store, orthanc_series_id) : Result<void>(failure(store.error()));
    if (!reconciled) {
        begin_round();
        take_up_later(reconciled.error());
    }
}

void ArchiveWatch::take_up_later(const Error& why) {
    log_.warning("which results the archive holds is looked at later: " + why.describe());
    jobs_left_ = 0;
    ticks_until_next_ = kTicksAfterFailure;
}

void ArchiveWatch::tick() {
    work_.assert_here();
    // The page before is still under way, unless its last step threw.
    if (jobs_left_ > 0 && std::exchange(jobs_left_at_tick_, jobs_left_) != jobs_left_) return;
    if (whole_round_ && ticks_until_next_ > kTicksAfterFailure) ticks_until_next_ = 1;
    if (--ticks_until_next_ > 0) return;
    ticks_until_next_ = whole_round_ ? 1 : kTicksBetween;
    jobs_left_ = kJobsAtOnce;
    post_step();
}

void ArchiveWatch::post_step() {
    post_([this] {
        work_.assert_here();
        step();
    });
}

void ArchiveWatch::step() {
    if (jobs_left_ == 0) return;
    const auto store = store_.get();
    const auto more = store ? reconciler_.next(**store) : Result<bool>(failure(store.error()));
    if (!more) return take_up_later(more.error());
    if (!*more) {
        whole_round_ = false;
        jobs_left_ = 0;
        ticks_until_next_ = kTicksBetween;
        return;
    }
    if (--jobs_left_ > 0) post_step();
}

}  // namespace spineseg
