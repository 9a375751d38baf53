// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The folders that make_nnunet_fixtures.py wrote.

#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/result.h"

namespace spineseg::testing {

inline std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(SPINESEG_SOURCE_DIR) / "tests/worker/inference/nnunet/fixtures" / name;
}

/// What a test cannot go on without.
template <typename T>
T required(Result<T> result) {
    if (!result) throw std::runtime_error(result.error().detail);
    return std::move(*result);
}

}  // namespace spineseg::testing
