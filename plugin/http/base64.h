// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// RFC 4648 section 4. Pure; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spineseg {

std::string to_base64(std::span<const std::uint8_t> bytes);
/// nullopt for any other character; the padding may be absent.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace spineseg
