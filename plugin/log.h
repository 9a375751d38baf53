// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Where the plugin's lines go: Orthanc's log in the product, a list in tests. Lines carry UIDs and Orthanc's
/// ids, never patient data. Any thread.

#include <string>

namespace spineseg {

class Log {
  public:
    virtual ~Log() = default;
    virtual void info(const std::string& line) = 0;
    virtual void warning(const std::string& line) = 0;
    virtual void error(const std::string& line) = 0;
};

}  // namespace spineseg
