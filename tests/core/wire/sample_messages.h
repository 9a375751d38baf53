// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/wire/messages.h"

namespace spineseg::wire {

ResultObject sample_result_object();

/// One of every alternative, none of them with its defaults only.
std::vector<Message> sample_messages();

}  // namespace spineseg::wire
