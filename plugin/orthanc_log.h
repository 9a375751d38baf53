// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Log over the SDK (an edge file). Any thread but a change callback that the submitter's thread runs in.

#include <orthanc/OrthancCPlugin.h>

#include "plugin/log.h"

namespace spineseg {

class OrthancLog final : public Log {
  public:
    explicit OrthancLog(OrthancPluginContext* context) : context_(context) {}
    void info(const std::string& line) override { OrthancPluginLogInfo(context_, text(line).c_str()); }
    void warning(const std::string& line) override { OrthancPluginLogWarning(context_, text(line).c_str()); }
    void error(const std::string& line) override { OrthancPluginLogError(context_, text(line).c_str()); }

  private:
    static std::string text(const std::string& line) { return "spineseg: " + line; }
    OrthancPluginContext* context_;
};

}  // namespace spineseg
