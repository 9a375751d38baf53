// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/tissue.h"

#include "worker/phantom/random.h"

namespace spineseg::phantom {
namespace {

struct Row {
    Tissue tissue;
    float t1;
    float t2;
    float spread;  ///< ± fraction from patient to patient
};

// Turbo spin echo at 1.5 to 3 T, relative to subcutaneous fat, as lumbar protocols show them: TR/TE about
// 500/10 and 3500/100 ms. Fat stays bright on T2 because the echo train hides its J-coupling.
constexpr std::array<Row, kTissues> kRows{{
    {Tissue::air, 0, 0, 0},
    {Tissue::skin, 330, 260, 0.2F},
    {Tissue::subcutaneous_fat, 1000, 880, 0.06F},
    {Tissue::visceral_fat, 900, 760, 0.06F},
    {Tissue::epidural_fat, 920, 800, 0.06F},
    {Tissue::muscle, 300, 165, 0.12F},
    {Tissue::ligament, 95, 65, 0.2F},
    {Tissue::cortical_bone, 60, 40, 0.2F},
    {Tissue::marrow, 470, 330, 0.18F},
    {Tissue::fatty_marrow, 720, 520, 0.1F},
    {Tissue::basivertebral_vein, 330, 560, 0.15F},
    {Tissue::nucleus, 290, 640, 0.12F},
    {Tissue::degenerated_nucleus, 240, 170, 0.2F},
    {Tissue::annulus, 210, 85, 0.2F},
    {Tissue::csf, 150, 1080, 0.07F},
    {Tissue::nerve, 320, 390, 0.08F},
    {Tissue::flowing_blood, 75, 50, 0.3F},
    {Tissue::bowel_wall, 330, 300, 0.15F},
    {Tissue::bowel_content, 300, 520, 0.3F},
    {Tissue::urine, 140, 1100, 0.05F},
    {Tissue::marker_oil, 1150, 1150, 0},
}};

constexpr float kDarkest = 30;
constexpr float kBrightest = 1100;

}  // namespace

Brightness brightness_of(PhantomContrast contrast, std::uint64_t seed) {
    Random random(seed, Random::Stream::contrast);
    Brightness table{};
    for (const Row& row : kRows) {
        float& value = table[static_cast<std::size_t>(row.tissue)];
        const double spread = random.uniform(-row.spread, row.spread);
        const double any = random.uniform(kDarkest, kBrightest);
        value = contrast == PhantomContrast::t1 ? row.t1 : row.t2;
        value *= static_cast<float>(1.0 + spread);
        const bool body = row.tissue != Tissue::air && row.tissue != Tissue::marker_oil;
        if (contrast == PhantomContrast::random && body) value = static_cast<float>(any);
    }
    return table;
}

}  // namespace spineseg::phantom
