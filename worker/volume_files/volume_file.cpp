// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/volume_file.h"

#include <bit>
#include <string>

#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/label_mapping.h"
#include "worker/volume_files/metaimage.h"
#include "worker/volume_files/nifti.h"
#include "worker/volume_files/voxel_codec.h"

namespace spineseg {
namespace {

static_assert(std::endian::native == std::endian::little, "write_mha writes voxels as they lie in memory");

Error naming(const std::filesystem::path& file, const Error& error) {
    return {error.code, file.string() + ": " + error.detail};
}

template <typename T>
Result<void> write(const Grid<T>& grid, const std::string& element_type, const std::filesystem::path& file) {
    if (grid.voxels.empty() || grid.voxels.size() != grid.geometry.voxel_count()) {
        return failure(ErrorCode::invalid_argument,
                       file.string() + ": the volume to write does not match its geometry");
    }
    const auto packed = deflate(std::as_bytes(std::span(grid.voxels)));
    return write_file(file, metaimage_header(grid.geometry, element_type, packed.size()), packed);
}

}  // namespace

Result<Volume> read_volume(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    const bool metaimage = name.ends_with(".mha");
    if (!metaimage && !name.ends_with(".nii") && !name.ends_with(".nii.gz")) {
        return failure(ErrorCode::file_unreadable, file.string() + ": is neither .mha nor .nii nor .nii.gz");
    }
    const auto bytes = read_file(file, kLargestFile);
    if (!bytes) return failure(bytes.error());
    auto volume = metaimage ? decode_metaimage(*bytes) : decode_nifti(*bytes);
    if (!volume) return failure(naming(file, volume.error()));
    return volume;
}

Result<LabelMap> read_label_map(const std::filesystem::path& file) {
    const auto volume = read_volume(file);
    if (!volume) return failure(volume.error());
    auto labels = fold_labels(*volume);
    if (!labels) return failure(naming(file, labels.error()));
    return labels;
}

Result<void> write_mha(const Volume& volume, const std::filesystem::path& file) {
    return write(volume, "MET_FLOAT", file);
}

Result<void> write_mha(const LabelMap& labels, const std::filesystem::path& file) {
    return write(labels, "MET_UCHAR", file);
}

}  // namespace spineseg
