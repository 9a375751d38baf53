// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/result_refusal.h"

#include "plugin/log/journal.h"

namespace spineseg {
namespace {

std::string shown_uid(const std::string& uid) {
    const bool plain = !uid.empty() && uid.find_first_not_of("0123456789.") == std::string::npos;
    return plain ? uid : "an object without a UID";
}

}  // namespace

void note_refusal(JobStore& store, Log& log, const wire::StoreResult& message, const Error& why) {
    if (why.code != ErrorCode::protocol_violation && why.code != ErrorCode::result_differs) return;
    write_journal(store, log,
                  {message.job, "not stored", shown_uid(message.object.sop_instance_uid), why.detail, {}});
}

}  // namespace spineseg
