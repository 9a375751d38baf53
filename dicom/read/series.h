// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A source series as the results need it: voxels with their geometry, and for every slice the instance (and
/// frame) it came from with its geometry strings byte for byte. The link slice ↔ SOP Instance UID is never
/// lost. Values; DCMTK stays hidden in the sources of this library.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/image_words.h"
#include "core/patient_facts.h"
#include "core/result.h"
#include "core/sagittal_axes.h"
#include "core/series_limits.h"
#include "core/volume.h"
#include "dicom/read/instance_bytes.h"
#include "stacks/series_plan.h"

namespace spineseg::dicom {

/// Where one slice came from.
struct SourceSlice {
    std::string sop_class_uid;
    std::string sop_instance_uid;
    int frame_number = 0;                ///< 1-based within a multi-frame instance, 0 for a single-frame one
    std::string image_position_patient;  ///< the DS strings as stored, e.g. "-30.0\\-120\\150.5"
};

/// The first instance's dataset, kept whole so that patient and study elements can be copied byte for byte.
class SourceDataset;  // holds a DcmDataset; defined in dicom/encoding/source_dataset.h

struct Series {
    Volume volume;  ///< slices sorted so that slice_direction = row × column (right-handed)
    std::vector<SourceSlice> sources;     ///< volume.geometry.slices entries, in the volume's slice order
    std::vector<std::string> left_aside;  ///< files and images that were not read, each with the reason
    std::string pixel_digest;  ///< SHA-256 of the voxels: results of other pixels are other results
    std::string fingerprint;   ///< of all instances given, those of other stacks included; see core/digest.h
    std::string study_instance_uid;
    std::string series_instance_uid;
    std::string frame_of_reference_uid;
    int series_number = 0;
    std::string series_description;  ///< raw bytes, for display only
    PatientFacts patient;            ///< never shown
    std::string modality;
    std::string image_orientation_patient;  ///< DS strings as stored
    std::string pixel_spacing;
    std::string slice_thickness;                   ///< as stored; empty when absent
    std::shared_ptr<const SourceDataset> dataset;  ///< shared: several writers read it, none changes it
};

struct ReadLimits {
    std::size_t max_instances = kMostInstances;
    std::size_t max_voxels = std::size_t{400} << 20;
    std::size_t max_decoded_voxels = std::size_t{128} << 20;  ///< of the images that are decoded
    std::size_t max_elements = std::size_t{2} << 20;  ///< elements and items of all instances together
    int max_matrix = GeometryLimits{}.max_matrix;     ///< rows and columns, before anything is decoded
    int min_slices = kFewestSlices;
    ImageWords words;  ///< a site's, see core/image_words.h
};

/// A file that neither is a Part 10 file nor promises to be one by its name: it lies in the folder by chance.
bool is_stray_file(const InstanceBytes& file);

/// Reads, checks and orders a series (docs/dicom.md §5.2). Of several stacks the sagittal one is read, see
/// stack_splitter.h; instances of the series that are no MR image are left aside. The order of the instances
/// does not matter. Errors are the reject codes of core/error.h, each with a detail that names the instance
/// or the numbers.
Result<Series> read_series(std::span<const InstanceBytes> instances, const ReadLimits& limits = {});
/// All DICOM files of a folder (not recursive); stray files are left aside; those that are no images by their
/// name (core/image_file_name.h) are skipped.
Result<Series> read_series(const std::filesystem::path& folder, const ReadLimits& limits = {});

struct SeriesInspection {
    std::vector<StackReport> stacks;      ///< empty when the files themselves are at fault
    std::vector<std::string> left_aside;  ///< instances that are no MR image, each with the reason
    std::optional<Error> fault;           ///< what read_series() would say before it decodes pixels
};

/// What read_series() would do, without decoding a pixel.
SeriesInspection inspect_series(std::span<const InstanceBytes> instances, const ReadLimits& limits = {});

}  // namespace spineseg::dicom
