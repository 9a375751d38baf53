// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Awkward source series with both results, written to a folder for other programs to read.

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>
#include <vector>

#include "core/volume.h"

namespace spineseg::dicom::testing {

struct Sample {
    const char* name = "";
    int columns = 0;
    int rows = 0;
    int slices = 9;
    double tilt = 0;       ///< degrees
    bool flipped = false;  ///< the slices descend along row x column
    bool feet_up = false;  ///< the first row is the lowest
    bool enhanced = false;
};
void PrintTo(const Sample& sample, std::ostream* out);

/// Odd sizes, oblique stacks, both slice directions, feet up, classic and enhanced sources.
std::vector<Sample> samples();

/// Writes source/, seg.dcm, map.dcm and disagreement.dcm (the same values as mutual information) into the
/// folder, and by level levels.dcm, labelmap.dcm, parts.dcm, report.dcm and picture.dcm; throws when that fails.
struct SampleResults {
    SampleResults(const Sample& sample, const std::filesystem::path& folder);
    std::filesystem::path folder;
    LabelMap labels;                    ///< what went into seg.dcm
    std::vector<float> fractions;       ///< what map.dcm must hold
    LabelMap levels;                    ///< what levels.dcm and labelmap.dcm must hold
    LabelMap parts;                     ///< what parts.dcm must hold
    std::vector<std::string> measured;  ///< what report.dcm must say, see read_report.py
};

std::vector<float> floats_of(const std::vector<std::uint8_t>& bytes);

}  // namespace spineseg::dicom::testing
