// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/job.h"

#include <array>

namespace spineseg {
namespace {

// One array per enumeration, in its order.
constexpr std::array<std::string_view, 6> kStates{"queued",   "leased", "done",
                                                  "rejected", "failed", "canceled"};
constexpr std::array<std::string_view, 9> kStages{"waiting",        "fetching",        "reading",
                                                  "preprocessing",  "presegmentation", "diffusion",
                                                  "postprocessing", "writing",         "storing"};
constexpr std::array<std::string_view, 7> kResultKinds{
    "segmentation", "parametric_map",   "measurement_report", "contours",
    "heat_map",     "disagreement_map", "vertebra_parts"};

static_assert(kStates.size() == static_cast<std::size_t>(JobState::canceled) + 1);
static_assert(kStages.size() == static_cast<std::size_t>(Stage::storing) + 1);
static_assert(kResultKinds.size() == static_cast<std::size_t>(ResultKind::vertebra_parts) + 1);

template <typename Enum, std::size_t N>
std::optional<Enum> find(const std::array<std::string_view, N>& names, std::string_view name) {
    for (std::size_t i = 0; i < N; ++i) {
        if (names[i] == name) return static_cast<Enum>(i);
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(JobState state) {
    return kStates.at(static_cast<std::size_t>(state));
}
std::optional<JobState> job_state_from_string(std::string_view name) {
    return find<JobState>(kStates, name);
}

bool is_final(JobState state) {
    return state != JobState::queued && state != JobState::leased;
}

std::string_view to_string(Stage stage) {
    return kStages.at(static_cast<std::size_t>(stage));
}
std::optional<Stage> stage_from_string(std::string_view name) {
    return find<Stage>(kStages, name);
}

std::string_view to_string(ResultKind kind) {
    return kResultKinds.at(static_cast<std::size_t>(kind));
}
std::optional<ResultKind> result_kind_from_string(std::string_view name) {
    return find<ResultKind>(kResultKinds, name);
}

}  // namespace spineseg
