// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Turns images that have gone through a network into the progress of a stage. Header only; one thread at a
/// time.

#include <algorithm>
#include <cstdint>
#include <functional>

#include "core/job.h"

namespace spineseg {

/// Called from the computing thread after each piece of work; return false to stop (segment() then returns
/// canceled).
using ProgressSink = std::function<bool(const Progress&)>;

class ProgressMeter {
  public:
    /// `images`: of the whole stage. The sink must outlive the meter.
    ProgressMeter(const ProgressSink& sink, Stage stage, std::int64_t images)
        : sink_(sink), stage_(stage), images_(static_cast<double>(images)) {}

    std::int64_t done() const { return done_; }

    /// After a network call with so many images. False: the caller wants no more.
    bool advance(std::int64_t images) {
        done_ += images;
        furthest_ = std::max(furthest_, done_);
        return !sink_ ||
               sink_({.stage = stage_, .fraction = std::min(1.0, static_cast<double>(furthest_) / images_)});
    }

    /// Back to an earlier done(): those images are computed again. The fraction waits until it is reached.
    void go_back(std::int64_t done) { done_ = done; }

  private:
    const ProgressSink& sink_;
    Stage stage_;
    double images_;
    std::int64_t done_ = 0;
    std::int64_t furthest_ = 0;
};

}  // namespace spineseg
