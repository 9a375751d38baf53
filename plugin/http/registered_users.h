// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether Orthanc's configuration lets in only who has a password of his own. Pure; any thread.

#include <nlohmann/json_fwd.hpp>

#include "core/result.h"

namespace spineseg {

/// Whether Orthanc compares passwords (since its version 1.5.8): who lets other machines in asks for them, unless the
/// configuration says otherwise.
bool asks_for_passwords(const nlohmann::json& configuration);

/// invalid_configuration with a sentence where Orthanc asks for no password, where RegisteredUsers names nobody
/// (Orthanc then lets in the user "orthanc" with the password "orthanc"), or where a password is empty or the user's
/// own name.
Result<void> check_registered_users(const nlohmann::json& configuration);

}  // namespace spineseg
