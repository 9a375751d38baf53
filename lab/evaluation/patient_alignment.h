// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// For stacks whose planes are too oblique to be called sagittal: the same voxels on a grid whose axes run
/// along the patient's. Each source axis is given to the patient's axis that it is nearest to, and keeps its
/// spacing there. Images are interpolated linearly, labels taken from the nearest voxel. Training data only:
/// at inference such a series is refused, because nobody has measured how well the model does there. Any
/// thread.

#include "core/result.h"
#include "core/volume.h"

namespace spineseg {

struct AlignedCase {
    Volume image;      ///< SignalRange::zero() outside the source
    LabelMap labels;   ///< background outside the source
    LabelMap outside;  ///< any label where the source has no voxel, background elsewhere
};

/// Whether some axis runs left to right well enough (trace_geometry()'s limit) for the stack to be used as it
/// is.
bool is_nearly_sagittal(const Geometry& geometry);

/// `labels` lies on the image's grid. geometry_out_of_range when the aligned grid would be unreasonably
/// large.
Result<AlignedCase> aligned_with_patient(const Volume& image, const LabelMap& labels);

}  // namespace spineseg
