// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/vertebra_shape.h"

#include <algorithm>
#include <cmath>

namespace spineseg::phantom {
namespace {

/// Maximum with rounded edges of about `radius`.
double rounded_max(double a, double b, double radius) {
    const double overlap = std::max(radius - std::abs(a - b), 0.0) / radius;
    return std::max(a, b) + 0.25 * overlap * overlap * radius;
}

double rounded_min(double a, double b, double radius) {
    return -rounded_max(-a, -b, radius);
}

double relative_radius_squared(const Segment& s, double u, double w) {
    const double ru = u / s.half_depth;
    const double rw = w / s.half_width;
    return std::min(ru * ru + rw * rw, 1.0);
}

/// Distance to a segment of a line, thick by `radius`.
double capsule(const LocalPoint& p, const LocalPoint& from, const LocalPoint& to, double radius) {
    const double du = to.u - from.u;
    const double dv = to.v - from.v;
    const double dw = to.w - from.w;
    const double along =
        ((p.u - from.u) * du + (p.v - from.v) * dv + (p.w - from.w) * dw) / (du * du + dv * dv + dw * dw);
    const double t = std::clamp(along, 0.0, 1.0);
    const double eu = p.u - from.u - t * du;
    const double ev = p.v - from.v - t * dv;
    const double ew = p.w - from.w - t * dw;
    return std::sqrt(eu * eu + ev * ev + ew * ew) - radius;
}

double spinous_process(const Segment& s, const LocalPoint& p, double begin) {
    const double along = p.u - begin;
    const double centre = -0.22 * s.height - s.spinous_drop * along;
    const double part = std::clamp(along / s.spinous_length, 0.0, 1.0);
    const double half_height = s.spinous_half_height * (0.66 + 0.5 * part - 0.16 * part * part);
    const double half_thickness = 2.6 + 1.4 * part * part;
    const double length = std::abs(along - 0.5 * s.spinous_length) - 0.5 * s.spinous_length;
    const double profile = rounded_max(std::abs(p.v - centre) - half_height, length, 10.0);
    return rounded_max(profile, std::abs(p.w) - half_thickness, 3.0);
}

/// A plate from the articular pillar to the midline, one each side, like a roof over the canal.
double lamina(const Segment& s, const LocalPoint& p, double ridge, double eaves_u, double eaves_w) {
    const double side = std::abs(p.w);
    const double du = eaves_u - ridge;
    const double along =
        std::clamp(((p.u - ridge) * du + side * eaves_w) / (du * du + eaves_w * eaves_w), 0.0, 1.0);
    const double eu = p.u - ridge - along * du;
    const double ew = side - along * eaves_w;
    // The upper edge of a lamina lies farther forward than its lower edge.
    const double slope = 0.22 * (p.v + 0.2 * s.height);
    const double plate = std::sqrt((eu + slope) * (eu + slope) + ew * ew) - 2.9;
    return rounded_max(plate, std::abs(p.v + 0.2 * s.height) - 0.36 * s.height, 3.0);
}

}  // namespace

LocalPoint local(const Segment& s, double y, double z, double w) {
    const double dy = y - s.centre.y;
    const double dz = z - s.centre.z;
    return {dy * s.cosine - dz * s.sine, dy * s.sine + dz * s.cosine, w};
}

double upper_endplate(const Segment& s, double u, double w) {
    const double node =
        s.node_depth > 0
            ? s.node_depth * std::exp(-((u - s.node_u) * (u - s.node_u) + w * w) / (2 * 3.2 * 3.2))
            : 0.0;
    return 0.5 * s.height - s.wedge * u / s.half_depth -
           s.concavity * (1 - relative_radius_squared(s, u, w)) - node;
}

double lower_endplate(const Segment& s, double u, double w) {
    return 0.5 * s.height - s.wedge * u / s.half_depth -
           1.15 * s.concavity * (1 - relative_radius_squared(s, u, w));
}

double side_wall(double u, double w, double half_depth_front, double half_depth_back, double half_width) {
    const double depth = u < 0 ? half_depth_front : half_depth_back;
    const double ru = u / depth;
    const double rw = w / half_width;
    const double u2 = ru * ru;
    const double w2 = rw * rw;
    const double radius = u < 0 ? std::sqrt(u2 + w2) : std::sqrt(std::sqrt(u2 * u2 + w2 * w2));
    return (radius - 1) * depth;
}

double body_distance(const Segment& s, const LocalPoint& p) {
    const double relative = std::clamp(p.v / (0.5 * s.height), -1.0, 1.0);
    const double waist = s.waist * (1 - relative * relative);
    const double depth = s.half_depth * (1 + s.taper * 0.5 * (relative - 1)) - waist;
    const double width = s.half_width - 1.5 * waist;
    const double wall = side_wall(p.u, p.w, depth, depth + 0.4 * waist, width);
    const double plate = p.v > 0 ? p.v - upper_endplate(s, p.u, p.w) : -p.v - lower_endplate(s, p.u, p.w);
    return rounded_max(wall, plate, 4.0);
}

double arch_distance(const Segment& s, const LocalPoint& p, double canal_depth) {
    if (s.region != Region::lumbar && s.region != Region::thoracic) return 1e3;
    const double side = std::abs(p.w);
    const LocalPoint q{p.u, p.v, side};
    const double back = s.half_depth;
    const double h = s.height;
    const double ridge = back + canal_depth + 5.0;
    const double pedicle_v = 0.2 * h;
    const double offset = s.pedicle_offset;
    const double spinous = side < 7.0 ? spinous_process(s, p, ridge - 3.0) : 1e3;
    if (spinous < -1.5) return spinous;
    const double plate = lamina(s, p, ridge, back + 14.0, offset);
    if (side < 7.0) return rounded_min(spinous, plate, 4.0);
    const double pedicle =
        rounded_max((std::sqrt((side - offset - 1.5) * (side - offset - 1.5) / (4.2 * 4.2) +
                               (p.v - pedicle_v) * (p.v - pedicle_v) / (6.6 * 6.6)) -
                     1) *
                        4.2,
                    std::abs(p.u - back - 5.0) - 8.0, 2.0);
    const LocalPoint pillar{back + 11.0, pedicle_v, offset + 2.0};
    const double superior = capsule(q, pillar, {back + 10.5, 0.68 * h, offset + 4.0}, 4.0);
    const double inferior =
        capsule(q, {back + 14.0, 0.05 * h, offset + 0.5}, {back + 18.0, -0.80 * h, offset - 0.5}, 4.0);
    const double isthmus = capsule(q, pillar, {back + 14.0, 0.05 * h, offset + 0.5}, 4.2);
    const double transverse =
        capsule({q.u, q.v * 0.8, q.w}, pillar, {back + 13.0, 0.12 * h, kTransverseTip - 3.2}, 3.2);
    return std::min({pedicle, superior, inferior, isthmus, transverse, plate});
}

double screw_distance(const Segment& s, const LocalPoint& p) {
    return capsule({p.u, p.v, std::abs(p.w)}, {-0.4 * s.half_depth, 0.15 * s.height, 0.6 * s.pedicle_offset},
                   {s.half_depth + kScrewHead, 0.2 * s.height, s.pedicle_offset + 3}, kMetalRadius);
}

double root_distance(const Segment& s, const LocalPoint& p) {
    if (s.region != Region::lumbar && s.region != Region::thoracic) return 1e3;
    return capsule({p.u, p.v, std::abs(p.w)}, {s.half_depth + 5.5, -0.06 * s.height, 10.0},
                   {s.half_depth + 4.5, -0.36 * s.height, 24.0}, 2.9);
}

}  // namespace spineseg::phantom
