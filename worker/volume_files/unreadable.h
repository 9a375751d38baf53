// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>

#include "core/result.h"

namespace spineseg {

/// What the readers of files answer to one that they cannot read.
inline tl::unexpected<Error> unreadable(const std::string& reason) {
    return failure(ErrorCode::file_unreadable, reason);
}

}  // namespace spineseg
