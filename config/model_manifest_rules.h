// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a manifest must hold together beyond the types and ranges of single fields. Include from this
/// folder's sources only.

#include <optional>
#include <string>

#include "config/model_manifest.h"

namespace spineseg {

/// The first rule that the manifest breaks, beginning with the field's name; nothing where all hold.
std::optional<std::string> broken_rule(const ModelManifest& manifest);

}  // namespace spineseg
