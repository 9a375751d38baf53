// SPDX-License-Identifier: GPL-3.0-or-later
// dicom/read: a series that is read lies on a sound grid with finite voxels, has a source for every slice, is found sound
// by its headers alone, and is the same in any order of its files.
#include "dicom/read/series.h"

#include <algorithm>

#include "dicom/read/header_values.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/sound_grid.h"

namespace spineseg::fuzz {
namespace series_fuzz {

constexpr std::size_t kMostFiles = 24;

std::vector<Input> files_of(Input input) {
    std::vector<Input> files;
    for (;;) {
        const auto next = std::search(input.begin(), input.end(), kNextFile.begin(), kNextFile.end());
        const auto length = static_cast<std::size_t>(next - input.begin());
        files.push_back(input.first(length));
        if (next == input.end() || files.size() == kMostFiles) return files;
        input = input.subspan(length + kNextFile.size());
    }
}

dicom::ReadLimits limits() {
    dicom::ReadLimits limits;
    limits.max_voxels = limits.max_decoded_voxels = std::size_t{1} << 20;
    limits.max_elements = std::size_t{1} << 16;
    limits.max_matrix = 512;
    return limits;
}

void require_series(const dicom::Series& series) {
    require_sound(series.volume.geometry, series.volume.voxels);
    require(series.sources.size() == static_cast<std::size_t>(series.volume.geometry.slices),
            "every slice has a source");
    for (const auto& source : series.sources)
        require(!source.sop_instance_uid.empty() && source.frame_number >= 0, "a source is an instance");
    require(!series.study_instance_uid.empty() && !series.series_instance_uid.empty() &&
                !series.frame_of_reference_uid.empty(),
            "a series names its study, itself and its frame of reference");
    require(series.pixel_digest.size() == 64 && series.fingerprint.size() == 64, "digests are digests");
    const Geometry& g = series.volume.geometry;
    const Vec3 there = g.voxel(g.position(g.columns - 1, g.rows - 1, g.slices - 1));
    require(std::abs(there[0] - (g.columns - 1)) < 1e-2 && std::abs(there[1] - (g.rows - 1)) < 1e-2 &&
                std::abs(there[2] - (g.slices - 1)) < 1e-2,
            "a place is found again");
}

bool distinct_uids(const dicom::Series& series) {
    std::vector<std::pair<std::string, int>> uids;
    for (const auto& source : series.sources) uids.emplace_back(source.sop_instance_uid, source.frame_number);
    std::sort(uids.begin(), uids.end());
    return std::adjacent_find(uids.begin(), uids.end()) == uids.end();
}

}  // namespace series_fuzz

bool fuzz_series(Input input) {
    using namespace series_fuzz;
    std::vector<dicom::InstanceBytes> instances;
    for (const auto& file : files_of(input))
        instances.push_back({std::to_string(instances.size()) + ".dcm", file});
    for (const auto& instance : instances) {
        const auto values = dicom::read_header_values(instance);
        require(!values || !values->sop_instance_uid.empty(), "a header names its instance");
    }
    const auto series = dicom::read_series(instances, limits());
    if (!series) {
        require(series.error().code != ErrorCode::internal, "a file is refused for what it is");
        require(!series.error().detail.empty(), "refused with a reason");
        return false;
    }
    require_series(*series);
    require(!dicom::inspect_series(instances, limits()).fault,
            "the headers of a series that is read are sound");
    std::reverse(instances.begin(), instances.end());
    const auto reversed = dicom::read_series(instances, limits());
    require(reversed.has_value(), "a series is read in any order of its files");
    if (distinct_uids(*series)) {
        require(reversed->volume.geometry == series->volume.geometry, "with the same grid");
        require(reversed->volume.voxels == series->volume.voxels, "and the same voxels");
        require(reversed->fingerprint == series->fingerprint, "and the same fingerprint");
    }
    return true;
}

}  // namespace spineseg::fuzz
