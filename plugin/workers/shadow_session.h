// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The part of a session that a shadow model's worker sees after its Hello: it gets jobs that are done, in the same words
/// as any worker, and what it sends passes the gate and goes no further. Nothing of it is stored; Segmentations are kept
/// in memory until the run ends. Blocks on the database and on Orthanc: work thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/wire/messages.h"
#include "plugin/intake/known_model.h"
#include "plugin/result_gate/result_gate.h"
#include "plugin/shadow/result_comparison.h"
#include "plugin/shadow/shadow_granting.h"
#include "plugin/workers/lease_progress.h"
#include "plugin/workers/session_context.h"

namespace spineseg {

class ShadowSession {
  public:
    /// `context` has shadows and a gate, and outlives the session.
    ShadowSession(const SessionContext& context, std::string worker, KnownModel model);

    bool holds_lease() const { return held_.has_value(); }
    SessionReply lease();
    SessionReply on(const wire::FetchInstance& fetch);
    SessionReply on(const wire::Renew& renew);
    SessionReply on(const wire::StoreResult& store);
    SessionReply on(const wire::Complete& complete);
    SessionReply on(const wire::Release& release);
    void end(SessionEnd how);
    /// Run, epoch and end of the lease.
    void show(ConnectedWorker& worker) const;

  private:
    struct Held {
        GrantedShadow granted;
        Job order;  ///< the shown job with the shadow's model: what the gate compares results with
        ResultOrder results;
        LeaseProgress progress;
        ShadowProduct product = {};
        std::size_t sent = 0;   ///< results
        std::size_t bytes = 0;  ///< of the Segmentations that are kept
    };

    Result<void> check_lease(const std::string& run, std::int64_t epoch) const;
    SessionReply lost_lease(const Error& why);
    SessionReply ended(JobStore& store, const ShadowEnd& end);
    SessionReply given_back(JobStore& store, const std::string& why, bool counts);
    SessionReply compared(JobStore& store);
    SessionReply not_compared(JobStore& store, const Error& why);
    SessionReply not_admitted(JobStore& store, const Error& why);
    SessionReply kept(JobStore& store, const wire::StoreResult& message);

    const SessionContext& context_;
    ShadowModels& shadows_;
    ShadowGranting granting_;
    const std::string worker_;
    const KnownModel model_;
    std::optional<Held> held_;
};

}  // namespace spineseg
