// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a webhook is told of a job's end: ids of the job and of Orthanc, states, a code, the model and times. Never a tag of
/// an image, a UID, or a text that quotes one. Pure; any thread.

#include <string>

#include "db/job_endings.h"

namespace spineseg {

/// The same for every attempt to deliver this end, and for no other end.
std::string webhook_event_id(const JobEnding& ending);
/// JSON. `root` is that of our routes, with both slashes.
std::string webhook_body(const JobEnding& ending, const std::string& root);
/// The address without user, password, query and fragment: for logs and answers.
std::string shown_url(const std::string& url);

}  // namespace spineseg
