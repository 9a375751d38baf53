// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// MetaImage with local data, in memory: bytes ⇄ Volume. Pure; read errors are file_unreadable or
/// non_finite_pixels and name the reason, not the file. Any thread.

#include <cstddef>
#include <span>
#include <string>

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

Result<Volume> decode_metaimage(std::span<const std::byte> file);

/// The header of a compressed volume, up to and including its last line.
std::string metaimage_header(const Geometry& geometry, const std::string& element_type,
                             std::size_t compressed_bytes);

}  // namespace spineseg
