// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/reopening_store.h"

#include <system_error>
#include <utility>

namespace spineseg {
namespace {

/// For the connection, and once more for the lock: together below a fifth of a second.
constexpr auto kRoutesPatience = std::chrono::milliseconds(95);
constexpr auto kWaitForTheFile = std::chrono::seconds(10);

QueuePolicy with_signal(QueuePolicy policy) {
    policy.written = std::make_shared<WriteSignal>();
    return policy;
}

}  // namespace

ReopeningStore::ReopeningStore(std::filesystem::path file, JobStore::Clock clock, QueuePolicy policy)
    : file_(std::move(file)), clock_(std::move(clock)), policy_(with_signal(std::move(policy))) {}

/// What is returned is closed by the caller, outside of the mutex.
ReopeningStore::Open ReopeningStore::give_up_unusable() const {
    if (!open_.work || (open_.work->is_usable() && open_.routes->is_usable())) return {};
    old_work_ = open_.work;
    old_routes_ = open_.routes;
    why_not_ = {ErrorCode::database_unavailable,
                file_.string() + ": the file was moved, replaced or damaged while it was open"};
    return std::exchange(open_, {});
}

Result<void> ReopeningStore::wait_for_the_file() {
    std::error_code unknown;
    if (openings_ == 0 || std::filesystem::exists(file_, unknown)) {
        missing_since_.reset();
        return {};
    }
    const auto now = std::chrono::steady_clock::now();
    if (!missing_since_) missing_since_ = now;
    if (now - *missing_since_ >= kWaitForTheFile) return {};
    return failure(ErrorCode::database_unavailable,
                   file_.string() + " has gone; a new one is made soon unless it comes back");
}

Result<void> ReopeningStore::open() {
    Open closing;
    {
        const MutexLock lock(mutex_);
        closing = give_up_unusable();
        if (open_.work) return {};
        if (!closing.work && (!old_work_.expired() || !old_routes_.expired()))
            return failure(ErrorCode::database_unavailable,
                           file_.string() + ": the old file is still in use");
        if (auto there = wait_for_the_file(); !there) {
            why_not_ = there.error();
            return there;
        }
    }
    closing = {};
    // May wait for a locked file: not under the mutex that routes need.
    auto work = JobStore::open(file_, clock_, policy_);
    QueuePolicy patient = policy_;
    patient.busy_timeout = kRoutesPatience;
    patient.checked = true;
    auto routes = work ? JobStore::open(file_, clock_, patient) : decltype(work)(failure(work.error()));
    const MutexLock lock(mutex_);
    if (!routes) {
        why_not_ = routes.error();
        return failure(routes.error());
    }
    open_ = {std::move(*work), std::move(*routes)};
    missing_since_.reset();
    ++openings_;
    return {};
}

Result<std::shared_ptr<JobStore>> ReopeningStore::get() const {
    Open closing;
    const MutexLock lock(mutex_);
    closing = give_up_unusable();
    if (!open_.work) return failure(why_not_);
    return open_.work;
}

Result<std::shared_ptr<JobStore>> ReopeningStore::for_routes() const {
    Open closing;
    const MutexLock lock(mutex_);
    closing = give_up_unusable();
    if (!open_.routes) return failure(why_not_);
    return open_.routes;
}

int ReopeningStore::openings() const {
    const MutexLock lock(mutex_);
    return openings_;
}

void ReopeningStore::set_fault(std::optional<Error> fault) {
    const MutexLock lock(mutex_);
    fault_ = std::move(fault);
}

std::optional<Error> ReopeningStore::fault() const {
    const MutexLock lock(mutex_);
    return fault_;
}

}  // namespace spineseg
