// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Every metric that the plugin has: the one place that says a name. packaging/monitoring uses these names; a test compares
/// them with what a running plugin answers. Counters and histograms count from the plugin's start, as Prometheus expects,
/// except those of webhooks, which the database keeps. Labels have few values, and none holds patient data or a UID.

namespace spineseg::metric {

struct Description {
    const char* name;
    const char* help;
};

// Of jobs that ended (plugin/metrics/job_figures.cpp).
inline constexpr Description kJobsEnded{"spineseg_jobs_ended_total", "Jobs that ended, by state"};
inline constexpr Description kJobErrors{"spineseg_job_errors_total",
                                        "Jobs that ended with an error, by its code"};
inline constexpr Description kVerdicts{"spineseg_verdicts_total",
                                       "Quality verdicts, by model and the scanner's manufacturer"};
inline constexpr Description kQueueWait{"spineseg_queue_wait_seconds",
                                        "From queueing to the first attempt, of jobs that ended"};
inline constexpr Description kTurnaround{"spineseg_turnaround_seconds",
                                         "From queueing to the end, of jobs that were done or rejected"};
inline constexpr Description kStage{"spineseg_stage_seconds",
                                    "Time of a worker's stage, of jobs that were done"};
inline constexpr Description kUncertainty{"spineseg_uncertainty",
                                          "Mean uncertainty over a structure (1 - certainty), 0 to 1"};
inline constexpr Description kSampleAgreement{"spineseg_sample_agreement",
                                              "Mean pairwise Dice of the samples of a structure, 0 to 1"};

// Of the present (plugin/metrics/state_figures.cpp).
inline constexpr Description kBuild{"spineseg_build_info", "Versions of the plugin and of Orthanc"};
inline constexpr Description kStart{"spineseg_start_time_seconds", "When the plugin started, Unix time"};
inline constexpr Description kJobs{"spineseg_jobs", "Jobs in the database, by state"};
inline constexpr Description kOldestQueued{"spineseg_queue_oldest_seconds",
                                           "How long the job has waited that waits longest; 0: none waits"};
inline constexpr Description kQueueMode{"spineseg_queue_mode",
                                        "1: the queue is in that mode; paused and draining grant no lease"};
inline constexpr Description kWorkersConnected{"spineseg_workers_connected", "Workers that are connected"};
inline constexpr Description kWorkersBusy{"spineseg_workers_busy", "Workers that have a job"};
inline constexpr Description kSelfTests{"spineseg_worker_self_tests",
                                        "Connected workers, by the outcome of their self-test"};
inline constexpr Description kDatabaseUp{"spineseg_database_up",
                                         "1: the queue's database can be read and written"};
inline constexpr Description kDiskFree{"spineseg_disk_free_bytes", "Space that is left where a folder lies"};
inline constexpr Description kDiskSize{"spineseg_disk_size_bytes",
                                       "Size of the file system where a folder lies"};
inline constexpr Description kWebhookWaiting{"spineseg_webhook_waiting",
                                             "Messages that a webhook has not taken yet"};
inline constexpr Description kWebhookOldest{
    "spineseg_webhook_oldest_seconds", "Age of the oldest message that a webhook has not taken; 0: none"};
inline constexpr Description kWebhookDelivered{"spineseg_webhook_delivered_total",
                                               "Messages that a webhook has taken"};
inline constexpr Description kWebhookGivenUp{"spineseg_webhook_given_up_total",
                                             "Messages that a webhook has refused or not taken in time"};

}  // namespace spineseg::metric
