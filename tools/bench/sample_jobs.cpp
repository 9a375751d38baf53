// SPDX-License-Identifier: GPL-3.0-or-later
#include "tools/bench/sample_jobs.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/digest.h"
#include "db/job_store.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr auto kSpan = std::chrono::hours(24 * 300);
constexpr auto kLease = std::chrono::minutes(5);
constexpr int kSeriesOfAStudy = 3;
constexpr int kStructures = 26, kMeasurements = 4;

/// 40 hexadecimal digits in five groups.
std::string orthanc_id(const std::string& name) {
    const auto digits = sha256_hex(name);
    std::string id;
    for (std::size_t at = 0; at < 40; at += 8) id += (at == 0 ? "" : "-") + digits.substr(at, 8);
    return id;
}

/// 12 KiB, which is what lumbar-fast reports of a phantom with eleven vertebrae.
std::string sample_summary() {
    json structures = json::array();
    for (int i = 0; i < kStructures; ++i) {
        json measurements = json::array();
        for (int k = 0; k < kMeasurements; ++k)
            measurements.push_back({{"quantity", "posterior_height"},
                                    {"uncertainty", 0.787},
                                    {"uncertainty_95", 1.653},
                                    {"unit", "mm"},
                                    {"value", 27.25 + 0.01 * (i + k)}});
        structures.push_back(
            {{"confidence", 0.848}, {"name", "L5 vertebra"}, {"measurements", measurements}});
    }
    return json{{"millilitres", {{"canal", 62.5}, {"disc", 86.7}, {"vertebra", 233.9}}},
                {"quality", {{"reason", ""}, {"score", 0.85}, {"verdict", "pass"}}},
                {"samples", 3},
                {"seconds", {{"diffusion", 2.47}, {"postprocessing", 1.52}, {"presegmentation", 2.81}}},
                {"steps", 1},
                {"structures", structures}}
        .dump();
}

ResultObject sample_result(int number, ResultKind kind, const std::string& sop_class) {
    const auto name = std::to_string(number) + "/" + std::string(to_string(kind));
    ResultObject object;
    object.kind = kind;
    object.sop_class_uid = sop_class;
    object.sop_instance_uid = "2.25.1" + std::to_string(seed_from(name)) + "0000000000000000";
    object.series_instance_uid = "2.25.2" + std::to_string(seed_from(name)) + "0000000000000000";
    object.orthanc_instance_id = orthanc_id(name + "/instance");
    object.orthanc_series_id = orthanc_id(name + "/series");
    return object;
}

Result<Job> end_job(JobStore& store, int number, const Job& job) {
    if (number % 100 == 4) return store.cancel(job.id);
    const auto lease = store.lease("bench", sample_model_digest(), kLease);
    if (!lease) return failure(lease.error());
    auto outcome = sample_outcome(number);
    if (number % 50 == 0)
        outcome = {JobState::rejected, Error{ErrorCode::quality_rejected, "no structure is certain"}, {}, {}};
    if (number % 50 == 1)
        outcome = {JobState::failed, Error{ErrorCode::result_differs, "the archive holds another"}, {}, {}};
    return store.complete(job.id, lease->value().epoch, outcome);
}

Result<void> add_ended_job(JobStore& store, int number, Timestamp now) {
    const auto asked = sample_job(number);
    const auto queued = store.enqueue(asked);
    if (!queued) return failure(queued.error());
    if (auto ended = end_job(store, number, queued->job); !ended) return failure(ended.error());
    return store.verdicts().record(
        {asked.orthanc_series_id, asked.series_instance_uid, asked.fingerprint, true, "", now});
}

}  // namespace

const std::string& sample_model_digest() {
    static const std::string digest = [] {
        std::string text;
        while (text.size() < 64) text += "ab";
        return text;
    }();
    return digest;
}

NewJob sample_job(int number) {
    const auto name = std::to_string(number);
    NewJob job;
    job.orthanc_series_id = orthanc_id("series " + name);
    job.orthanc_study_id = orthanc_id("study " + std::to_string(number / kSeriesOfAStudy));
    job.series_instance_uid = "1.2.826.0.1.3680043.8.498." + std::to_string(seed_from(name)) + "0000000000";
    job.fingerprint = sha256_hex(job.series_instance_uid);
    job.model_id = "raw";
    job.model_digest = sample_model_digest();
    job.request.seed = default_seed(job.fingerprint);
    return job;
}

Outcome sample_outcome(int number) {
    static const std::string summary = sample_summary();
    Outcome outcome;
    outcome.summary_json = summary;
    outcome.results = {
        sample_result(number, ResultKind::segmentation, "1.2.840.10008.5.1.4.1.1.66.4"),
        sample_result(number, ResultKind::parametric_map, "1.2.840.10008.5.1.4.1.1.30"),
        sample_result(number, ResultKind::measurement_report, "1.2.840.10008.5.1.4.1.1.88.34")};
    return outcome;
}

Result<void> add_ended_jobs(const std::filesystem::path& file, int count) {
    const auto end = JobStore::system_clock()();
    Timestamp now = end - kSpan;
    auto store = JobStore::open(file, [&now] { return now; });
    if (!store) return failure(store.error());
    for (int number = 0; number < count; ++number) {
        now = end - kSpan + std::chrono::duration_cast<std::chrono::milliseconds>(kSpan) * number / count;
        if (auto added = add_ended_job(**store, number, now); !added) return added;
    }
    return {};
}

}  // namespace spineseg
