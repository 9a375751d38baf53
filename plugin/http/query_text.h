// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Keys and values of a query string: Orthanc 1.10 hands them to plugins as they were sent. Pure; any thread.

#include <string>
#include <string_view>

namespace spineseg {

/// %2C becomes a comma and + a blank; a % that no two hexadecimal digits follow stays.
std::string query_text(std::string_view sent);

}  // namespace spineseg
