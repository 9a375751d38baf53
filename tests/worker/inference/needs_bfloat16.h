// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// For tests of bfloat16: skips where the processor does not compute it, and leaves the reason in the case's
/// report, where tests/support/count_cases.py finds it.

#include <gtest/gtest.h>

#include "worker/inference/networks/precision.h"

#define SPINESEG_NEEDS_BFLOAT16()                                                       \
    if (const auto& bfloat16 = ::spineseg::cpu_bfloat16(); !bfloat16.works) {           \
        const std::string reason = "no bfloat16 on this processor: " + bfloat16.reason; \
        ::testing::Test::RecordProperty("skip_reason", reason);                         \
        GTEST_SKIP() << reason;                                                         \
    }
