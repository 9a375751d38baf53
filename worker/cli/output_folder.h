// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Files that a command leaves behind; every failure is file_unwritable and names the file.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "core/result.h"

namespace spineseg {

/// Made with its parents.
Result<void> make_output_folder(const std::filesystem::path& folder);
Result<void> write_bytes(std::span<const std::uint8_t> bytes, const std::filesystem::path& file);
Result<void> write_text(std::string_view text, const std::filesystem::path& file);

}  // namespace spineseg
