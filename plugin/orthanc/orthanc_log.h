// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Log over the SDK (an edge file). Any thread but a change callback that the submitter's thread runs in.

#include <orthanc/OrthancCPlugin.h>

#include "plugin/log/log.h"

namespace spineseg {

class OrthancLog final : public Log {
  public:
    explicit OrthancLog(OrthancPluginContext* context) : context_(context) {}

  private:
    void write(Level level, const std::string& line) override {
        const std::string text = "spineseg: " + line;
        if (level == Level::info) OrthancPluginLogInfo(context_, text.c_str());
        if (level == Level::warning) OrthancPluginLogWarning(context_, text.c_str());
        if (level == Level::error) OrthancPluginLogError(context_, text.c_str());
    }

    OrthancPluginContext* context_;
};

}  // namespace spineseg
