// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which unfinished frames may grow. All connections share one budget of bytes; beyond it only the frame that began
/// first is read on, so that at least one frame ends. No I/O and no clock. One thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>

namespace spineseg {

class FrameBudget {
  public:
    using Time = std::chrono::steady_clock::time_point;
    using Duration = std::chrono::steady_clock::duration;

    /// The frame that a connection receives. Between two frames it is empty.
    struct Frame {
        std::size_t bytes = 0;     ///< received so far
        Time begun{};              ///< of the first byte; later by the time that it had to wait for others
        std::uint64_t number = 0;  ///< order of the first bytes
    };

    explicit FrameBudget(std::size_t bytes) : budget_(bytes) {}

    /// Whether `frame` may grow by `bytes` now. The first bytes of a frame are always read.
    bool admits(const Frame& frame, std::size_t bytes) const;
    /// `bytes` more were read at `now`.
    void add(Frame& frame, std::size_t bytes, Time now);
    /// `frame` was not read for that long because of others. Its own time does not run meanwhile.
    static void wait(Frame& frame, Duration time) { frame.begun += time; }
    /// The frame is complete, or its connection has ended.
    void end(Frame& frame);

  private:
    std::size_t budget_;
    std::size_t bytes_ = 0;         ///< of all unfinished frames
    std::set<std::uint64_t> open_;  ///< their numbers
    std::uint64_t last_ = 0;
};

}  // namespace spineseg
