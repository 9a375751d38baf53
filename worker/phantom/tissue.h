// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the phantom is made of, and how bright each tissue is under a contrast. Values; any thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "worker/phantom/phantom_request.h"

namespace spineseg::phantom {

enum class Tissue : std::uint8_t {
    air,
    skin,
    subcutaneous_fat,
    visceral_fat,
    epidural_fat,
    muscle,
    ligament,
    cortical_bone,
    marrow,
    fatty_marrow,
    basivertebral_vein,
    nucleus,
    degenerated_nucleus,
    annulus,
    csf,
    nerve,
    flowing_blood,
    bowel_wall,
    bowel_content,
    urine,
    marker_oil,
};
inline constexpr std::size_t kTissues = 21;

using Brightness = std::array<float, kTissues>;  ///< by Tissue, before coil and noise; fat about 1000

/// The contrast's brightness table with the variation from patient to patient that the seed draws.
Brightness brightness_of(PhantomContrast contrast, std::uint64_t seed);

}  // namespace spineseg::phantom
