// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Messages ⇄ bytes. Frame: u32 little-endian length of what follows; u32 little-endian length of the JSON
/// header; the header (UTF-8 JSON object with "type"); the body (raw bytes, only for messages that carry
/// DICOM). Pure: no sockets. Sizes are checked before anything is allocated.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/wire/messages.h"

namespace spineseg::wire {

inline constexpr std::size_t kMaxFrameBytes = std::size_t{512}
                                              << 20;  ///< largest DICOM file that is passed on
inline constexpr std::size_t kMaxHeaderBytes = std::size_t{4} << 20;

std::vector<std::uint8_t> encode(const Message& message);

/// Turns a byte stream into messages. One object per direction of a session; not thread-safe.
class FrameParser {
  public:
    explicit FrameParser(std::size_t max_frame_bytes = kMaxFrameBytes) : max_frame_bytes_(max_frame_bytes) {}
    /// Appends what came from the socket.
    void feed(std::span<const std::uint8_t> bytes);
    /// The next complete message; nullopt when more bytes are needed; protocol_violation when the stream is
    /// broken (the parser must then be thrown away with its session).
    Result<std::optional<Message>> next();

  private:
    std::size_t max_frame_bytes_;
    std::vector<std::uint8_t> pending_;
    std::size_t consumed_ = 0;
};

}  // namespace spineseg::wire
