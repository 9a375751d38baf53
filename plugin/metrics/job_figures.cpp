// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/job_figures.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/printable_text.h"
#include "core/volume.h"
#include "plugin/metrics/metric_names.h"
#include "plugin/metrics/scanner_maker.h"

namespace spineseg {
namespace {

using nlohmann::json;
using prometheus::Counter;
using prometheus::Family;
using prometheus::Histogram;
using Bounds = Histogram::BucketBoundaries;

constexpr std::size_t kMostModels = 16;  ///< with a label of their own
constexpr std::size_t kLongestLabel = 64;
constexpr double kLongestStage = 7 * 24 * 3600.0;  ///< seconds

const Bounds kWaitSeconds{1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
const Bounds kTurnaroundSeconds{10, 30, 60, 120, 300, 600, 1800, 3600, 14400, 86400};
const Bounds kStageSeconds{0.1, 0.5, 1, 2, 5, 10, 30, 60, 120, 300, 600, 1800};
/// What a good result says lies near 0.
const Bounds kUncertainties{0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5};
/// What a good result says lies near 1.
const Bounds kAgreements{0.5, 0.7, 0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.99};

/// The stages whose time the worker reports.
constexpr std::array kTimedStages{Stage::preprocessing, Stage::presegmentation, Stage::diffusion,
                                  Stage::postprocessing};
constexpr std::array kEnds{JobState::done, JobState::rejected, JobState::failed, JobState::canceled};
constexpr std::array kStructureList{Structure::canal, Structure::vertebra, Structure::disc};

template <typename Kind>
Family<Kind>& family(prometheus::detail::Builder<Kind> builder, const metric::Description& described,
                     prometheus::Registry& registry) {
    return builder.Name(described.name).Help(described.help).Register(registry);
}

double seconds_between(Timestamp from, Timestamp to) {
    return std::max(0.0, std::chrono::duration<double>(to - from).count());
}

/// A number of a foreign object, if it is one within these bounds.
std::optional<double> number_in(const json& object, std::string_view key, double most) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    if (!object.is_object() || found == object.end() || !found->is_number()) return std::nullopt;
    const double value = found->get<double>();
    return std::isfinite(value) && value >= 0 && value <= most ? std::optional(value) : std::nullopt;
}

const json& object_in(const json& object, std::string_view key) {
    static const json none;
    if (!object.is_object()) return none;
    const auto found = object.find(key);
    return found == object.end() ? none : *found;
}

}  // namespace

struct JobFigures::Families {
    explicit Families(prometheus::Registry& registry)
        : ended(family(prometheus::BuildCounter(), metric::kJobsEnded, registry)),
          errors(family(prometheus::BuildCounter(), metric::kJobErrors, registry)),
          verdicts(family(prometheus::BuildCounter(), metric::kVerdicts, registry)),
          wait(family(prometheus::BuildHistogram(), metric::kQueueWait, registry).Add({}, kWaitSeconds)),
          turnaround(family(prometheus::BuildHistogram(), metric::kTurnaround, registry)
                         .Add({}, kTurnaroundSeconds)) {
        auto& stage_family = family(prometheus::BuildHistogram(), metric::kStage, registry);
        for (const auto stage : kTimedStages) {
            const std::string name(to_string(stage));
            stages[name] = &stage_family.Add({{"stage", name}}, kStageSeconds);
        }
        auto& uncertain = family(prometheus::BuildHistogram(), metric::kUncertainty, registry);
        auto& agreeing = family(prometheus::BuildHistogram(), metric::kSampleAgreement, registry);
        for (const auto structure : kStructureList) {
            const std::string name(to_string(structure));
            uncertainty[name] = &uncertain.Add({{"structure", name}}, kUncertainties);
            agreement[name] = &agreeing.Add({{"structure", name}}, kAgreements);
        }
        // From the first scrape on, so that the first end is seen as an increase.
        for (const auto state : kEnds) ended.Add({{"state", std::string(to_string(state))}});
    }

    Family<Counter>& ended;
    Family<Counter>& errors;
    Family<Counter>& verdicts;
    Histogram& wait;
    Histogram& turnaround;
    std::map<std::string, Histogram*> stages;
    std::map<std::string, Histogram*> uncertainty;
    std::map<std::string, Histogram*> agreement;
};

JobFigures::JobFigures() : families_(std::make_unique<Families>(registry_)) {}
JobFigures::~JobFigures() = default;

std::string JobFigures::model_label(const std::string& model_id) {
    const auto name = printable(model_id, kLongestLabel);
    if (name.empty()) return "unknown";
    const MutexLock lock(mutex_);
    if (models_.size() < kMostModels) models_.insert(name);
    return models_.contains(name) ? name : "other";
}

void JobFigures::count(const MeasuredEnding& ended) {
    const JobEnding& one = ended.ending;
    families_->ended.Add({{"state", std::string(to_string(one.state))}}).Increment();
    if (error_code_from_string(one.error_code)) families_->errors.Add({{"code", one.error_code}}).Increment();
    if (!one.verdict.empty())
        families_->verdicts
            .Add({{"verdict", one.verdict},
                  {"model", model_label(one.model_id)},
                  {"manufacturer", std::string(scanner_maker(one.manufacturer))}})
            .Increment();
    count_times(ended);
    count_summary(ended.summary_json);
}

void JobFigures::count_times(const MeasuredEnding& ended) {
    const JobEnding& one = ended.ending;
    if (ended.first_started) families_->wait.Observe(seconds_between(one.queued, *ended.first_started));
    if (one.state == JobState::done || one.state == JobState::rejected)
        families_->turnaround.Observe(seconds_between(one.queued, one.finished));
}

void JobFigures::count_summary(const std::string& summary_json) {
    const auto summary = json::parse(summary_json, nullptr, false);
    for (const auto& [name, histogram] : families_->stages)
        if (const auto seconds = number_in(object_in(summary, "seconds"), name, kLongestStage))
            histogram->Observe(*seconds);
    const auto& structures = object_in(object_in(summary, "quality"), "structures");
    for (const auto& [name, histogram] : families_->uncertainty)
        if (const auto certainty = number_in(object_in(structures, name), "certainty", 1))
            histogram->Observe(1 - *certainty);
    // Fewer than two samples agree with nobody.
    if (number_in(summary, "samples", 1)) return;
    for (const auto& [name, histogram] : families_->agreement)
        if (const auto agreement = number_in(object_in(structures, name), "sample_agreement", 1))
            histogram->Observe(*agreement);
}

}  // namespace spineseg
