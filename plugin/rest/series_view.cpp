// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/series_view.h"

#include <nlohmann/json.hpp>

#include "plugin/rest/job_view.h"

namespace spineseg {
namespace {

using nlohmann::json;

void show_verdict(const SeriesState& state, json& view) {
    if (state.verdict) {
        view["SeriesInstanceUID"] = state.verdict->series_instance_uid;
        view["Eligible"] = state.verdict->eligible;
        view["Reason"] = state.verdict->reason;
        view["Decided"] = iso8601(state.verdict->decided);
        // eligible: SegmentOnArrival is false
        view["State"] = state.verdict->eligible ? "eligible" : "ineligible";
        return;
    }
    view["State"] = "waiting";
    if (!state.preview || !*state.preview) return;
    view["Eligible"] = (*state.preview)->eligible;
    view["Reason"] = (*state.preview)->reason;
}

std::string reason_of(const Job& job) {
    if (job.error) return job.error->describe();
    const int missing = missing_count(job);
    if (missing == 0 || job.state != JobState::done) return {};
    if (missing == static_cast<int>(job.results.size()))
        return "the results were deleted from the archive; POST /series/{id}/segment makes them again";
    return std::to_string(missing) + " of " + std::to_string(job.results.size()) +
           " results are not in the archive";
}

}  // namespace

json listed_verdict_json(const ListedVerdict& listed) {
    const auto& verdict = listed.verdict;
    const auto rule = verdict.eligible ? std::string() : verdict.reason.substr(0, verdict.reason.find(':'));
    return {{"ID", verdict.orthanc_series_id},
            {"State", listed.job         ? public_state(*listed.job)
                      : verdict.eligible ? std::string_view("eligible")
                                         : std::string_view("ineligible")},
            {"Eligible", verdict.eligible},
            {"Rule", rule},
            {"Reason", verdict.reason},
            {"SeriesInstanceUID", verdict.series_instance_uid},
            {"Time", iso8601(verdict.decided)}};
}

json series_view(const SeriesState& state, const std::string& root) {
    json view{{"ID", state.id},
              {"Jobs", json::array()},
              {"Results", json::array()},
              {"CopiedResults", copied_json(state.copied)},
              {"Reason", ""},
              {"Job", nullptr}};
    for (const auto& job : state.jobs) view["Jobs"].push_back(job.id);
    show_verdict(state, view);
    if (!state.jobs.empty()) {
        const Job& job = state.jobs.front();
        view["Job"] = job_json(job, root);
        view["Results"] = results_json(job);
        if (state.verdict || !is_final(job.state)) {
            view["State"] = public_state(job);
            if (auto reason = reason_of(job); !reason.empty()) view["Reason"] = std::move(reason);
        }
    }
    const bool gone = state.preview && !*state.preview && state.preview->error().code == ErrorCode::not_found;
    if (gone) {
        view["State"] = "gone";
        view["Reason"] = "the series is not in the archive";
    }
    return view;
}

}  // namespace spineseg
