// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// nnU-Net's dataset.json: what its label numbers mean. They count from 1 in an order of the data set's own,
/// so nothing is assumed about them: the names decide. Pure but for the reading. Any thread.

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "worker/volume_files/label_mapping.h"

namespace spineseg {

struct NnunetDataset {
    LabelCode labels;
    std::string file_ending;  ///< ".nii.gz"
};

/// Both spellings of `labels` ({"IVD": 3} and the older {"3": "IVD"}) and usual names of the three structures
/// (SC, spinal canal, VB, vertebrae, IVD, disc, …, any case). file_unreadable: an unknown or a missing
/// structure, a region, an "ignore" label, more than one image channel, a file ending that is not read here.
Result<NnunetDataset> parse_nnunet_dataset(std::string_view json);
/// As parse_nnunet_dataset(), naming the file; file_not_found.
Result<NnunetDataset> read_nnunet_dataset(const std::filesystem::path& dataset_json);

}  // namespace spineseg
