// SPDX-License-Identifier: GPL-3.0-or-later
/// Makes a queue's database with jobs that have ended. usage: spineseg_bench_ended_jobs FILE JOBS

#include <cstdio>
#include <cstdlib>

#include "tools/bench/sample_jobs.h"

int main(int argc, char** argv) {
    const int jobs = argc == 3 ? std::atoi(argv[2]) : 0;
    if (jobs <= 0) {
        std::fprintf(stderr, "usage: %s FILE JOBS\n", argv[0]);
        return 2;
    }
    if (const auto added = spineseg::add_ended_jobs(argv[1], jobs); !added) {
        std::fprintf(stderr, "%s\n", added.error().describe().c_str());
        return 1;
    }
    return 0;
}
