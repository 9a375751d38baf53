// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/anatomy.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "worker/phantom/random.h"

namespace spineseg::phantom {
namespace {

struct Measure {
    Region region;
    double tilt;  ///< degrees of an average lordosis; a cranial step leans backwards where positive
    double depth;
    double width;
    double height;
    double wedge;
    double disc_above;
    double spinous_length;
    double spinous_half_height;
    double spinous_drop;
};

// Average adult measures after Panjabi et al. (Spine 1991 and 1992) and Zhou et al. (Eur Spine J 2000),
// rounded; tilts give a lumbar lordosis of about 50 degrees over a sacral slope of about 40.
constexpr std::array<Measure, 20> kColumn{{
    {Region::coccyx, 62, 6, 10, 9, 0, 1.2, 0, 0, 0},
    {Region::coccyx, 42, 8, 18, 11, 0, 1.5, 0, 0, 0},
    {Region::sacrum, 8, 10, 34, 15, 0, 1.2, 0, 0, 0},
    {Region::sacrum, -18, 12, 46, 17, 0, 1.2, 0, 0, 0},
    {Region::sacrum, -38, 15, 60, 19, 0, 1.4, 0, 0, 0},
    {Region::sacrum, -46, 20, 74, 23, 0, 2.4, 0, 0, 0},
    {Region::sacrum, -40, 29, 90, 29, 0, 12, 0, 0, 0},
    {Region::lumbar, -23, 34.5, 46, 26.5, 2.0, 12, 20, 8, 0.30},
    {Region::lumbar, -9, 35, 46, 27, 0.8, 11.5, 27, 9.5, 0.20},
    {Region::lumbar, 0, 34.5, 45, 27.5, 0.3, 10.5, 31, 11, 0.14},
    {Region::lumbar, 6, 34, 44, 27, 0.0, 9, 31, 11, 0.12},
    {Region::lumbar, 10, 33, 42.5, 26, -0.3, 7.5, 29, 10, 0.16},
    {Region::thoracic, 12, 31, 40, 24.5, -0.5, 6, 26, 8.5, 0.30},
    {Region::thoracic, 13, 29.5, 38, 22.5, -0.6, 5, 27, 7, 0.55},
    {Region::thoracic, 12, 28.5, 34, 21.5, -0.5, 4.5, 29, 5.5, 0.80},
    {Region::thoracic, 10, 27.5, 32, 20.5, -0.5, 4, 30, 5, 1.0},
    {Region::thoracic, 7, 26.5, 31, 20, -0.5, 3.8, 31, 5, 1.1},
    {Region::thoracic, 3, 25.5, 30, 19.5, -0.5, 3.6, 31, 5, 1.2},
    {Region::thoracic, -1, 24.5, 29, 19, -0.5, 3.5, 30, 5, 1.2},
    {Region::thoracic, -5, 23.5, 28, 18.5, -0.5, 3.5, 30, 5, 1.1},
}};
constexpr std::size_t kFirstSacral = 6;
constexpr std::size_t kL3 = 9;
// Of 618 midline slices of another centre: half way down S1 has lost a quarter of its depth.
constexpr double kTaperOfS1 = 0.45;

Segment draw_segment(const Measure& m, double scale, double lordosis, double lean, double age,
                     Random& random) {
    const double tilt = (m.tilt * lordosis + lean + random.uniform(-1.5, 1.5)) * std::numbers::pi / 180.0;
    const bool spine = m.region == Region::lumbar || m.region == Region::thoracic;
    Segment s{.region = m.region,
              .sine = std::sin(tilt),
              .cosine = std::cos(tilt),
              .half_depth = 0.5 * m.depth * scale * random.uniform(0.98, 1.02),
              .half_width = 0.5 * m.width * scale,
              .height = m.height * scale * random.uniform(0.97, 1.03),
              .wedge = m.wedge + random.uniform(-0.3, 0.3),
              .taper = m.region == Region::sacrum ? 0.24 : 0.0,
              .concavity = spine ? random.uniform(0.9, 2.0) + 0.5 * age : 0.4,
              .waist = spine ? random.uniform(0.8, 1.7) : 0.6,
              .spinous_length = m.spinous_length * scale * random.uniform(0.86, 1.1),
              .spinous_half_height = m.spinous_half_height * scale * random.uniform(0.82, 1.08),
              .spinous_drop = m.spinous_drop + random.uniform(-0.1, 0.1),
              .pedicle_offset = (m.region == Region::thoracic ? 12.0 : 13.0) * scale,
              .fatty = std::clamp(age + random.uniform(-0.2, 0.2), 0.0, 1.0)};
    if (spine && random.chance(0.12)) {
        s.node_depth = random.uniform(2.0, 4.5);
        s.node_u = random.uniform(-0.4, 0.4) * s.half_depth;
    }
    return s;
}

Disc draw_disc(const Measure& below, std::size_t levels_above_sacrum, double scale, double age,
               Random& random) {
    Disc disc{.height = below.disc_above * scale * random.uniform(0.9, 1.1)};
    // The two lowest discs wear out first.
    const double wear = levels_above_sacrum < 2 ? 0.35 : (levels_above_sacrum < 4 ? 0.1 : 0.0);
    disc.degeneration = std::clamp(age + wear + random.uniform(-0.45, 0.35), 0.0, 1.0);
    disc.height *= 1.0 - 0.42 * disc.degeneration * disc.degeneration;
    disc.bulge = random.uniform(0.0, 0.8) + disc.degeneration * random.uniform(0.3, 2.6);
    disc.endplate_change = disc.degeneration > 0.6 && random.chance(0.4);
    return disc;
}

/// Stacks the segments on each other from L3 in both directions.
void place(std::vector<Segment>& segments, const std::vector<Disc>& discs) {
    for (std::size_t i = kL3 + 1; i < segments.size(); ++i) {
        const Segment& below = segments[i - 1];
        Segment& here = segments[i];
        const double disc = 0.5 * discs[i - 1].height;
        const double below_step = 0.5 * below.height + disc;
        const double here_step = 0.5 * here.height + disc;
        here.centre = {below.centre.y + below.sine * below_step + here.sine * here_step,
                       below.centre.z + below.cosine * below_step + here.cosine * here_step};
    }
    for (std::size_t i = kL3; i-- > 0;) {
        const Segment& above = segments[i + 1];
        Segment& here = segments[i];
        const double disc = 0.5 * discs[i].height;
        const double above_step = 0.5 * above.height + disc;
        const double here_step = 0.5 * here.height + disc;
        here.centre = {above.centre.y - above.sine * above_step - here.sine * here_step,
                       above.centre.z - above.cosine * above_step - here.cosine * here_step};
    }
}

/// The front of a body comes down by a share of its height, its back stays as high as it was.
void collapse_front(Segment& body, double share) {
    const double lost = share * body.height;
    body.height -= 0.5 * lost;
    body.wedge -= 0.25 * lost;
}

void lumbarise(Segment& s1, const Segment& l5, Segment& s2, Disc& beneath) {
    s1.taper = 0.04;
    s1.half_depth = 0.97 * l5.half_depth;
    s1.height = 0.98 * l5.height;
    s2.half_depth = 0.9 * s1.half_depth;
    beneath = {.height = 8, .degeneration = 0.2, .bulge = 0.5};
}

void sacralise(Segment& l5, Disc& beneath) {
    l5.taper = 0.2;
    beneath = {.height = 3, .degeneration = 0.9, .reach = 0.55};
}

void block(const Segment& lower, Segment& upper, Disc& between) {
    between = {.height = 1.2, .fused = true};
    upper.half_depth = 0.5 * (lower.half_depth + upper.half_depth);
}

void add_findings(Anatomy& a, const PhantomFindings& findings) {
    const auto at = [&](int ordinal) { return a.s1 + static_cast<std::size_t>(ordinal); };
    if (findings.six_lumbar) {
        a.segments.insert(a.segments.begin() + kL3 + 1, a.segments[kL3]);
        a.discs.insert(a.discs.begin() + kL3 + 1, a.discs[kL3]);
        a.conus_level += 1;
    }
    if (findings.four_lumbar) {
        a.segments.erase(a.segments.begin() + kL3 + 1);
        a.discs.erase(a.discs.begin() + kL3 + 1);
        a.conus_level -= 1;
    }
    if (findings.lumbarised)
        lumbarise(a.segments[a.s1], a.segments[a.s1 + 1], a.segments[a.s1 - 1], a.discs[a.s1 - 1]);
    if (findings.sacralised) sacralise(a.segments[a.s1 + 1], a.discs[a.s1]);
    if (findings.blocked > 0) {
        const std::size_t lower = at(findings.blocked);
        block(a.segments[lower], a.segments[lower + 1], a.discs[lower]);
    }
    if (findings.fractured > 0) collapse_front(a.segments[at(findings.fractured)], 0.5);
    a.findings = findings;
}

}  // namespace

Anatomy draw_anatomy(std::uint64_t seed, const PhantomFindings& findings) {
    Random random(seed, Random::Stream::anatomy);
    const double scale = random.uniform(0.92, 1.08);
    const double lordosis = random.uniform(0.7, 1.1);
    const double lean = random.uniform(-3, 3);
    const double age = random.uniform(0.0, 0.75);
    Anatomy a;
    a.s1 = kFirstSacral;
    for (std::size_t i = 0; i < kColumn.size(); ++i) {
        a.segments.push_back(draw_segment(kColumn[i], scale, lordosis, lean, age, random));
        if (i + 1 == kColumn.size()) continue;
        const std::size_t level = i < kFirstSacral ? 9 : i - kFirstSacral;
        a.discs.push_back(draw_disc(kColumn[i], level, scale, age, random));
        a.discs.back().formed = i >= kFirstSacral;
    }
    a.segments[a.s1].taper = kTaperOfS1;
    a.scoliosis = random.uniform(-2, 2);
    a.sac_half_depth = random.uniform(7.2, 8.8) * scale;
    a.sac_half_width = random.uniform(10, 12) * scale;
    a.conus_level = 11.0 + random.uniform(-0.6, 0.8);
    a.fat_over_lumbar = random.uniform(14, 42);
    a.fat_over_thorax = random.uniform(6, 14);
    a.fat_over_sacrum = a.fat_over_lumbar * random.uniform(0.7, 1.0);
    a.belly_depth = random.uniform(88, 112);
    a.belly_fat = random.uniform(9, 20);
    a.muscle_fat = std::clamp(age + random.uniform(-0.2, 0.2), 0.05, 0.9);
    a.aorta_radius = random.uniform(7.5, 10);
    add_findings(a, findings);
    place(a.segments, a.discs);
    return a;
}

}  // namespace spineseg::phantom
