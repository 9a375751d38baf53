// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/long_polls.h"

#include <algorithm>

namespace spineseg {
namespace {

/// Another program may write, too: Orthanc is not alone with the file.
constexpr auto kLookAgain = std::chrono::seconds(1);

class Place {
  public:
    explicit Place(std::atomic<int>& waiting) : waiting_(waiting), number_(++waiting) {}
    ~Place() { --waiting_; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    int number() const { return number_; }

  private:
    std::atomic<int>& waiting_;
    const int number_;
};

}  // namespace

bool LongPolls::wait(std::chrono::milliseconds time, const std::function<bool()>& ready) {
    using Clock = std::chrono::steady_clock;
    const auto end = Clock::now() + time;
    const Place place(waiting_);
    const bool may_wait = place.number() <= most_;
    while (true) {
        const auto seen = writes_.count();  // first: what is written meanwhile is not missed
        if (ready()) return true;
        if (!may_wait) return false;
        if (Clock::now() >= end || writes_.is_stopped()) return true;
        writes_.wait(seen, std::min(end, Clock::now() + kLookAgain));
    }
}

}  // namespace spineseg
