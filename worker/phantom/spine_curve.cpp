// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/spine_curve.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace spineseg::phantom {
namespace {

constexpr int kSide = 2 * kCurveReachMm + 1;
constexpr std::size_t kSearchRadius = 24;

double hermite(double a, double b, double slope_a, double slope_b, double t) {
    const double t2 = t * t;
    const double t3 = t2 * t;
    return (2 * t3 - 3 * t2 + 1) * a + (t3 - 2 * t2 + t) * slope_a + (-2 * t3 + 3 * t2) * b +
           (t3 - t2) * slope_b;
}

Point2 normalised(const Point2& p) {
    const double length = std::hypot(p.y, p.z);
    return {p.y / length, p.z / length};
}

}  // namespace

SpineCurve::SpineCurve(const Anatomy& anatomy) {
    trace(anatomy);
    tabulate();
}

/// Through the segments' centres along their own axes, resampled to a millimetre, and straight on above the
/// last.
void SpineCurve::trace(const Anatomy& anatomy) {
    constexpr int kFine = 64;
    std::vector<Point2> fine;
    std::vector<double> length{0.0};
    for (std::size_t i = 0; i + 1 < anatomy.segments.size(); ++i) {
        const Segment& a = anatomy.segments[i];
        const Segment& b = anatomy.segments[i + 1];
        const double step = std::hypot(b.centre.y - a.centre.y, b.centre.z - a.centre.z);
        for (int k = 0; k < kFine; ++k) {
            const double t = static_cast<double>(k) / kFine;
            fine.push_back({hermite(a.centre.y, b.centre.y, a.sine * step, b.sine * step, t),
                            hermite(a.centre.z, b.centre.z, a.cosine * step, b.cosine * step, t)});
        }
    }
    const Segment& last = anatomy.segments.back();
    for (int k = 0; k < 2 * kFine; ++k) {
        fine.push_back({last.centre.y + last.sine * k, last.centre.z + last.cosine * k});
    }
    for (std::size_t i = 1; i < fine.size(); ++i) {
        length.push_back(length.back() + std::hypot(fine[i].y - fine[i - 1].y, fine[i].z - fine[i - 1].z));
    }
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) positions_.push_back(length[i * kFine]);
    std::size_t i = 0;
    for (double s = 0; s < length.back(); s += 1.0) {
        while (length[i + 1] < s) ++i;
        const double t = (s - length[i]) / (length[i + 1] - length[i]);
        const Point2 step{fine[i + 1].y - fine[i].y, fine[i + 1].z - fine[i].z};
        line_.push_back({{fine[i].y + t * step.y, fine[i].z + t * step.z}, normalised(step)});
    }
}

CurvePoint SpineCurve::project(double y, double z, std::size_t& nearest) const {
    const std::size_t begin = nearest < kSearchRadius ? 0 : nearest - kSearchRadius;
    const std::size_t end = std::min(line_.size(), nearest + kSearchRadius + 1);
    double best = 1e30;
    for (std::size_t i = begin; i < end; ++i) {
        const double dy = y - line_[i].point.y;
        const double dz = z - line_[i].point.z;
        if (dy * dy + dz * dz < best) {
            best = dy * dy + dz * dz;
            nearest = i;
        }
    }
    const Sample& sample = line_[nearest];
    const double dy = y - sample.point.y;
    const double dz = z - sample.point.z;
    const double along = dy * sample.cranial.y + dz * sample.cranial.z;
    return {static_cast<double>(nearest) + std::clamp(along, -0.5, 0.5),
            dy * sample.cranial.z - dz * sample.cranial.y};
}

void SpineCurve::tabulate() {
    table_.resize(static_cast<std::size_t>(kSide) * kSide);
    for (int z = 0; z < kSide; ++z) {
        // Start each row at the point of the line that is level with it, and walk both ways from there.
        std::size_t level = 0;
        for (std::size_t i = 1; i < line_.size(); ++i) {
            if (std::abs(line_[i].point.z - (z - kCurveReachMm)) <
                std::abs(line_[level].point.z - (z - kCurveReachMm)))
                level = i;
        }
        const int middle = std::clamp(static_cast<int>(line_[level].point.y) + kCurveReachMm, 0, kSide - 1);
        const auto row = table_.begin() + static_cast<std::ptrdiff_t>(z) * kSide;
        for (const int direction : {1, -1}) {
            std::size_t nearest = level;
            for (int y = middle; y >= 0 && y < kSide; y += direction)
                row[y] = project(y - kCurveReachMm, z - kCurveReachMm, nearest);
        }
    }
}

CurvePoint SpineCurve::at(double y, double z) const {
    const double fy = std::clamp(y + kCurveReachMm, 0.0, kSide - 1.001);
    const double fz = std::clamp(z + kCurveReachMm, 0.0, kSide - 1.001);
    const auto iy = static_cast<std::size_t>(fy);
    const auto iz = static_cast<std::size_t>(fz);
    const double ty = fy - static_cast<double>(iy);
    const double tz = fz - static_cast<double>(iz);
    const CurvePoint* a = &table_[iz * kSide + iy];
    const CurvePoint* b = a + kSide;
    const auto blend = [&](double p, double q, double r, double t) {
        return (p * (1 - ty) + q * ty) * (1 - tz) + (r * (1 - ty) + t * ty) * tz;
    };
    return {blend(a[0].s, a[1].s, b[0].s, b[1].s), blend(a[0].n, a[1].n, b[0].n, b[1].n)};
}

Point2 SpineCurve::point(double s, double n) const {
    const auto index = static_cast<std::size_t>(std::clamp(s, 0.0, length()));
    const Sample& sample = line_[index];
    return {sample.point.y + n * sample.cranial.z, sample.point.z - n * sample.cranial.y};
}

Profile::Profile(const std::vector<double>& positions, const std::vector<double>& values, double length) {
    constexpr int kSmoothing = 7;
    const int count = static_cast<int>(length) + 2;
    std::vector<double> broken_line;
    std::size_t i = 0;
    for (int s = 0; s < count; ++s) {
        while (i + 2 < positions.size() && positions[i + 1] < s) ++i;
        const double t = std::clamp((s - positions[i]) / (positions[i + 1] - positions[i]), 0.0, 1.0);
        broken_line.push_back(values[i] + (values[i + 1] - values[i]) * t);
    }
    for (int s = 0; s < count; ++s) {
        double sum = 0;
        for (int k = -kSmoothing; k <= kSmoothing; ++k) {
            sum += broken_line[static_cast<std::size_t>(std::clamp(s + k, 0, count - 1))];
        }
        values_.push_back(sum / (2 * kSmoothing + 1));
    }
    last_ = count - 1.001;
}

}  // namespace spineseg::phantom
