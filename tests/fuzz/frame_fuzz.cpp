// SPDX-License-Identifier: GPL-3.0-or-later
// core/wire/frame.h: a stream gives the same messages and ends with the same error however it is cut.
#include "core/wire/frame.h"

#include <algorithm>

#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {
namespace frame_fuzz {

constexpr std::size_t kMostFrameBytes = 64 * 1024;

struct Reading {
    std::vector<wire::Message> messages;
    std::optional<Error> error;
    friend bool operator==(const Reading&, const Reading&) = default;
};

/// Feeds the stream in pieces. piece(at) is the length of the piece that begins at byte `at`.
template <typename Piece>
Reading read_in_pieces(Input stream, Piece piece) {
    wire::FrameParser parser(kMostFrameBytes);
    Reading reading;
    for (std::size_t at = 0; at < stream.size();) {
        const std::size_t length = std::min<std::size_t>(stream.size() - at, piece(at));
        parser.feed(stream.subspan(at, length));
        at += length;
        for (;;) {
            auto message = parser.next();
            if (!message) {
                reading.error = message.error();
                return reading;
            }
            if (!*message) break;
            reading.messages.push_back(std::move(**message));
        }
    }
    return reading;
}

}  // namespace frame_fuzz

bool fuzz_frame(Input input) {
    using frame_fuzz::read_in_pieces;
    const auto whole = read_in_pieces(input, [&](std::size_t) { return input.size(); });
    require(whole == read_in_pieces(input, [](std::size_t) { return std::size_t{1}; }),
            "byte by byte a stream gives what it gives at once");
    require(whole == read_in_pieces(input, [&](std::size_t at) { return std::size_t{1} + input[at]; }),
            "in pieces a stream gives what it gives at once");
    if (whole.error) {
        require(whole.error->code == ErrorCode::protocol_violation,
                "a broken stream is a protocol_violation");
        require(!whole.error->detail.empty(), "a broken stream is refused with a reason");
    }
    return !whole.messages.empty();
}

}  // namespace spineseg::fuzz
