// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/self_test.h"

#include <array>

namespace spineseg {
namespace {

constexpr std::array<std::string_view, 4> kSelfTestStates{"not_run", "absent", "passed", "failed"};

}  // namespace

std::string_view to_string(SelfTestState state) {
    return kSelfTestStates.at(static_cast<std::size_t>(state));
}

std::optional<SelfTestState> self_test_state_from_string(std::string_view name) {
    for (std::size_t i = 0; i < kSelfTestStates.size(); ++i)
        if (kSelfTestStates[i] == name) return static_cast<SelfTestState>(i);
    return std::nullopt;
}

}  // namespace spineseg
