// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// How a message to a webhook is signed: as Standard Webhooks says (standardwebhooks.com), so that receivers can check it
/// with a library. HMAC is RFC 2104 over SHA-256. Pure but for read_webhook_secret(); any thread.

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"

namespace spineseg {

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view text);

/// The key that a file holds: "whsec_" and base64, or the text itself without the line's end. 24 to 256 bytes.
/// invalid_configuration says which file, never what is in it.
Result<std::string> read_webhook_secret(const std::filesystem::path& file);

/// "v1,BASE64" of "ID.SECONDS.BODY", for the header webhook-signature.
std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t seconds,
                              std::string_view body);

}  // namespace spineseg
