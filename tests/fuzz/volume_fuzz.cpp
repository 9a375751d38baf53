// SPDX-License-Identifier: GPL-3.0-or-later
// worker/volume_files: an accepted volume has as many finite voxels as its grid says, lies on a sound grid, and is
// written and read again as the same.
#include <cmath>
#include <cstring>

#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/sound_grid.h"
#include "worker/volume_files/byte_stream.h"
#include "worker/volume_files/label_mapping.h"
#include "worker/volume_files/metaimage.h"
#include "worker/volume_files/nifti.h"
#include "worker/volume_files/nnunet_dataset.h"

namespace spineseg::fuzz {
namespace volume_fuzz {

/// No file becomes longer than this by inflation (RFC 1951: 1032 times).
constexpr std::size_t kMostInflation = 1032;

bool check(Input input, const Result<Volume>& volume) {
    if (!volume) {
        require(volume.error().code == ErrorCode::file_unreadable ||
                    volume.error().code == ErrorCode::non_finite_pixels,
                "refused as a file");
        require(!volume.error().detail.empty(), "refused with a reason");
        return false;
    }
    require_sound(volume->geometry, volume->voxels);
    require(volume->voxels.size() <= kMostInflation * (input.size() + 64), "voxels come from the file");
    const auto packed = deflate(std::as_bytes(std::span(volume->voxels)));
    const auto header = metaimage_header(volume->geometry, "MET_FLOAT", packed.size());
    std::vector<std::byte> file(header.size() + packed.size());
    std::memcpy(file.data(), header.data(), header.size());
    std::memcpy(file.data() + header.size(), packed.data(), packed.size());
    const auto again = decode_metaimage(file);
    require(again.has_value(), "an accepted volume can be written and read again");
    require(again->voxels == volume->voxels, "with the same voxels");
    require(same_grid(again->geometry, volume->geometry, 1e-3 + 1e-9 * norm(volume->geometry.origin)),
            "on the same grid");
    if (const auto labels = fold_labels(*volume))
        require(labels->voxels.size() == volume->voxels.size(), "labels are as many as voxels");
    return true;
}

}  // namespace volume_fuzz

bool fuzz_volume(Input input) {
    const auto bytes = std::as_bytes(input);
    if (!input.empty() && input.front() == '{') {
        const auto text = text_of(input);
        const auto dataset = parse_nnunet_dataset(text);
        if (!dataset) return false;
        require(dataset->labels(0.0F) == Label::background, "0 is the background");
        require(!dataset->file_ending.empty(), "files have an ending");
        return true;
    }
    const bool metaimage = volume_fuzz::check(input, decode_metaimage(bytes));
    const bool nifti = volume_fuzz::check(input, decode_nifti(bytes));
    require(!metaimage || !nifti, "no file is of two formats");
    return metaimage || nifti;
}

}  // namespace spineseg::fuzz
