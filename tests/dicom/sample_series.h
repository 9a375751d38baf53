// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Series, masks and maps for the tests of dicom/: made here, random, never symmetric, with known voxels.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/volume.h"
#include "dicom/read/series.h"
#include "dicom/write/mr_series_writer.h"
#include "dicom/write/result_file.h"
#include "tests/support/temporary_folder.h"

class DcmDataset;

namespace spineseg::dicom::testing {

using spineseg::TemporaryFolder;

/// Files kept in memory, as the worker gets them.
struct Files {
    std::vector<std::string> names;
    std::vector<std::vector<std::uint8_t>> bytes;
    std::vector<InstanceBytes> instances() const;
};

std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file);
void write_bytes(const std::filesystem::path& file, const std::vector<std::uint8_t>& bytes);
Files read_files(const std::filesystem::path& folder);

/// Sagittal, turned about two axes by `tilt_degrees`; `flipped` runs the slices from left to right instead.
Geometry sagittal_geometry(int columns, int rows, int slices, double tilt_degrees = 0, bool flipped = false);
/// Whole numbers 0..4000, or negative ones too.
Volume random_volume(const Geometry& geometry, std::uint32_t seed, bool negative = false);
/// Background, vertebra, canal and disc by chance in some slices; other slices are empty.
LabelMap random_labels(const Geometry& geometry, std::uint32_t seed);
/// 0..1.
Volume random_uncertainty(const Geometry& geometry, std::uint32_t seed);

/// A written MR series as files in memory. With `edit`, every slice's dataset passes through it before it is
/// stored.
Files sample_files(const Volume& volume, const MrSeriesHeader& header = {},
                   const std::function<void(DcmDataset&, int slice)>& edit = {});
/// The volume as one Enhanced MR instance (or Legacy Converted), its frames in an order that is not spatial.
Files enhanced_files(const Volume& volume, bool legacy_converted = false);
/// Re-encodes a file with DCMTK after changing it; keeps its transfer syntax or takes the one named by its
/// UID.
std::vector<std::uint8_t> edited(const std::vector<std::uint8_t>& file,
                                 const std::function<void(DcmDataset&)>& edit,
                                 const std::string& transfer_syntax_uid = "");

/// Reads a series that must be good.
Series read_good(const Files& files, const ReadLimits& limits = {});

Provenance sample_provenance();

/// The folder with real files that may not be committed; empty when this checkout has none.
std::filesystem::path shared_dicom_data();

}  // namespace spineseg::dicom::testing
