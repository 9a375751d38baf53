// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Job, Lease and Outcome: one series × one model, the timed right to work on it, and how it ended.
/// Plain values shared by plugin, database and worker.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace spineseg {

/// UTC wall clock, milliseconds: the resolution of the database and of REST.
using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

enum class JobState { queued, leased, done, rejected, failed, canceled };
std::string_view to_string(JobState state);
std::optional<JobState> job_state_from_string(std::string_view name);
/// done, rejected, failed and canceled: nobody works on the job. JobStore::enqueue() may queue it once more.
bool is_final(JobState state);

/// The worker's stages in their order. `Progress::fraction` counts within a stage.
enum class Stage {
    waiting,
    fetching,
    reading,
    preprocessing,
    presegmentation,
    diffusion,
    postprocessing,
    writing,
    storing
};
std::string_view to_string(Stage stage);
std::optional<Stage> stage_from_string(std::string_view name);

struct Progress {
    Stage stage = Stage::waiting;
    double fraction = 0.0;  ///< 0..1 within the stage
    friend bool operator==(const Progress&, const Progress&) = default;
};

/// What kind of DICOM object a result is.
enum class ResultKind {
    segmentation,
    parametric_map,
    measurement_report,
    contours,
    heat_map,
    disagreement_map,
    vertebra_parts
};
std::string_view to_string(ResultKind kind);
std::optional<ResultKind> result_kind_from_string(std::string_view name);

/// One stored result instance.
struct ResultObject {
    ResultKind kind = ResultKind::segmentation;
    std::string sop_class_uid;
    std::string sop_instance_uid;
    std::string series_instance_uid;
    std::string orthanc_instance_id;  ///< empty until Orthanc has stored it
    std::string orthanc_series_id;
    std::optional<Timestamp> missing = {};  ///< since when the archive has not held it; absent: it is there
    friend bool operator==(const ResultObject&, const ResultObject&) = default;
};

/// How a job ended, as the worker reports it. Everything but `done` carries an error.
struct Outcome {
    JobState state = JobState::done;  ///< done, rejected or failed
    std::optional<Error> error;
    std::vector<ResultObject> results;
    /// JSON object of figures worth showing (voxel counts, seconds per stage); may be empty.
    std::string summary_json;
    friend bool operator==(const Outcome&, const Outcome&) = default;
};

/// What is asked of the worker. Optional fields mean "as the model's manifest says".
struct SegmentRequest {
    std::optional<int> samples;
    std::optional<int> steps;
    std::uint64_t seed = 0;
    friend bool operator==(const SegmentRequest&, const SegmentRequest&) = default;
};

struct Job {
    std::string id;                 ///< UUID, lower case
    std::string orthanc_series_id;  ///< Orthanc's public id of the source series
    std::string orthanc_study_id;
    std::string series_instance_uid;
    std::string fingerprint;   ///< SHA-256 of what the series held, see eligibility/series_tags.h
    std::string model_id;      ///< e.g. "lumbar-fast"
    std::string model_digest;  ///< SHA-256 that the bundle's manifest and weights give together
    SegmentRequest request;
    JobState state = JobState::queued;
    int priority = 0;  ///< higher first
    int attempts = 0;  ///< leases handed out so far
    int max_attempts = 3;
    std::int64_t epoch = 0;  ///< fencing number of the newest lease
    std::string worker;      ///< name of the worker that holds or held the lease
    Progress progress;
    std::optional<Error> error;  ///< of the last attempt
    std::vector<ResultObject> results;
    std::string summary_json;
    Timestamp created{};
    std::optional<Timestamp> started;  ///< newest lease
    std::optional<Timestamp> finished;
    std::optional<Timestamp> lease_expires;
    std::optional<Timestamp> not_before;  ///< back-off after a failed attempt
};

/// The timed right to work on a job. Every later message carries the epoch; an old one is refused.
struct Lease {
    Job job;
    std::int64_t epoch = 0;
    Timestamp expires{};
};

}  // namespace spineseg
