// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What happens to results once a job is done: older results of the same series and copies of results beside
/// them are kept or deleted, and the new ones go on to where the configuration says, by Orthanc's own jobs
/// (which it retries and shows in its own list). Where SendReview is false, only results with the quality
/// verdict "pass" go on. Everything done is written into the journal; what fails is logged and written there
/// too, and changes nothing about the job. Blocks on the database and on Orthanc: work thread.

#include <vector>

#include "core/result_types.h"
#include "db/job_store.h"
#include "plugin/archive/archive.h"
#include "plugin/log/log.h"
#include "plugin/results/copied_results.h"
#include "plugin/results/outcome_labels.h"

namespace spineseg {

struct DeliveryPlan {
    std::vector<Destination> destinations;
    SupersededPolicy superseded = SupersededPolicy::keep;
    bool send_review = true;  ///< results whose quality verdict is not "pass" go on, too
    bool labels = true;       ///< series and study get labels that say how the job ended
};

class Delivery {
  public:
    Delivery(Archive& archive, Log& log, DeliveryPlan plan)
        : archive_(archive),
          log_(log),
          plan_(std::move(plan)),
          copied_(archive, log, plan_.superseded),
          labels_(archive, log) {}

    /// `job` is done and carries its results. `before` are results that an earlier run of the same job had
    /// recorded.
    void deliver(JobStore& store, const Job& job, const std::vector<ResultObject>& before = {});
    /// A job is about to be done with these results: what it replaces by the policy is noted in the archive, so that it
    /// is deleted whatever breaks meanwhile (plugin/results/storing_notes.h). `before` as above.
    Result<void> announce(JobStore& store, const Job& job, const std::vector<ResultObject>& results,
                          const std::vector<ResultObject>& before);
    /// Of a job that has ended, however it did.
    void label(const Job& job) {
        if (plan_.labels) labels_.show(job);
    }
    CopiedResults& copied() { return copied_; }

  private:
    struct Superseded {
        std::string job_id;  ///< empty: of another database
        ResultObject result;
    };
    Result<std::vector<Superseded>> superseded(JobStore& store, const Job& job,
                                               const std::vector<ResultObject>& results,
                                               const std::vector<ResultObject>& before);
    void remove_superseded(JobStore& store, const Job& job, const std::vector<ResultObject>& before);
    void remove(JobStore& store, const Job& job, const std::string& older_id, const ResultObject& result);
    bool held_back(JobStore& store, const Job& job);
    void send(JobStore& store, const Job& job, const Destination& destination);
    void note(JobStore& store, const Job& job, const std::string& action, const std::string& subject,
              const std::string& detail);

    Archive& archive_;
    Log& log_;
    DeliveryPlan plan_;
    CopiedResults copied_;
    OutcomeLabels labels_;
};

}  // namespace spineseg
