// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/body.h"

#include <algorithm>
#include <cmath>

#include "worker/phantom/column_profiles.h"
#include "worker/phantom/vertebra_shape.h"

namespace spineseg::phantom {
namespace {

bool is_spine(Region region) {
    return region == Region::lumbar || region == Region::thoracic;
}

}  // namespace

Body::Body(std::uint64_t seed, const PhantomFindings& findings)
    : anatomy_(draw_anatomy(seed, findings)),
      texture_(seed),
      curve_(anatomy_),
      surroundings_(anatomy_, curve_, texture_),
      half_depth_(curve_.segment_positions(), half_depths(anatomy_), curve_.length()),
      epidural_gap_(curve_.segment_positions(), epidural_gaps(anatomy_), curve_.length()),
      sac_size_(curve_.segment_positions(), sac_sizes(anatomy_), curve_.length()),
      scoliosis_(curve_.segment_positions(), side_shifts(anatomy_), curve_.length()) {
    const auto& positions = curve_.segment_positions();
    sac_end_ = positions[anatomy_.s1 - 1] - 4;
    const auto level = static_cast<std::size_t>(anatomy_.conus_level);
    conus_ = positions[level] +
             (anatomy_.conus_level - static_cast<double>(level)) * (positions[level + 1] - positions[level]);
    crest_top_ = positions[anatomy_.s1];
    markers_ = place_markers(surroundings_);
}

Sample Body::at(double x, double y, double z) const {
    Place p{.x = x, .y = y, .z = z};
    p.back = surroundings_.back_skin(x, z) - y;
    p.belly = y - surroundings_.belly_skin(x, z);
    if (std::min(p.back, p.belly) < 2 * kMarkerRadius && inside_marker(markers_, x, y, z)) {
        return {{Tissue::marker_oil, 1.0F}, Label::background};
    }
    if (p.back < 0 || p.belly < 0) return {};
    const auto [s, n] = curve_.at(y, z);
    p.s = s;
    p.n = n;
    p.w = x - scoliosis_.at(s);
    Sample sample = tissue_at(p);
    if (anatomy_.findings.screwed > 0 && in_metal(p)) sample.finding = {Tissue::air, 1.0F};
    return sample;
}

Sample Body::tissue_at(const Place& p) const {
    if (p.n > -24 && p.n < 95) {
        Sample sample;
        if (in_column(p, sample)) return sample;
        const Canal tube = canal(p);
        if (tube.distance < 0) return in_canal(p, tube);
        if (in_sacral_crest(p, tube, sample)) return sample;
    }
    return {surroundings_.at(p), Label::background};
}

/// Screws with what they blot out around them, and the rods that join their heads.
bool Body::in_metal(const Place& p) const {
    const auto& positions = curve_.segment_positions();
    const std::size_t lower = anatomy_.s1 + static_cast<std::size_t>(anatomy_.findings.screwed);
    for (const std::size_t i : {lower, lower + 1}) {
        const Segment& s = anatomy_.segments[i];
        if (screw_distance(s, local(s, p.y, p.z, p.w)) < 0) return true;
    }
    const Segment& s = anatomy_.segments[lower];
    return p.s > positions[lower] - 6 && p.s < positions[lower + 1] + 6 &&
           std::abs(p.n - s.half_depth - kScrewHead) < kMetalRadius &&
           std::abs(std::abs(p.w) - s.pedicle_offset - 3) < kMetalRadius;
}

Finding Body::bone(const Place& p, double distance, double cortex, double fatty) const {
    if (distance > -cortex) return {Tissue::cortical_bone, 1.0F};
    const float fine = texture_.at(p.x / 2.1, p.y / 2.1, p.z / 2.1);
    const float coarse = texture_.at(p.x / 8 + 5, p.y / 8, p.z / 8);
    const float islands = texture_.at(p.x / 5, p.y / 5 + 11, p.z / 5);
    const float fat_share = islands > 1.1F - static_cast<float>(fatty) ? 0.25F : 0.0F;
    return {Tissue::marrow, 1.0F + 0.10F * fine + 0.10F * coarse + fat_share};
}

Finding Body::body_of(std::size_t index, const Place& p, double distance) const {
    const Segment& s = anatomy_.segments[index];
    const LocalPoint q = local(s, p.y, p.z, p.w);
    // The basivertebral vein enters from behind at half height.
    const double into = s.half_depth - q.u;
    if (is_spine(s.region) && into < 0.55 * s.half_depth && std::abs(q.w) < 6) {
        const double half_height = 0.5 + 1.7 * (1 - into / (0.55 * s.half_depth));
        if (std::abs(q.v - 0.4) < half_height) return {Tissue::basivertebral_vein, 1.0F};
    }
    if (anatomy_.findings.cemented > 0 && level_of(index) == anatomy_.findings.cemented && distance < -1.5)
        return {Tissue::air, 1.0F};
    Finding finding = bone(p, distance, 0.75, s.fatty);
    const bool changed_above = index < anatomy_.discs.size() && anatomy_.discs[index].endplate_change;
    const bool changed_below = index > 0 && anatomy_.discs[index - 1].endplate_change;
    const double reach = 5 + 3 * texture_.at(p.x / 9, p.y / 9, 7);
    if (finding.tissue == Tissue::marrow && ((changed_above && q.v > 0.5 * s.height - reach) ||
                                             (changed_below && q.v < -0.5 * s.height + reach))) {
        finding.tissue = Tissue::fatty_marrow;
    }
    return finding;
}

/// Bodies and discs in front, arches behind: the two segments between which the point lies, and one above for
/// the spinous processes that slant down. False: none of them.
bool Body::in_column(const Place& p, Sample& sample) const {
    const auto& positions = curve_.segment_positions();
    const auto above = std::upper_bound(positions.begin(), positions.end(), p.s);
    const auto upper = std::min(static_cast<std::size_t>(above - positions.begin()), positions.size() - 1);
    const std::size_t lower = upper == 0 ? 0 : upper - 1;
    for (const std::size_t i : {lower, upper}) {
        const Segment& s = anatomy_.segments[i];
        if (p.n > s.half_depth + 4) continue;
        const double distance = body_distance(s, local(s, p.y, p.z, p.w));
        if (distance >= 0) continue;
        sample = {body_of(i, p, distance), is_spine(s.region) ? Label::vertebra : Label::background};
        sample.level = level_of(i);
        return true;
    }
    if (lower != upper && in_disc(p, lower, sample)) return true;
    if (canal(p).distance < 0) return false;
    for (std::size_t i = lower; i <= std::min(upper + 1, positions.size() - 1); ++i) {
        if (in_arch(p, i, sample)) return true;
    }
    return false;
}

SacralPart Body::sacral_part(double x, double y, double z) const {
    Place p{.x = x, .y = y, .z = z};
    const auto [s, n] = curve_.at(y, z);
    p.s = s;
    p.n = n;
    p.w = x - scoliosis_.at(s);
    const auto& positions = curve_.segment_positions();
    if (s < positions[anatomy_.s1 - 1] || s > positions[anatomy_.s1 + 1]) return SacralPart::none;
    const Segment& s1 = anatomy_.segments[anatomy_.s1];
    if (n < s1.half_depth + 4 && body_distance(s1, local(s1, y, z, p.w)) < 0) return SacralPart::s1;
    Sample sample;
    return in_disc(p, anatomy_.s1 - 1, sample) ? SacralPart::disc_below : SacralPart::none;
}

bool Body::in_disc(const Place& p, std::size_t below, Sample& sample) const {
    const Segment& a = anatomy_.segments[below];
    const Segment& b = anatomy_.segments[below + 1];
    const Disc& disc = anatomy_.discs[below];
    const LocalPoint qa = local(a, p.y, p.z, p.w);
    const LocalPoint qb = local(b, p.y, p.z, p.w);
    const double over = qa.v - upper_endplate(a, qa.u, qa.w);
    const double under = -qb.v - lower_endplate(b, qb.u, qb.w);
    if (over < 0 || under < 0) return false;
    const double u = 0.5 * (qa.u + qb.u);
    if (disc.fused && (std::abs(u) > 0.95 * a.half_depth || std::abs(p.w) > a.half_width)) return false;
    if (disc.fused) {
        sample = {bone(p, -1.0, 0.75, a.fatty), Label::vertebra, level_of(below)};
        return true;
    }
    const double depth = 0.5 * disc.reach * (a.half_depth + b.half_depth);
    const double width = std::min(a.half_width, b.half_width);  // the sacrum's wings carry no disc
    // Bulges are highest in the middle of the disc and flatten towards the endplates.
    const double t = over / std::max(over + under, 1e-6);
    const double belly = 4 * t * (1 - t);
    const double wall =
        side_wall(u, p.w, depth + 0.9 * belly, depth - 0.3 + disc.bulge * belly, width + 0.5 * belly);
    if (wall >= 0) return false;
    const bool labelled = is_spine(b.region);
    const double radial = std::sqrt((u + 0.8) * (u + 0.8) / (depth * depth) + p.w * p.w / (width * width));
    sample.finding = disc.formed ? disc_tissue(disc, t, radial, p) : Finding{Tissue::annulus, 1.3F};
    sample.label = labelled ? Label::disc : Label::background;
    sample.level = level_of(below + 1);
    return true;
}

Finding Body::disc_tissue(const Disc& disc, double t, double radial, const Place& p) const {
    const float ripple = texture_.at(p.x / 4, p.y / 4, p.z / 2.5);
    const double edge = 0.62 + 0.06 * ripple;
    const double from_middle = std::abs(2 * t - 1);
    const double lens = radial / edge;
    const double boundary = std::sqrt(lens * lens + 0.75 * from_middle * from_middle);
    const auto share = static_cast<float>(std::clamp((boundary - 0.82) / 0.3, 0.0, 1.0));
    const float annulus = 1.0F + 0.25F * ripple;
    if (share >= 1) return {Tissue::annulus, annulus};
    if (disc.degeneration > 0.62)
        return {Tissue::degenerated_nucleus, 1.0F + 0.3F * ripple, Tissue::annulus, share};
    // The cleft of fibrous tissue in the middle of an adult's nucleus; with wear the nucleus darkens.
    const double cleft = from_middle < 0.16 && radial < 0.5 ? 0.72 : 1.0;
    const double wear = 1.0 - 0.85 * disc.degeneration;
    return {Tissue::nucleus, static_cast<float>(cleft * wear) * (1.0F + 0.12F * ripple), Tissue::annulus,
            share};
}

bool Body::in_arch(const Place& p, std::size_t index, Sample& sample) const {
    const Segment& s = anatomy_.segments[index];
    if (!is_spine(s.region) || p.n < s.half_depth - 6) return false;
    if (anatomy_.findings.without_arch > 0 && level_of(index) == anatomy_.findings.without_arch &&
        std::abs(p.w) < s.pedicle_offset && p.n > s.half_depth + 10)
        return false;
    const LocalPoint q = local(s, p.y, p.z, p.w);
    if (q.v > s.height || q.v < -2.6 * s.height) return false;
    const double distance = arch_distance(s, q, 2 * anatomy_.sac_half_depth);
    if (distance < 0) {
        sample = {bone(p, distance, 0.75, s.fatty), Label::vertebra, level_of(index), true};
        return true;
    }
    if (root_distance(s, q) < 0) {
        sample = {{Tissue::nerve, 0.9F}, Label::background};
        return true;
    }
    return false;
}

Body::Canal Body::canal(const Place& p) const {
    const double size = sac_size_.at(p.s);
    double depth = anatomy_.sac_half_depth * size;
    double width = anatomy_.sac_half_width * size;
    if (p.s < sac_end_ + 14) {
        const double part = std::clamp((p.s - sac_end_) / 14, 0.0, 1.0);
        depth *= std::sqrt(part);
        width *= std::sqrt(part);
    }
    const double middle = half_depth_.at(p.s) + 0.5 + epidural_gap_.at(p.s) + anatomy_.sac_half_depth * size;
    const double behind = p.n - middle;
    if (depth < 0.5) return {1e3, behind, depth};
    const double a = behind / depth;
    const double b = p.w / width;
    return {(std::sqrt(a * a + b * b) - 1) * depth, behind, depth};
}

/// Dura, cerebrospinal fluid, the cord down to its conus, below it the roots of the cauda equina.
Sample Body::in_canal(const Place& p, const Canal& tube) const {
    if (tube.distance > -0.55) return {{Tissue::ligament, 1.0F}, Label::canal};
    const double above_conus = p.s - conus_;
    if (above_conus > 0) {
        const double swelling = std::min(1.0, std::sqrt(above_conus / 34));
        const double a = (tube.behind + 0.3 - 1.2 * (1 - swelling)) / (3.4 * swelling);
        const double b = p.w / (4.6 * swelling);
        if (a * a + b * b < 1) {
            const double centre = a * a + b * b;
            return {{Tissue::nerve, centre < 0.25 ? 1.12F : 1.0F}, Label::canal};
        }
    }
    // Roots gather at the back of the sac in a patient who lies supine, and thin out downwards.
    const double lower = std::clamp((p.s - sac_end_) / std::max(conus_ - sac_end_, 1.0), 0.0, 1.0);
    const float strand = texture_.at(p.w / 4.0, (p.n - 0.012 * p.s) / 1.6, p.s / 55);
    const double where = tube.behind / std::max(tube.half_depth, 1.0);
    const double crowding = where > -0.1 ? 0.36 + 0.36 * where : -0.3;
    if (above_conus < 14 && strand > 0.72 - crowding * (0.35 + 0.65 * lower))
        return {{Tissue::nerve, 1.1F}, Label::canal};
    const float flow = texture_.at(p.w / 6, p.n / 6, p.s / 30);
    return {{Tissue::csf, 1.0F + 0.05F * flow}, Label::canal};
}

/// The fused arches behind the sacral canal.
bool Body::in_sacral_crest(const Place& p, const Canal& tube, Sample& sample) const {
    if (p.s > crest_top_ || p.s < curve_.segment_positions()[2]) return false;
    const double front =
        2 * anatomy_.sac_half_depth * sac_size_.at(p.s) + half_depth_.at(p.s) + epidural_gap_.at(p.s) + 1.5;
    const double bumps = 2.0 * std::sin(p.s / 3.6);
    const double thickness = (5.5 + bumps) * std::clamp((crest_top_ - p.s) / 10, 0.3, 1.0);
    const double distance = std::max(front - p.n, p.n - front - thickness);
    const bool lateral_mass = std::abs(p.w) > anatomy_.sac_half_width * 0.8 && p.n < front + thickness;
    if (lateral_mass && p.n > 0 && std::abs(p.w) < 40) {
        sample = {bone(p, std::max(p.n - front - thickness, -3.0), 1.0, 0.4), Label::background};
        return true;
    }
    if (distance < 0 && std::abs(p.w) < 14) {
        sample = {bone(p, distance, 1.0, 0.4), Label::background};
        return true;
    }
    if (tube.behind > -20 && p.n < front && std::abs(p.w) < anatomy_.sac_half_width) {
        sample = {{Tissue::epidural_fat, 0.95F}, Label::background};
        return true;
    }
    return false;
}

}  // namespace spineseg::phantom
