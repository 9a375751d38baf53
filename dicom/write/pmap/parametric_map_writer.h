// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The Parametric Map (PS3.3 A.75), float32. Any thread; no state.

#include "core/result.h"
#include "core/volume.h"
#include "dicom/read/series.h"
#include "dicom/write/result_file.h"

namespace spineseg::dicom {

/// What a Parametric Map's values are; the object says so.
enum class MapQuantity {
    predictive_entropy,  ///< normalised
    mutual_information,  ///< the part of it that the ensemble's disagreement explains, on the same scale
};

/// One float32 Parametric Map with a frame per source slice, ascending along row × column. `uncertainty` is
/// 0..1; stored so, and mapped to percent as its real world value.
Result<ResultFile> write_parametric_map(const Series& source, const Volume& uncertainty,
                                        const Provenance& provenance,
                                        MapQuantity quantity = MapQuantity::predictive_entropy);

}  // namespace spineseg::dicom
