// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/daemon/compute_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

namespace spineseg {
namespace compute_thread_test {

TEST(ComputeThread, TasksRunInOrderOnOneOtherThread) {
    ComputeThread compute;
    std::vector<int> order;
    std::vector<std::thread::id> threads;
    for (int i = 0; i < 3; ++i) {
        compute.post([&, i] {
            order.push_back(i);
            threads.push_back(std::this_thread::get_id());
        });
    }
    compute.run([] {});
    EXPECT_EQ(order, (std::vector{0, 1, 2}));
    EXPECT_NE(threads[0], std::this_thread::get_id());
    EXPECT_EQ(threads[0], threads[2]);
}

TEST(ComputeThread, RunBringsTheTasksExceptionBack) {
    ComputeThread compute;
    EXPECT_THROW(compute.run([] { throw std::runtime_error("no model"); }), std::runtime_error);
    bool still_alive = false;
    compute.run([&] { still_alive = true; });
    EXPECT_TRUE(still_alive);
}

TEST(ComputeThread, ClosingWaitsForTheTaskThatRuns) {
    std::atomic<bool> finished = false;
    {
        ComputeThread compute;
        std::atomic<bool> begun = false;
        compute.post([&] {
            begun = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(50));
            finished = true;
        });
        while (!begun) std::this_thread::yield();
    }
    EXPECT_TRUE(finished);
}

}  // namespace compute_thread_test
}  // namespace spineseg
