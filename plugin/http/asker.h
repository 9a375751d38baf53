// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Who sent a request, for the journal. Pure; any thread.
///
/// The user's name is that of the header Authorization, where its scheme is Basic; nothing else of that header is kept.
/// Orthanc compares it with its RegisteredUsers where AuthenticationEnabled is true; elsewhere it is a claim and is
/// marked as one. For other schemes (a bearer token, which an authorisation plugin checks) Orthanc's SDK 1.10 hands out
/// no name, and the user stays empty.

#include "db/job_journal.h"
#include "plugin/http/http_messages.h"

namespace spineseg {

Asker asker_of(const HttpRequest& request);

/// "alice from 192.0.2.7", "somebody" where nothing is known.
std::string described(const Asker& asker);

}  // namespace spineseg
