// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/long_polls.h"

#include <algorithm>
#include <thread>

namespace spineseg {
namespace {

/// Another program may write, too: Orthanc is not alone with the file.
constexpr auto kLookAgain = std::chrono::seconds(1);
/// From an answer's return to its last byte: Orthanc's HTTP server cuts what it still writes when it stops.
constexpr auto kWriting = std::chrono::milliseconds(100);

}  // namespace

struct LongPolls::Place {
    explicit Place(LongPolls& of) : polls(of), number(++of.waiting_) {}
    ~Place() {
        polls.answered_ = Clock::now().time_since_epoch();
        --polls.waiting_;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    LongPolls& polls;
    const int number;
};

bool LongPolls::wait(std::chrono::milliseconds time, const std::function<bool()>& ready) {
    const auto end = Clock::now() + time;
    const Place place(*this);
    const bool may_wait = place.number <= most_;
    while (true) {
        const auto seen = writes_.count();  // first: what is written meanwhile is not missed
        if (ready()) return true;
        if (!may_wait) return false;
        if (Clock::now() >= end || writes_.is_stopped()) return true;
        writes_.wait(seen, std::min(end, Clock::now() + kLookAgain));
    }
}

void LongPolls::end(std::chrono::milliseconds patience) const {
    const auto until = Clock::now() + patience;
    while (waiting_ > 0 && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::this_thread::sleep_until(Clock::time_point(answered_.load()) + kWriting);
}

}  // namespace spineseg
