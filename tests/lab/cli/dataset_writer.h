// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Small data sets to read: one physical stack, stored as the test likes, in either layout.

#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/model_manifest.h"
#include "tests/support/temporary_folder.h"
#include "tests/worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg::testing {

/// 3 slices of 40 × 36 pixels at 2 mm.
inline Geometry small_geometry() {
    Geometry g = upright_geometry();
    g.columns = 36;
    g.rows = 40;
    g.slices = 3;
    g.column_spacing = g.row_spacing = 2.0;
    return g;
}

/// The model grid that the small stack fills.
inline InputPlan small_plan() {
    InputPlan plan;
    plan.spacing_mm = 2.0;
    plan.canvas_rows = 48;
    plan.canvas_columns = 48;
    return plan;
}

/// Boxes of every structure, off every centre; a partly visible vertebra on top, numbered as SPIDER does.
inline Volume spider_numbers(const Geometry& geometry) {
    Volume numbers{geometry, std::vector<float>(geometry.voxel_count())};
    const auto box = [&](int row, int column, float value) {
        for (int slice = 0; slice < geometry.slices; ++slice)
            for (int r = row; r < row + 6; ++r)
                for (int c = column; c < column + 5 + slice % 3; ++c) numbers.at(c, r, slice) = value;
    };
    box(2, 8, 107);
    box(10, 8, 2);
    box(18, 8, 201);
    box(26, 8, 1);
    box(12, 22, 100);
    return numbers;
}

/// The same anatomy with consecutive numbers: canal 1, vertebra 2, disc 3.
inline Volume nnunet_numbers(const Geometry& geometry) {
    Volume numbers = spider_numbers(geometry);
    for (auto& value : numbers.voxels) value = value == 0 ? 0 : value == 100 ? 1 : value == 201 ? 3 : 2;
    return numbers;
}

inline const char* kNnunetDataset =
    R"({"channel_names": {"0": "T2"}, "labels": {"background": 0, "SC": 1, "Vertebrae": 2, "IVD": 3}, "file_ending": ".nii.gz"})";

/// A NIfTI-1 file of float32 voxels, not compressed (a .nii.gz is told by its first bytes).
inline void write_nifti(const Volume& volume, const std::filesystem::path& file) {
    std::array<char, 352> header{};
    const auto put = [&](std::size_t offset, auto value) {
        std::memcpy(header.data() + offset, &value, sizeof value);
    };
    const Geometry& g = volume.geometry;
    put(0, std::int32_t{348});
    const std::array<int, 4> dim{3, g.columns, g.rows, g.slices};
    for (std::size_t i = 0; i < dim.size(); ++i) put(40 + 2 * i, static_cast<std::int16_t>(dim[i]));
    put(70, std::int16_t{16});
    put(72, std::int16_t{32});
    put(108, 352.0F);
    put(254, std::int16_t{1});
    const std::array<Vec3, 4> steps{g.column_spacing * g.row_direction, g.row_spacing * g.column_direction,
                                    g.slice_spacing * g.slice_direction, g.origin};
    for (std::size_t axis = 0; axis < 3; ++axis)
        for (std::size_t step = 0; step < 4; ++step)
            put(280 + 16 * axis + 4 * step, static_cast<float>((axis < 2 ? -1 : 1) * steps[step][axis]));
    std::memcpy(header.data() + 344, "n+1", 4);
    std::ofstream out(file, std::ios::binary);
    out.write(header.data(), static_cast<std::streamsize>(header.size()));
    out.write(reinterpret_cast<const char*>(volume.voxels.data()),
              static_cast<std::streamsize>(volume.voxels.size() * sizeof(float)));
}

class DatasetWriter {
  public:
    const std::filesystem::path& folder() const { return folder_; }

    void spider(const std::string& name, const Volume& image, const Volume& numbers,
                const std::string& part = "") const {
        const auto root = folder_ / part;
        std::filesystem::create_directories(root / "images");
        std::filesystem::create_directories(root / "masks");
        ASSERT_TRUE(write_mha(image, root / "images" / (name + ".mha")));
        ASSERT_TRUE(write_mha(numbers, root / "masks" / (name + ".mha")));
    }
    void nnunet(const std::string& name, const Volume& image, const Volume& numbers,
                const std::string& part = "nnunet", const std::string& dataset = kNnunetDataset) const {
        const auto root = folder_ / part;
        std::filesystem::create_directories(root / "imagesTr");
        std::filesystem::create_directories(root / "labelsTr");
        write_nifti(image, root / "imagesTr" / (name + "_0000.nii.gz"));
        write_nifti(numbers, root / "labelsTr" / (name + ".nii.gz"));
        std::ofstream(root / "dataset.json") << dataset;
    }

  private:
    const TemporaryFolder temporary_;
    const std::filesystem::path folder_ = temporary_.path();
};

}  // namespace spineseg::testing
