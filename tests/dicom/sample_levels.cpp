// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dicom/sample_levels.h"

#include <random>

namespace spineseg::dicom::testing {

SpineLevels sample_levels(const Geometry& geometry, std::uint32_t seed) {
    SpineLevels levels;
    for (int ordinal = 6; ordinal >= 1; --ordinal) {
        levels.structures.push_back({.structure = Structure::vertebra,
                                     .ordinal = ordinal,
                                     .label = static_cast<std::uint8_t>(ordinal),
                                     .millilitres = 20.5,
                                     .whole = true,
                                     .confidence = 0.9});
        levels.structures.push_back({.structure = Structure::disc,
                                     .ordinal = ordinal,
                                     .label = static_cast<std::uint8_t>(200 + ordinal),
                                     .millilitres = 5,
                                     .whole = false,
                                     .confidence = 0.85});
    }
    levels.structures.push_back(
        {.structure = Structure::canal, .ordinal = 0, .label = 100, .millilitres = 50});
    levels.numbering = {.determined = true, .confidence = 0.8, .doubts = {}};
    levels.labels = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    std::mt19937 random(seed);
    for (int slice = 1; slice < geometry.slices; ++slice) {
        if (slice % 4 == 2) continue;
        for (std::size_t i = 0; i < geometry.slice_voxel_count(); ++i) {
            const std::size_t pick = random() % (2 * levels.structures.size());
            if (pick < levels.structures.size())
                levels.labels.voxels[geometry.slice_voxel_count() * static_cast<std::size_t>(slice) + i] =
                    levels.structures[pick].label;
        }
    }
    return levels;
}

VertebraParts sample_parts(const SpineLevels& levels) {
    VertebraParts parts;
    for (const auto& structure : levels.structures) {
        if (structure.structure != Structure::vertebra) continue;
        for (const auto part : {VertebraPart::body, VertebraPart::arch})
            parts.pieces.push_back({.part = part,
                                    .ordinal = structure.ordinal,
                                    .label = part_label(part, structure.ordinal),
                                    .millilitres = 10.25 + structure.ordinal,
                                    .whole = part == VertebraPart::body || structure.ordinal < 6,
                                    .confidence = 0.8,
                                    .millilitres_uncertainty = 0.4});
    }
    parts.labels = {levels.labels.geometry, std::vector<std::uint8_t>(levels.labels.voxels.size())};
    std::mt19937 random(7);
    for (std::size_t i = 0; i < levels.labels.voxels.size(); ++i) {
        const auto part = random() % 2 == 0 ? VertebraPart::body : VertebraPart::arch;
        const std::uint8_t label = levels.labels.voxels[i];
        if (label != 0 && label < 100) parts.labels.voxels[i] = part_label(part, label);
    }
    return parts;
}

std::vector<StructureMeasurements> sample_measurements(const SpineLevels& levels) {
    std::vector<StructureMeasurements> all;
    for (const auto& structure : levels.structures) {
        StructureMeasurements group{.label = structure.label, .values = {}};
        const auto add = [&](Quantity quantity, double value, std::optional<double> doubt,
                             std::uint8_t at = 0) {
            group.values.push_back({quantity, value + 0.01 * structure.label, doubt, at});
        };
        if (structure.structure == Structure::canal) {
            for (std::uint8_t disc = 206; disc >= 201; --disc) add(Quantity::canal_diameter, 14, 0.7, disc);
        } else {
            add(Quantity::anterior_height, 27, 0.44);
            add(Quantity::middle_height, 26, std::nullopt);
            add(Quantity::posterior_height, 25, 0.5);
            add(Quantity::depth, 34, 1.25);
            if (structure.whole) add(Quantity::volume, 20512.7, 803.2);
            if (structure.structure == Structure::disc) add(Quantity::disc_height_index, 0.31234, 0.0123);
            if (structure.structure == Structure::vertebra && structure.ordinal > 1) {
                const auto disc = static_cast<std::uint8_t>(200 + structure.ordinal);
                add(Quantity::slip, -1.3, 0.6, disc);
                add(Quantity::slip_percent, -3.9, 1.8, disc);
            }
        }
        all.push_back(std::move(group));
    }
    return all;
}

}  // namespace spineseg::dicom::testing
