// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/surroundings.h"

#include <algorithm>
#include <cmath>

namespace spineseg::phantom {
namespace {

constexpr double kSkin = 1.8;

std::vector<double> of_segments(const Anatomy& anatomy, double Segment::*member) {
    std::vector<double> values;
    for (const Segment& s : anatomy.segments) values.push_back(s.*member);
    return values;
}

std::vector<double> fascia_depths(const Anatomy& anatomy) {
    std::vector<double> values;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) values.push_back(fascia_depth(anatomy, i));
    return values;
}

double length(double a, double b) {
    return std::sqrt(a * a + b * b);
}

std::vector<double> waves(const Anatomy& anatomy) {
    std::vector<double> values;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) {
        values.push_back(2.5 * std::sin(0.9 * static_cast<double>(i)));
    }
    return values;
}

std::vector<double> smoothed(const std::vector<double>& values, int radius) {
    std::vector<double> result;
    const int count = static_cast<int>(values.size());
    for (int i = 0; i < count; ++i) {
        double sum = 0;
        for (int k = -radius; k <= radius; ++k)
            sum += values[static_cast<std::size_t>(std::clamp(i + k, 0, count - 1))];
        result.push_back(sum / (2 * radius + 1));
    }
    return result;
}

}  // namespace

double fascia_depth(const Anatomy& anatomy, std::size_t segment) {
    const Segment& s = anatomy.segments[segment];
    if (s.region == Region::coccyx) return 9;
    if (s.region == Region::sacrum)
        return s.half_depth + (segment == anatomy.s1 ? 27 : (segment + 1 == anatomy.s1 ? 20 : 15));
    return s.half_depth + 2 * anatomy.sac_half_depth + 8 + s.spinous_length;
}

Surroundings::Surroundings(const Anatomy& anatomy, const SpineCurve& curve, const Texture& texture)
    : anatomy_(anatomy),
      texture_(texture),
      half_depth_(curve.segment_positions(), of_segments(anatomy, &Segment::half_depth), curve.length()),
      half_width_(curve.segment_positions(), of_segments(anatomy, &Segment::half_width), curve.length()),
      fascia_(curve.segment_positions(), fascia_depths(anatomy), curve.length()),
      sway_(curve.segment_positions(), waves(anatomy), curve.length()) {
    const auto& positions = curve.segment_positions();
    s1_top_ = positions[anatomy.s1] + 0.5 * anatomy.segments[anatomy.s1].height;
    l4_ = positions[anatomy.s1 + 2];
    t12_ = positions[anatomy.s1 + 6];
    trace_back(anatomy, curve);
}

/// The skin of the back: the fascia's tips in the midline plus the fat over them, smoothed as skin spans
/// hollows.
void Surroundings::trace_back(const Anatomy& anatomy, const SpineCurve& curve) {
    std::vector<Point2> skin;
    for (std::size_t i = 0; i < anatomy.segments.size(); ++i) {
        const Region region = anatomy.segments[i].region;
        double fat = anatomy.fat_over_lumbar;
        if (region == Region::thoracic) {
            const double up = static_cast<double>(i - anatomy.s1 - 5) / 4.0;
            fat += (anatomy.fat_over_thorax - fat) * std::min(up, 1.0);
        }
        if (region == Region::sacrum || region == Region::coccyx) fat = anatomy.fat_over_sacrum;
        const Point2 tip = curve.point(curve.segment_positions()[i], fascia_depth(anatomy, i));
        skin.push_back({tip.y + fat, tip.z});
    }
    std::sort(skin.begin(), skin.end(), [](const Point2& a, const Point2& b) { return a.z < b.z; });
    std::vector<double> raw;
    std::size_t i = 0;
    for (int z = -kCurveReachMm; z <= kCurveReachMm; ++z) {
        while (i + 2 < skin.size() && skin[i + 1].z < z) ++i;
        const double t = std::clamp((z - skin[i].z) / std::max(skin[i + 1].z - skin[i].z, 1.0), 0.0, 1.0);
        // Below the coccyx the buttocks go on.
        raw.push_back(skin[i].y + (skin[i + 1].y - skin[i].y) * t);
    }
    back_ = smoothed(smoothed(raw, 22), 16);
}

double Surroundings::back_skin(double x, double z) const {
    const double clamped = std::clamp(z + kCurveReachMm, 0.0, 2 * kCurveReachMm - 1.001);
    const auto index = static_cast<std::size_t>(clamped);
    const double t = clamped - static_cast<double>(index);
    const double midline = back_[index] * (1 - t) + back_[index + 1] * t;
    const double groove = std::min(std::abs(x), 30.0) / 30.0;
    return midline + 3.5 * groove * groove * (3 - 2 * groove) - 0.0015 * x * x;
}

double Surroundings::belly_skin(double x, double z) const {
    const double bulge = std::exp(-(z + 40) * (z + 40) / (2 * 70.0 * 70.0));
    return -anatomy_.belly_depth + 14 - 20 * bulge + 0.004 * x * x;
}

Finding Surroundings::fat(Tissue kind, const Place& p) const {
    const float coarse = texture_.at(p.x / 17, p.y / 17, p.z / 17);
    const float septum = std::abs(texture_.at(p.x / 9 + 40, p.y / 6, p.z / 15) +
                                  0.4F * texture_.at(p.x / 4, p.y / 3, p.z / 6));
    const float thin = kind == Tissue::subcutaneous_fat ? 0.045F : 0.03F;
    const float dark = septum < thin ? 0.55F + 0.45F * septum / thin : 1.0F;
    return {kind, (1.0F + 0.06F * coarse) * dark};
}

/// Bundles along the column with fat between them, more of it in the depth near the laminae, where multifidus
/// wastes.
Finding Surroundings::muscle(const Place& p) const {
    const float bundle =
        texture_.at(p.w / 4.5, p.n / 4.5, p.s / 38) + 0.5F * texture_.at(p.w / 2.2, p.n / 2.2 + 9, p.s / 22);
    const double wasting = p.s < l4_ ? 0.35 : 0.0;
    const double threshold = 1.05 - 0.75 * anatomy_.muscle_fat - wasting;
    if (bundle > threshold)
        return {Tissue::epidural_fat, 0.62F + 0.25F * std::min(bundle - static_cast<float>(threshold), 1.0F)};
    return {Tissue::muscle, 1.0F + 0.22F * bundle};
}

Finding Surroundings::at(const Place& p) const {
    if (p.back < kSkin || p.belly < kSkin) return {Tissue::skin, 1.0F};
    const double fascia = fascia_.at(p.s) - 0.10 * std::max(std::abs(p.w) - 25, 0.0);
    if (p.n > fascia) return fat(Tissue::subcutaneous_fat, p);
    if (p.belly < anatomy_.belly_fat) return fat(Tissue::subcutaneous_fat, p);
    const double depth = half_depth_.at(p.s);
    if (p.n > depth) return posterior(p);
    if (p.n > -depth && std::abs(p.w) > 0.8 * half_width_.at(p.s)) return lateral(p);
    return anterior(p);
}

Finding Surroundings::posterior(const Place& p) const {
    const double fascia = fascia_.at(p.s);
    const double behind_canal = p.n - half_depth_.at(p.s) - 2 * anatomy_.sac_half_depth - 1.5;
    if (fascia - p.n < 1.6) return {Tissue::ligament, 1.0F};
    const double side = std::abs(p.w);
    if (p.s < s1_top_) return side < 6 && behind_canal < 4 ? fat(Tissue::epidural_fat, p) : muscle(p);
    if (behind_canal < 6.5 && side < 9 - 0.6 * behind_canal) return fat(Tissue::epidural_fat, p);
    if (behind_canal < 9.5 && side < 13 && behind_canal > -2) return {Tissue::ligament, 1.5F};
    if (side < 4.0) {
        // Interspinous ligament: fibres that fan out backwards and upwards, fat between them.
        const double bend = p.n + 0.5 * p.s + 6 * texture_.at(p.x / 20, p.y / 20, p.z / 20);
        const float fibre = texture_.at(p.w / 3, bend / 3.4, (p.s - 0.5 * p.n) / 14);
        if (fascia - p.n < 4.0) return {Tissue::ligament, 1.2F};
        return {Tissue::muscle, 1.2F, Tissue::epidural_fat, 0.33F + 0.22F * fibre};
    }
    if (behind_canal < 2 && side < 24) return fat(Tissue::epidural_fat, p);
    return muscle(p);
}

Finding Surroundings::lateral(const Place& p) const {
    const double depth = half_depth_.at(p.s);
    const double outside = std::abs(p.w) - half_width_.at(p.s);
    if (p.s < s1_top_) return muscle(p);
    if (p.n > depth - 9 && outside < 3) return fat(Tissue::epidural_fat, p);
    // Psoas: from the last rib down, thicker on its way.
    const double grows = std::sqrt(std::clamp((t12_ - p.s) / 90, 0.0, 1.0));
    const double across = (outside - 2 - 9 * grows) / (1 + 12 * grows);
    const double along = (p.n - 3) / (1 + 20 * grows);
    if (grows > 0 && outside > 0.8 && across * across + along * along < 1) return muscle(p);
    return fat(Tissue::visceral_fat, p);
}

Finding Surroundings::anterior(const Place& p) const {
    const double before = -p.n - half_depth_.at(p.s);
    if (before < 1.3) return {Tissue::ligament, 1.0F};
    if (p.s > l4_ - 12) {
        // Aorta left, vena cava right, both dark because their blood moves on before its echo comes.
        const double sway = sway_.at(p.s);
        const double r = anatomy_.aorta_radius * std::sqrt(std::clamp((p.s - l4_ + 12) / 22, 0.0, 1.0));
        const double aorta = length(p.w - 11 - sway, before - r - 4);
        const double cava = length(p.w + 13 + sway, (before - r - 3) * 1.15);
        for (const double radius : {aorta - r, cava - r - 1}) {
            if (radius < 0)
                return {Tissue::flowing_blood, 1.0F + 0.3F * texture_.at(p.x / 6, p.y / 6, p.z / 9)};
            if (radius < 1.3) return {Tissue::bowel_wall, 0.8F};
        }
    }
    const double layer = p.s < s1_top_ ? 9 : 11;
    if (before < layer + 3 * texture_.at(p.x / 30, 3, p.s / 25)) return fat(Tissue::visceral_fat, p);
    return abdomen(p);
}

Finding Surroundings::abdomen(const Place& p) const {
    const double wall = p.belly - anatomy_.belly_fat;
    if (wall < 7) return {Tissue::muscle, 1.0F + 0.2F * texture_.at(p.x / 5, p.y / 5, p.z / 20)};
    // The bladder, where the field of view reaches down to it.
    const double by = (p.y + 48) / 30;
    const double bz = (p.z + 152) / 24;
    const double bx = p.x / 36;
    const double bladder = std::sqrt(bx * bx + by * by + bz * bz);
    if (bladder < 1) return {Tissue::urine, 1.0F};
    if (bladder < 1.14) return {Tissue::muscle, 1.1F};
    return bowel(p);
}

/// Loops of bowel: the tubes between two level sets of a warped field, with wall, content or gas; fat between
/// them.
Finding Surroundings::bowel(const Place& p) const {
    const float warp = texture_.at(p.x / 26, p.y / 26, p.z / 26);
    const float field = texture_.at(p.x / 19 + 0.5 * warp, p.y / 15, p.z / 16 - 0.6 * warp) +
                        0.25F * texture_.at(p.x / 8, p.y / 7, p.z / 7);
    const float inside = 0.62F - std::abs(field - 0.42F);
    if (inside < 0.1F) return fat(Tissue::visceral_fat, p);
    const float ripple = texture_.at(p.x / 5, p.y / 4, p.z / 4);
    if (inside < 0.2F) return {Tissue::bowel_wall, 1.0F + 0.2F * ripple};
    const float filling = texture_.at(p.x / 38 + 9, p.y / 30, p.z / 33);
    if (filling > 0.45F) return {Tissue::air, 1.0F};
    return {Tissue::bowel_content, (0.75F + 0.7F * filling) * (1.0F + 0.25F * ripple), Tissue::bowel_wall,
            inside < 0.26F ? 0.5F : 0.0F};
}

}  // namespace spineseg::phantom
