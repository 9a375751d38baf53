// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Random crops of training slices: one affine resampling, then contrast, bias field, resolution, noise,
/// field of view; then the same standardisation as at inference. Deterministic in (seed, iteration), so that
/// a resumed run draws what an uninterrupted one would have drawn. One thread at a time.

#include <torch/types.h>

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "config/model_manifest.h"
#include "lab/training/lateral_views.h"
#include "lab/training/training_case.h"
#include "lab/training/training_random.h"

namespace spineseg {

struct CropSize {
    int rows = 224;
    int columns = 224;
};

/// Probabilities and ranges; the defaults are the recipe of models/README.md.
struct AugmentationPlan {
    CropSize crop;  ///< pixels
    /// Crops lie around the structures' centre instead of the model grid's, and are shifted by a few millimetres
    /// only: what a denoiser sees whose plan has a region.
    bool around_structures = false;
    /// 0..1: chances of every change of contrast and quality, and ranges of rotation, scale and aspect, times
    /// this. Below 1 for a last phase close to the images as they are. The shares of slices and the shifts
    /// stay.
    double strength = 1;
    double rotation_degrees = 15;
    double scale_low = 0.8, scale_high = 1.25;
    double aspect = 0.08;  ///< ± relative stretch of rows against columns
    double shift_rows_mm = 55, shift_columns_mm = 25;
    double curve = 0.45;  ///< random seven-point intensity curve, half of them not monotone
    double inversion = 0.10;
    double structure_gain = 0.30;  ///< other tissue contrasts: gain and offset per structure
    double bias_field = 0.40;
    double resolution_loss = 0.25;
    double noise = 0.30;
    double blur = 0.10;
    double field_of_view = 0.15;    ///< a border of the image is cut away
    double synthetic_share = 0.15;  ///< of the slices, where there are synthetic cases
    /// Of the crops, whatever the strength: a spine that leans, is bent and is larger or smaller than usual.
    double lean_share = 0.25;
    double lean_degrees = 35;
    double bend_mm = 12;  ///< how far the middle of a crop moves sideways against its ends, at most
    double size_low = 0.7, size_high = 1.3;
    /// Of the crops: a signal void with a bright rim over a structure, as metal makes it. Nothing is to be found
    /// in it.
    double void_share = 0.08;
    double void_radius_low_mm = 5, void_radius_high_mm = 16;
    /// Of the slices, as views beside the midline (lateral_views.h): the tissue around the spine folded over
    /// it, nothing to be found; bodies without canal and arches; rows beside the canal repeated.
    double spineless = 0.08, archless = 0.08, beside_canal = 0.10;
    /// Of the slices, where there are any of which only a part is labelled.
    double partial_share = 0.15;
};

struct TrainingBatch {
    torch::Tensor image;  ///< float32 [B, 1, rows, columns], standardised as InputPlan says
    torch::Tensor
        target;  ///< float32 [B, 3, rows, columns] in 0..1: partial volume after resampling stays partial
    torch::Tensor known;  ///< float32 [B, 1, rows, columns]: 0 where the truth is not known, else 1
    std::vector<std::size_t> cases;  ///< [B]: which of the given cases each crop was cut from
};

class Augmentation {
  public:
    Augmentation(const std::vector<TrainingCase>& cases, const InputPlan& input,
                 const AugmentationPlan& plan);

    TrainingBatch batch(int size, std::uint64_t seed, std::int64_t iteration) const;

  private:
    /// One slice, ready to be sampled: channel 0 the image scaled by its percentile, 1 inside, 2..4 the
    /// structures, 5 what is unlabelled.
    struct Source {
        torch::Tensor
            planes;  ///< uint8 labels and float image would need two samplings; float16 [6, H, W] needs one
        std::size_t case_index = 0;
        bool partial = false;
        std::optional<Rows> beside_canal;
        /// Where crops are centred, in grid_sample's −1..1: {row, column}.
        std::array<double, 2> centre{};
    };

    Source drawn(Random& random) const;
    torch::Tensor cropped(const Source& source, Random& random) const;
    torch::Tensor recontrasted(torch::Tensor image, const torch::Tensor& structures, Random& random) const;
    torch::Tensor degraded(torch::Tensor image, Random& random) const;

    InputPlan input_;
    AugmentationPlan plan_;
    std::vector<Source> real_, synthetic_, partial_, beside_canal_;
};

}  // namespace spineseg
