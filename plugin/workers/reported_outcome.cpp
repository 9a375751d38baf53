// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/reported_outcome.h"

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "core/printable_text.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxSummaryBytes = 64 * 1024;

}  // namespace

Outcome bounded_outcome(Outcome outcome) {
    if (outcome.error) outcome.error->detail = printable(outcome.error->detail, kMaxDetailBytes);
    nlohmann::json summary;
    if (outcome.summary_json.size() <= kMaxSummaryBytes)
        summary = nlohmann::json::parse(outcome.summary_json, nullptr, false);
    nlohmann::json printed = summary;
    make_printable(printed);
    if (!summary.is_object())
        outcome.summary_json.clear();
    else if (printed != summary)
        outcome.summary_json = dump_json(printed);
    outcome.results.clear();
    return outcome;
}

Result<void> check_outcome(const Outcome& outcome, std::size_t stored) {
    const auto wrong = [](const char* why) { return failure(ErrorCode::invalid_argument, why); };
    if (outcome.state == JobState::done) {
        if (stored == 0) return wrong("done, but no result was stored");
        return {};
    }
    if (outcome.state != JobState::rejected && outcome.state != JobState::failed)
        return wrong("not an end of a job");
    if (!outcome.error) return wrong("an outcome that is not done needs an error");
    return {};
}

}  // namespace spineseg
