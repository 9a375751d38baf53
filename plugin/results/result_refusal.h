// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is said of a result that the gate refuses. Work thread.

#include "core/wire/messages.h"
#include "db/job_store.h"
#include "plugin/log/log.h"

namespace spineseg {

/// A line in the journal and in the log, where the result itself is what is wrong: it breaks a rule, or the archive
/// holds another one. Of the message only a well-formed UID is shown.
void note_refusal(JobStore& store, Log& log, const wire::StoreResult& message, const Error& why);

}  // namespace spineseg
