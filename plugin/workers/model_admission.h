// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which models may serve. A worker says in its Hello which one it computes with; that is a claim, so this decides
/// about mistakes and trials, and the socket's users about strangers (docs/threat-model.md). Work thread.

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "db/job_store.h"
#include "plugin/intake/known_model.h"
#include "plugin/log/log.h"

namespace spineseg {

struct ModelPlan {
    /// Each a bundle or a folder of bundles. Looked into when a worker connects.
    std::vector<std::filesystem::path> folders;
    std::vector<std::string> digests;
    /// The configuration names folders or digests. Where it names none and the folders hold no bundle, the first
    /// model that serves stays the only one.
    bool named = false;
};

class ModelAdmission {
  public:
    explicit ModelAdmission(ModelPlan plan) : plan_(std::move(plan)) {}

    /// Before the model is adopted. invalid_configuration says how to admit it. A change of the model is a warning
    /// and an entry in the journal.
    Result<void> check(JobStore& store, Log& log, const KnownModel& model);
    /// The same of a shadow model, which does not become the model that is shown.
    Result<void> check_shadow(JobStore& store, Log& log, const KnownModel& model);

  private:
    Result<void> admit(const KnownModel& known, const KnownModel& model) const;
    Result<KnownModel> admitted_beside(JobStore& store, Log& log, const KnownModel& model);
    std::vector<KnownModel> installed() const;

    const ModelPlan plan_;
    std::set<std::string> told_;  ///< refused digests that stand in the log already
};

}  // namespace spineseg
