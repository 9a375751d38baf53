// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The functional groups and dimensions that Segmentation and Parametric Map share (PS3.3 C.7.6.16,
/// C.7.6.17). Geometry is the source's own strings, byte for byte: viewers compare them. For this library's
/// sources only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <string>
#include <vector>

#include "dicom/encoding/coded_concept.h"
#include "dicom/read/series.h"

namespace spineseg::dicom {

/// Pixel Measures and Plane Orientation into the one item of the Shared Functional Groups Sequence, which is
/// returned. Spacing Between Slices comes from the positions, not from the source's claim.
DcmItem& add_shared_groups(DcmItem& dataset, const Series& source);

/// Frame Content, Plane Position and Derivation Image for one frame over a source slice; returns the
/// per-frame item.
DcmItem& add_frame_groups(DcmItem& dataset, const SourceSlice& slice,
                          const std::vector<Uint32>& dimension_indices, const CodedConcept& derivation);

/// One index of the Multi-frame Dimension module.
struct Dimension {
    DcmTagKey attribute;
    DcmTagKey group;
    const char* label;
};
void add_dimensions(DcmItem& dataset, const std::string& organization_uid,
                    const std::vector<Dimension>& dimensions);

}  // namespace spineseg::dicom
