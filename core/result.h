// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Result<T>: a value, or an Error that the caller can act upon. Where the caller can only give up, we throw.

#include <string_view>
#include <tl/expected.hpp>
#include <utility>

#include "core/error.h"

namespace spineseg {

template <typename T>
using Result = tl::expected<T, Error>;

/// `return failure(ErrorCode::missing_slices, "…");` from any function that returns a Result.
inline tl::unexpected<Error> failure(ErrorCode code, std::string_view detail) {
    return tl::make_unexpected(Error{code, detail});
}
inline tl::unexpected<Error> failure(Error error) {
    return tl::make_unexpected(std::move(error));
}

inline tl::unexpected<Error> wrong_argument(std::string_view detail) {
    return failure(ErrorCode::invalid_argument, detail);
}

}  // namespace spineseg
