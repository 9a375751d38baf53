// SPDX-License-Identifier: GPL-3.0-or-later
/// Queue operations per second in a database as the plugin keeps it: WAL, synchronous=FULL, one file on this
/// disk. usage: spineseg_bench_queue FILE JOBS (made anew where there is none, and left there; jobs that it holds
/// already stay)

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <type_traits>
#include <vector>

#include "db/job_store.h"
#include "tools/bench/sample_jobs.h"

namespace {

using namespace spineseg;

template <typename T>
T must(Result<T> result) {
    if constexpr (std::is_void_v<T>) {
        if (result) return;
    } else {
        if (result) return std::move(*result);
    }
    std::fprintf(stderr, "%s\n", result.error().describe().c_str());
    std::exit(1);
}

/// Jobs of the file's own begin at 0.
constexpr int kFirst = 10'000'000;
constexpr auto kLease = std::chrono::minutes(5);

void measure(const char* what, int count, const std::function<void(int)>& operation) {
    using Clock = std::chrono::steady_clock;
    std::vector<double> milliseconds;
    for (int i = 0; i < count; ++i) {
        const auto start = Clock::now();
        operation(i);
        milliseconds.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
    }
    double total = 0;
    for (const double one : milliseconds) total += one;
    std::sort(milliseconds.begin(), milliseconds.end());
    std::printf("  %-44s %10.0f per second, p99 %8.3f ms\n", what, 1e3 * count / total,
                milliseconds[milliseconds.size() * 99 / 100]);
}

void run_steps(JobStore& store, int jobs) {
    std::vector<Lease> leases;
    std::vector<std::string> ids;
    measure("enqueue", jobs,
            [&](int i) { ids.push_back(must(store.enqueue(sample_job(kFirst + i))).job.id); });
    measure("enqueue what is there already", jobs,
            [&](int i) { must(store.enqueue(sample_job(kFirst + i))); });
    measure("read one job", jobs, [&](int i) { must(store.job(ids[static_cast<std::size_t>(i)])); });
    measure("lease", jobs, [&](int) {
        leases.push_back(must(store.lease("bench", sample_model_digest(), kLease)).value());
    });
    measure("renew with progress", jobs, [&](int i) {
        const auto& lease = leases[static_cast<std::size_t>(i)];
        must(store.renew(lease.job.id, lease.epoch, {Stage::diffusion, 0.5}, kLease));
    });
    measure("complete", jobs, [&](int i) {
        const auto& lease = leases[static_cast<std::size_t>(i)];
        must(store.complete(lease.job.id, lease.epoch, Outcome{}));
    });
    measure("jobs of a series", jobs, [&](int i) {
        must(store.jobs({.orthanc_series_id = sample_job(kFirst + i).orthanc_series_id}));
    });
    measure("count by state", jobs, [&](int) { must(store.counts()); });
}

/// One job after the other through its whole life.
void run_lives(JobStore& store, int jobs) {
    const auto first = kFirst + jobs;
    measure("job: enqueue, lease, complete", jobs, [&](int i) {
        const auto job = must(store.enqueue(sample_job(first + i))).job;
        const auto lease = must(store.lease("bench", sample_model_digest(), kLease)).value();
        must(store.complete(job.id, lease.epoch, Outcome{}));
    });
    measure("the same, renewal, 3 results, summary", jobs, [&](int i) {
        const auto job = must(store.enqueue(sample_job(first + jobs + i))).job;
        const auto lease = must(store.lease("bench", sample_model_digest(), kLease)).value();
        must(store.renew(job.id, lease.epoch, {Stage::diffusion, 0.5}, kLease));
        const auto outcome = sample_outcome(first + jobs + i);
        for (const auto& object : outcome.results) must(store.add_result(job.id, lease.epoch, object, true));
        must(store.complete(job.id, lease.epoch, outcome));
    });
}

void run(const std::filesystem::path& file, int jobs) {
    auto store = must(JobStore::open(file));
    const auto counts = must(store->counts());
    const int ended = counts.done + counts.rejected + counts.failed + counts.canceled + counts.deleted;
    std::printf("queue, %d jobs beside %d that have ended, SQLite with synchronous=FULL\n", jobs, ended);
    run_steps(*store, jobs);
    run_lives(*store, jobs);
}

}  // namespace

int main(int argc, char** argv) {
    const int jobs = argc == 3 ? std::atoi(argv[2]) : 0;
    if (jobs <= 0) {
        std::fprintf(stderr, "usage: %s FILE JOBS\n", argv[0]);
        return 2;
    }
    run(argv[1], jobs);
    return 0;
}
