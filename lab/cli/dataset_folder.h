// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder of images with label maps, in either layout that is common:
///   SPIDER   images/<n>_t1.mha, <n>_t2.mha, <n>_t2_SPACE.mha; masks/ with the same names, whose labels are
///            numbers of levels
///   nnU-Net  imagesTr/<case>_0000.nii.gz, labelsTr/<case>.nii.gz, dataset.json, which says what the labels
///            mean
/// Listing looks at names only; reading comes later. Errors name the file. One thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "lab/training/case_name.h"
#include "worker/volume_files/label_mapping.h"

namespace spineseg {

struct DatasetSeries {
    std::string name;  ///< "18_t2_SPACE": the file's name without its ending (and without nnU-Net's "_0000")
    CaseName parsed;
    std::filesystem::path image;
    std::filesystem::path mask;
    LabelCode labels;  ///< what the mask's numbers mean
};

/// Every series of the folder, sorted by name (numbers by value), each with its mask. file_not_found: neither
/// layout, no image at all, an image without a mask, a mask without an image. file_unreadable: see
/// read_nnunet_dataset().
Result<std::vector<DatasetSeries>> series_in(const std::filesystem::path& folder);

/// The same of several folders together. invalid_argument when two of them have a series of the same name.
Result<std::vector<DatasetSeries>> series_in(const std::vector<std::filesystem::path>& folders);

/// Which series a command takes.
struct SeriesFilter {
    std::vector<std::string> ids;      ///< patients ("18") or series ("18_t1"); empty: all
    std::vector<std::string> exclude;  ///< the same; wins over `ids`
    std::optional<SpiderContrast> contrast;
    std::string manufacturer;  ///< begins so, any case ("philips"); empty: any. Needs an overview.csv
    std::optional<double> field_strength;  ///< tesla. Needs an overview.csv
};

/// Series by series name and by patient: the same rule for files, packed cases and splits.
bool listed(const std::vector<std::string>& entries, const CaseName& name);

}  // namespace spineseg
