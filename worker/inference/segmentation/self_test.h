// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether a loaded model computes here what it computed where it was made: a small input of the bundle, its
/// presegmentation and one sample of its diffusion, against the values that float32 on a CPU gave. So an
/// unsuitable driver, library or processor is found before it gives a wrong result. One thread at a time.

#include <array>
#include <filesystem>

#include "core/result.h"
#include "core/self_test.h"
#include "worker/inference/segmentation/segmenter.h"

namespace spineseg {

/// How far apart two maps of probabilities are.
struct MapAgreement {
    double mean = 0.0;     ///< mean absolute difference
    double largest = 0.0;  ///< largest absolute difference
};

/// What MapAgreement may be, for each of the two maps.
struct SelfTestBounds {
    MapAgreement presegmentation;
    MapAgreement probability;
};

/// Somewhat above what was measured (2026-11-29; the table is in worker/inference/README.md).
SelfTestBounds self_test_bounds(Precision precision);

struct SelfTestReport {
    SelfTestOutcome outcome;
    MapAgreement presegmentation;
    MapAgreement probability;
    SelfTestBounds bounds;
    double seconds = 0.0;
};

/// Runs the self-test of the bundle that `segmenter` was loaded from. A bundle without one is `absent`; values
/// out of bounds, and networks that do not run at all on this device, are `failed` with the reason. The error
/// is model_invalid: the self-test's own file is missing, changed or nonsense.
Result<SelfTestReport> run_self_test(Segmenter& segmenter, const std::filesystem::path& bundle_folder);

/// Computes `slices` (whole intensities, the image everywhere on the model grid) and puts them with the result into
/// the bundle, named by its manifest. invalid_configuration unless `segmenter` computes on a CPU in float32.
Result<void> write_self_test(Segmenter& segmenter, const std::filesystem::path& bundle_folder,
                             const SliceStack& slices);

}  // namespace spineseg
