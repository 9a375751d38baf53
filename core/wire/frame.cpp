// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/frame.h"

#include <stdexcept>
#include <string>

#include "core/wire/message_json.h"

namespace spineseg::wire {
namespace {

constexpr std::size_t kLengthBytes = 4;

void append_u32(std::vector<std::uint8_t>& out, std::size_t value) {
    for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

std::size_t read_u32(std::span<const std::uint8_t> bytes) {
    return std::size_t{bytes[0]} | std::size_t{bytes[1]} << 8 | std::size_t{bytes[2]} << 16 |
           std::size_t{bytes[3]} << 24;
}

std::string limit_text(std::size_t value, std::size_t limit) {
    return std::to_string(value) + " bytes, at most " + std::to_string(limit) + " are allowed";
}

}  // namespace

std::vector<std::uint8_t> encode(const Message& message) {
    const std::string header = write_header(message);
    const auto* body = body_of(message);
    const std::size_t body_size = body != nullptr ? body->size() : 0;
    const std::size_t length = kLengthBytes + header.size() + body_size;
    // The peer would refuse it and hang up: whoever built such a message has to bound it first.
    if (header.size() > kMaxHeaderBytes || length > kMaxFrameBytes) {
        throw std::length_error("a message of " + limit_text(length, kMaxFrameBytes));
    }
    std::vector<std::uint8_t> frame;
    frame.reserve(kLengthBytes + length);
    append_u32(frame, length);
    append_u32(frame, header.size());
    frame.insert(frame.end(), header.begin(), header.end());
    if (body != nullptr) frame.insert(frame.end(), body->begin(), body->end());
    return frame;
}

void FrameParser::feed(std::span<const std::uint8_t> bytes) {
    // What has been read goes before the buffer grows, so that it never holds much more than one frame.
    if (consumed_ > 0) {
        pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(consumed_));
        consumed_ = 0;
    }
    pending_.insert(pending_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Message>> FrameParser::next() {
    const auto available = std::span<const std::uint8_t>(pending_).subspan(consumed_);
    if (available.size() < kLengthBytes) return std::nullopt;
    const std::size_t length = read_u32(available);
    if (length < kLengthBytes) return failure(ErrorCode::protocol_violation, "a frame without a header");
    if (length > max_frame_bytes_) {
        return failure(ErrorCode::protocol_violation, "a frame of " + limit_text(length, max_frame_bytes_));
    }
    if (available.size() < 2 * kLengthBytes) return std::nullopt;
    const std::size_t header_length = read_u32(available.subspan(kLengthBytes));
    if (header_length > length - kLengthBytes || header_length > kMaxHeaderBytes) {
        return failure(ErrorCode::protocol_violation,
                       "a header of " + limit_text(header_length, kMaxHeaderBytes));
    }
    if (available.size() < kLengthBytes + length) return std::nullopt;

    const auto header = available.subspan(2 * kLengthBytes, header_length);
    const auto body =
        available.subspan(2 * kLengthBytes + header_length, length - kLengthBytes - header_length);
    auto message = read_message({reinterpret_cast<const char*>(header.data()), header.size()},
                                std::vector<std::uint8_t>(body.begin(), body.end()));
    if (!message) return failure(message.error());
    consumed_ += kLengthBytes + length;
    if (consumed_ == pending_.size()) {
        std::vector<std::uint8_t>().swap(pending_);  // gives a large instance's memory back
        consumed_ = 0;
    }
    return std::optional<Message>(std::move(*message));
}

}  // namespace spineseg::wire
