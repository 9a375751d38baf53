// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/intake/intake.h"

#include <chrono>
#include <utility>

#include "core/digest.h"
#include "plugin/http/asker.h"
#include "plugin/intake/known_model.h"
#include "plugin/results/found_results.h"
#include "plugin/results/missing_results.h"

namespace spineseg {

Intake::Intake(Archive& archive, EligibilityRules rules, IntakePlan plan, Log& log)
    : archive_(archive), rules_(std::move(rules)), plan_(std::move(plan)), log_(log) {}

Result<std::optional<Job>> Intake::consider(JobStore& store, const std::string& orthanc_series_id,
                                            std::vector<std::string>* instances) {
    if (auto known = check_memory(); !known) return failure(known.error());
    const auto tags = archive_.series(orthanc_series_id, rules_.images);
    if (!tags && tags.error().code == ErrorCode::not_found) return std::nullopt;
    if (!tags) return failure(tags.error());
    if (!tags->stable || tags->instances.empty()) return std::nullopt;
    if (instances != nullptr)
        for (const auto& instance : tags->instances) instances->push_back(instance.orthanc_id);
    if (auto renewed = renew_fingerprint(store, *tags); !renewed) return failure(renewed.error());
    const auto fingerprint = tags->fingerprint();
    const auto known = store.verdicts().of(orthanc_series_id);
    if (!known) return failure(known.error());
    if (*known && (*known)->fingerprint == fingerprint) {
        const auto settled = is_settled(store, *tags, **known);
        if (!settled) return failure(settled.error());
        if (*settled) {
            const bool stored_since = tags->last_update && *tags->last_update > (*known)->decided;
            const auto confirmed =
                stored_since ? store.verdicts().confirm(orthanc_series_id, JobStore::system_clock()())
                             : Result<void>();
            if (!confirmed) return failure(confirmed.error());
            return std::nullopt;
        }
    }

    if (auto canceled = cancel_superseded(store, *tags, fingerprint); !canceled)
        return failure(canceled.error());
    const auto verdict = judge(*tags, rules_);
    if (!*known) {
        const auto done = recovered(store, *tags, verdict);
        if (!done) return failure(done.error());
        if (done->has_value()) return std::nullopt;
    }
    std::optional<Job> job;
    if (verdict.eligible && plan_.segment_on_arrival) {
        HandRequest asked;
        asked.samples = plan_.samples;
        asked.steps = plan_.steps;
        auto enqueued = enqueue(store, *tags, asked, false);
        if (!enqueued) return failure(enqueued.error());
        const auto again = must_run_again(enqueued->job);
        if (!again) return failure(again.error());
        if (*again) enqueued = enqueue(store, *tags, asked, true);
        if (!enqueued) return failure(enqueued.error());
        job = std::move(enqueued->job);
        log_.info("series " + orthanc_series_id + " is eligible: job " + job->id);
    } else if (!verdict.eligible) {
        log_.info("series " + orthanc_series_id + " is ineligible by rule " + verdict.rule);
    }
    // The verdict last: if the plugin dies in between, the series is judged again and the unique key drops
    // the second job.
    if (auto recorded = record(store, *tags, verdict); !recorded) return failure(recorded.error());
    return job;
}

void Intake::set_lost_until(std::optional<Timestamp> time) {
    lost_until_ms_ = time ? time->time_since_epoch().count() : 0;
    waits_for_memory_ = false;
}

Result<void> Intake::check_memory() const {
    if (!waits_for_memory_) return {};
    return failure(ErrorCode::archive_unavailable,
                   "whether the database is the one that the archive has seen is not known yet");
}

/// False where none was lost.
bool Intake::was_before_the_loss(std::optional<Timestamp> time) const {
    return time && time->time_since_epoch().count() <= lost_until_ms_;
}

/// The job that ended before the database was lost, with what the archive holds of it.
Result<std::optional<Job>> Intake::recovered(JobStore& store, const SeriesTags& tags,
                                             const Eligibility& verdict) {
    if (!verdict.eligible || !was_before_the_loss(tags.last_update)) return std::nullopt;
    const auto results = found_results(archive_, tags, plan_.outputs, log_);
    if (!results) return failure(results.error());
    if (results->empty()) return std::nullopt;
    HandRequest asked;
    asked.samples = plan_.samples;
    asked.steps = plan_.steps;
    const auto done = store.record_done(new_job(tags, asked), *results);
    if (!done) return failure(done.error());
    if (done->state != JobState::done) return std::nullopt;  // it was asked for again since
    log_.warning("series " + tags.orthanc_series_id +
                 " has its results already, and the database that knew of them " + "is lost: job " +
                 done->id + " lists them");
    if (auto recorded = record(store, tags, verdict); !recorded) return failure(recorded.error());
    return std::optional<Job>(*done);
}

Result<bool> Intake::was_done_meanwhile(JobStore& store, const SeriesTags& tags, const Job& job) {
    if (!was_before_the_loss(job.created) || !job.results.empty()) return false;
    const auto done = recovered(store, tags, judge(tags, rules_));
    if (!done) return failure(done.error());
    if (!done->has_value()) return false;
    const auto canceled =
        store.cancel(job.id, "its series was done by a database that is lost: job " + (*done)->id);
    if (!canceled) return failure(canceled.error());
    return true;
}

Result<bool> Intake::was_done_again(JobStore& store, const Job& job) {
    if (job.state != JobState::done || !was_before_the_loss(job.finished)) return false;
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = job.orthanc_series_id, .limit = 1});
    if (!jobs) return failure(jobs.error());
    if (jobs->empty() || jobs->front().id != job.id) return false;
    const auto tags = archive_.series(job.orthanc_series_id, rules_.images);
    if (!tags && tags.error().code == ErrorCode::not_found) return false;
    if (!tags) return failure(tags.error());
    if (tags->fingerprint() != job.fingerprint) return false;
    const auto done = recovered(store, *tags, judge(*tags, rules_));
    if (!done) return failure(done.error());
    return done->has_value();
}

/// This very content had a job before. What matters is what the archive holds now.
Result<bool> Intake::must_run_again(const Job& job) {
    if (job.state != JobState::done) return is_final(job.state);
    const auto missing = missing_results(archive_, job);
    if (!missing) return failure(missing.error());
    return !missing->empty();
}

/// The content is that of the verdict. Orthanc may have stored it anew all the same, while nobody listened or
/// over what it held: then a job whose results are not there is run again. A canceled job stays canceled.
Result<bool> Intake::is_settled(JobStore& store, const SeriesTags& tags, const SeriesVerdict& known) {
    const auto judged = std::chrono::floor<std::chrono::seconds>(known.decided);
    if (!tags.last_update || *tags.last_update < judged) return true;
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = tags.orthanc_series_id});
    if (!jobs) return failure(jobs.error());
    for (const auto& job : *jobs) {
        if (job.fingerprint != known.fingerprint) continue;
        if (job.state == JobState::canceled) return true;
        const auto again = must_run_again(job);
        if (!again) return failure(again.error());
        return !*again;
    }
    return true;
}

Result<void> Intake::renew_fingerprint(JobStore& store, const SeriesTags& tags) {
    const auto old = tags.uid_fingerprint(), present = tags.fingerprint();
    if (old == present) return {};
    return store.renew_fingerprint(tags.orthanc_series_id, old, present, tags.last_update);
}

Result<Job> Intake::request(JobStore& store, const std::string& orthanc_series_id, const HandRequest& asked) {
    if (auto known = check_memory(); !known) return failure(known.error());
    const auto tags = archive_.series(orthanc_series_id, rules_.images);
    if (!tags) return failure(tags.error());
    if (tags->instances.empty()) return failure(ErrorCode::invalid_argument, "the series has no instances");
    const auto verdict = judge(*tags, rules_);
    if (!verdict.eligible && verdict.rule == "own_result")
        return failure(ErrorCode::invalid_argument, verdict.reason);
    if (!verdict.eligible && !asked.force)
        return failure(ErrorCode::invalid_argument,
                       verdict.reason + "; {\"Force\": true} runs it all the same");
    if (auto renewed = renew_fingerprint(store, *tags); !renewed) return failure(renewed.error());
    const auto known = store.verdicts().of(orthanc_series_id);
    if (!known) return failure(known.error());
    // So that the new results can replace those that the archive holds.
    if (!*known)
        if (auto done = recovered(store, *tags, verdict); !done) return failure(done.error());
    auto enqueued = enqueue(store, *tags, asked, true);
    if (!enqueued) return failure(enqueued.error());
    log_.info("series " + orthanc_series_id + " was asked for by " + described(asked.by.value_or(Asker{})) +
              ": job " + enqueued->job.id);
    if (auto recorded = record(store, *tags, verdict); !recorded) return failure(recorded.error());
    return std::move(enqueued->job);
}

Result<Job> Intake::cancel(JobStore& store, const std::string& job_id, const Asker& by) {
    auto job = store.cancel(job_id, "canceled on request", by);
    if (job) log_.warning("job " + job_id + " is canceled on request of " + described(by));
    return job;
}

Result<void> Intake::forget(JobStore& store, const std::string& orthanc_series_id) {
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = orthanc_series_id});
    if (!jobs) return failure(jobs.error());
    for (const auto& job : *jobs) {
        if (is_final(job.state)) continue;
        // It may have ended since it was listed: then there is nothing to cancel, and that is as good.
        const auto canceled = store.cancel(job.id, "its series was deleted from the archive");
        if (!canceled && canceled.error().code == ErrorCode::database_unavailable)
            return failure(canceled.error());
        log_.info("job " + job.id + " is canceled: its series was deleted");
    }
    return store.verdicts().forget(orthanc_series_id);
}

Result<Eligibility> Intake::explain(const std::string& orthanc_series_id, const EligibilityRules& rules) {
    const auto tags = archive_.series(orthanc_series_id, rules.images);
    if (!tags) return failure(tags.error());
    return judge(*tags, rules);
}

Eligibility Intake::judge(const SeriesTags& tags, const EligibilityRules& rules) const {
    auto verdict = decide_eligibility(tags, rules);
    if (verdict.eligible && tags.instances.size() > static_cast<std::size_t>(plan_.max_instances)) {
        verdict.eligible = false;
        verdict.rule = "too_many_instances";
        verdict.reason = "too_many_instances: " + std::to_string(tags.instances.size()) +
                         " instances, at most " + std::to_string(plan_.max_instances) + " are worked on";
    }
    return verdict;
}

Result<void> Intake::cancel_superseded(JobStore& store, const SeriesTags& tags,
                                       const std::string& fingerprint) {
    const auto jobs = store.jobs({.state = {}, .orthanc_series_id = tags.orthanc_series_id});
    if (!jobs) return failure(jobs.error());
    for (const auto& job : *jobs) {
        if (is_final(job.state) || job.fingerprint == fingerprint) continue;
        const auto canceled =
            store.cancel(job.id, "superseded: its series has another content now, and another job took over");
        if (!canceled && canceled.error().code == ErrorCode::database_unavailable)
            return failure(canceled.error());
        log_.info("job " + job.id + " is canceled: its series has another content now");
    }
    return {};
}

Result<Enqueued> Intake::enqueue(JobStore& store, const SeriesTags& tags, const HandRequest& asked,
                                 bool again) {
    const auto model = known_model(store);
    if (!model) return failure(model.error());
    NewJob job = new_job(tags, asked);
    job.model_id = model->id;
    job.model_digest = model->digest;
    return store.enqueue(job, again);
}

/// Of no model yet.
NewJob Intake::new_job(const SeriesTags& tags, const HandRequest& asked) const {
    NewJob job;
    job.orthanc_series_id = tags.orthanc_series_id;
    job.orthanc_study_id = tags.orthanc_study_id;
    job.series_instance_uid = tags.series_instance_uid;
    job.fingerprint = tags.fingerprint();
    job.request.samples = asked.samples;
    job.request.steps = asked.steps;
    job.request.seed = asked.seed.value_or(default_seed(tags.uid_fingerprint()));
    job.priority = asked.priority;
    job.max_attempts = plan_.max_attempts;
    job.by = asked.by;
    job.not_before = asked.not_before;
    job.scanner = {tags.value("Manufacturer"), tags.value("ManufacturerModelName")};
    return job;
}

Result<void> Intake::record(JobStore& store, const SeriesTags& tags, const Eligibility& verdict) {
    SeriesVerdict row;
    row.orthanc_series_id = tags.orthanc_series_id;
    row.series_instance_uid = tags.series_instance_uid;
    row.fingerprint = tags.fingerprint();
    row.eligible = verdict.eligible;
    row.reason = verdict.reason;
    row.decided = JobStore::system_clock()();
    return store.verdicts().record(row);
}

}  // namespace spineseg
