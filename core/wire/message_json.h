// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Messages ⇄ their JSON headers (the body's bytes apart). For the frame only. Pure; any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/wire/messages.h"

namespace spineseg::wire {

/// The header: a JSON object with "type".
std::string write_header(const Message& message);
/// The bytes that travel behind the header; nullptr for the messages that carry none.
const std::vector<std::uint8_t>* body_of(const Message& message);
/// The message of a header and a body; protocol_violation names the field that is wrong.
Result<Message> read_message(std::string_view header, std::vector<std::uint8_t> body);

}  // namespace spineseg::wire
