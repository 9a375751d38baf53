// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/frame_budget.h"

namespace spineseg {

bool FrameBudget::admits(const Frame& frame, std::size_t bytes) const {
    return frame.bytes == 0 || bytes_ + bytes <= budget_ || frame.number == *open_.begin();
}

void FrameBudget::add(Frame& frame, std::size_t bytes, Time now) {
    if (bytes == 0) return;
    if (frame.bytes == 0) {
        frame.begun = now;
        frame.number = ++last_;
        open_.insert(frame.number);
    }
    frame.bytes += bytes;
    bytes_ += bytes;
}

void FrameBudget::end(Frame& frame) {
    bytes_ -= frame.bytes;
    open_.erase(frame.number);
    frame = {};
}

}  // namespace spineseg
