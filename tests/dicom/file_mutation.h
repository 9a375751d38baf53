// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Damage to a DICOM file as transport, storage and hostile hands do it: flipped bits, nasty values, cuts,
/// deletions, repeated pieces. The same generator state gives the same damage.

#include <cstdint>
#include <random>
#include <vector>

namespace spineseg::dicom::testing {

/// One random change behind the preamble, which means nothing. The file must be longer than 130 bytes.
void mutate(std::vector<std::uint8_t>& bytes, std::mt19937& random);

}  // namespace spineseg::dicom::testing
