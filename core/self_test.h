// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The outcome of a model's self-test on the device and in the precision that a worker computes with. Values;
/// any thread.

#include <optional>
#include <string>
#include <string_view>

namespace spineseg {

enum class SelfTestState {
    not_run,  ///< not asked for: on a CPU in float32 it is what made the expected values
    absent,   ///< the bundle carries none
    passed,
    failed,  ///< what is computed here is not what the model computes: no job may be taken
};

struct SelfTestOutcome {
    SelfTestState state = SelfTestState::not_run;
    std::string detail;  ///< the figures, for people
    friend bool operator==(const SelfTestOutcome&, const SelfTestOutcome&) = default;
};

/// The enumerator's own spelling.
std::string_view to_string(SelfTestState state);
std::optional<SelfTestState> self_test_state_from_string(std::string_view name);

}  // namespace spineseg
