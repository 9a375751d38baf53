// SPDX-License-Identifier: GPL-3.0-or-later
/// Queue operations per second in a database as the plugin keeps it: WAL, synchronous=FULL, one file on this
/// disk. usage: spineseg_bench_queue FOLDER JOBS (the folder must exist; the database in it is made anew and
/// left there)

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/digest.h"
#include "db/job_store.h"

namespace {

using namespace spineseg;

template <typename T>
T must(Result<T> result) {
    if (result) return std::move(*result);
    std::fprintf(stderr, "%s\n", result.error().describe().c_str());
    std::exit(1);
}
void measure(const char* what, int count, const std::function<void(int)>& operation) {
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) operation(i);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::printf("  %-44s %10.0f per second\n", what, count / seconds);
}

NewJob numbered_job(int number) {
    NewJob job;
    job.orthanc_series_id = "series-" + std::to_string(number);
    job.orthanc_study_id = "study-" + std::to_string(number / 4);
    job.series_instance_uid = "2.25." + std::to_string(number);
    job.fingerprint = sha256_hex(job.series_instance_uid);
    job.model_id = "lumbar-fast";
    job.model_digest = sha256_hex("model");
    return job;
}

void run(const std::filesystem::path& folder, int jobs) {
    auto store = must(JobStore::open(folder / "queue.db"));
    const std::string model = sha256_hex("model");
    std::vector<Lease> leases;
    std::printf("queue, %d jobs, SQLite with synchronous=FULL\n", jobs);
    std::vector<std::string> ids;
    measure("enqueue", jobs, [&](int i) { ids.push_back(must(store->enqueue(numbered_job(i))).job.id); });
    measure("enqueue what is there already", jobs, [&](int i) { must(store->enqueue(numbered_job(i))); });
    measure("read one job", jobs, [&](int i) { must(store->job(ids[static_cast<std::size_t>(i)])); });
    measure("lease", jobs, [&](int) {
        leases.push_back(must(store->lease("bench", model, std::chrono::minutes(5))).value());
    });
    measure("renew with progress", jobs, [&](int i) {
        const auto& lease = leases[static_cast<std::size_t>(i)];
        must(store->renew(lease.job.id, lease.epoch, {Stage::diffusion, 0.5}, std::chrono::minutes(5)));
    });
    measure("complete", jobs, [&](int i) {
        const auto& lease = leases[static_cast<std::size_t>(i)];
        must(store->complete(lease.job.id, lease.epoch, Outcome{}));
    });
}

}  // namespace

int main(int argc, char** argv) {
    const int jobs = argc == 3 ? std::atoi(argv[2]) : 0;
    if (jobs <= 0) {
        std::fprintf(stderr, "usage: %s FOLDER JOBS\n", argv[0]);
        return 2;
    }
    run(argv[1], jobs);
    return 0;
}
