// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The column's centre line, and coordinates along it: s millimetres upward from the tip of the coccyx, n
/// millimetres behind it. Canal, ligaments, muscles and vessels are described in them. Immutable after
/// construction; any thread.

#include <vector>

#include "worker/phantom/anatomy.h"

namespace spineseg::phantom {

/// The curve's table and the surroundings reach this far from the centre of L3, mm.
inline constexpr int kCurveReachMm = 280;

struct CurvePoint {
    double s = 0;
    double n = 0;
};

class SpineCurve {
  public:
    explicit SpineCurve(const Anatomy& anatomy);

    /// From a table with steps of a millimetre; clamped at its rim.
    CurvePoint at(double y, double z) const;
    /// s of each segment's centre, from the coccyx upward.
    const std::vector<double>& segment_positions() const { return positions_; }
    double length() const { return static_cast<double>(line_.size() - 1); }
    /// Where a point of these coordinates lies.
    Point2 point(double s, double n) const;

  private:
    struct Sample {
        Point2 point;
        Point2 cranial;  ///< unit tangent
    };
    CurvePoint project(double y, double z, std::size_t& nearest) const;
    void trace(const Anatomy& anatomy);
    void tabulate();

    std::vector<Sample> line_;  ///< one a millimetre
    std::vector<double> positions_;
    std::vector<CurvePoint> table_;
};

/// A quantity given at the segments' centres, smooth between them, read along s.
class Profile {
  public:
    Profile(const std::vector<double>& positions, const std::vector<double>& values, double length);
    double at(double s) const {
        const double clamped = s < 0 ? 0 : (s > last_ ? last_ : s);
        const auto index = static_cast<std::size_t>(clamped);
        const double t = clamped - static_cast<double>(index);
        return values_[index] * (1 - t) + values_[index + 1] * t;
    }

  private:
    std::vector<double> values_;  ///< one a millimetre
    double last_ = 0;
};

}  // namespace spineseg::phantom
