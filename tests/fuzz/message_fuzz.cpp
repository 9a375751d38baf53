// SPDX-License-Identifier: GPL-3.0-or-later
// core/wire/message_json.h: what is read from a header and a body is written and read again as the same message.
#include "core/wire/frame.h"
#include "core/wire/message_json.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {

bool fuzz_message(Input input) {
    const auto [header, body] = before_nul(input);
    const auto message = wire::read_message(header, {body.begin(), body.end()});
    if (!message) {
        require(message.error().code == ErrorCode::protocol_violation, "a broken message is a violation");
        require(message.error().detail.size() < 4096, "an error quotes little of a foreign message");
        return false;
    }
    wire::FrameParser parser;
    parser.feed(wire::encode(*message));
    const auto again = parser.next();
    require(again && *again, "a message that was accepted can be said again");
    require(**again == *message, "and is the same then");
    require(wire::write_header(**again) == wire::write_header(*message), "and is written the same way");
    return true;
}

}  // namespace spineseg::fuzz
