// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A model folder as nnU-Net's trainer leaves it (plans.json, dataset.json, fold_*/checkpoint_*.pth), and a
/// fold as a bundle keeps it: one safetensors file, so that the worker opens no pickle. Errors name the file:
/// file_not_found, file_unreadable, model_invalid. No state; any thread.

#include <filesystem>
#include <string>
#include <vector>

#include "core/result.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg::nnunet {

/// One training run: what prediction needs of its checkpoint.
struct Fold {
    TensorMap weights;             ///< without aliases
    std::string configuration;     ///< that was trained: "2d"
    std::string trainer;           ///< class name, for the record
    std::vector<int> mirror_axes;  ///< that training mirrored: 0 rows, 1 columns
};

/// checkpoint_final.pth or checkpoint_best.pth.
Result<Fold> read_checkpoint(const std::filesystem::path& file);

/// Weights of a sound fold (make_network() takes them), double ones as float32.
SafeTensors to_safetensors(const Fold& fold);
Result<Fold> from_safetensors(SafeTensors content);

struct ModelFolder {
    std::string plans;               ///< plans.json, as it is
    std::string dataset;             ///< dataset.json, as it is
    std::vector<std::string> names;  ///< "fold_0", …
    std::vector<Fold> folds;
};

/// `folds`: "0", "3", "all"; none: every numbered fold that has the checkpoint, as nnU-Net finds them.
Result<ModelFolder> read_model_folder(const std::filesystem::path& folder,
                                      const std::vector<std::string>& folds,
                                      const std::string& checkpoint = "checkpoint_final.pth");

}  // namespace spineseg::nnunet
