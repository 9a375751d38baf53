// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The masks of a BINARY Segmentation as our writers encode it: frames of packed bits, each of one segment and of one
/// image of the source. Read by the gate's own parser, so that the bytes may be hostile. Pure; any thread.

#include <cstddef>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/volume.h"
#include "plugin/result_gate/elements.h"

namespace spineseg {

struct MaskSegment {
    Structure structure = Structure::canal;
    std::string label;  ///< Segment Label, printable: "L5 vertebra"
};

struct MaskFrame {
    std::size_t segment = 0;  ///< place in SegmentationMasks::segments
    std::string plane;  ///< the image of the source: its SOP Instance UID, and its frame where it has several
    std::size_t first_bit = 0;  ///< in SegmentationMasks::bits; the frame has rows × columns bits, row by row
};

struct SegmentationMasks {
    static constexpr std::size_t kMostSegments = 128;
    static constexpr std::size_t kMostFrames = 16'384;

    std::size_t rows = 0;
    std::size_t columns = 0;
    std::vector<MaskSegment> segments;
    std::vector<MaskFrame> frames;
    Bytes bits;  ///< of the file's pixel data, the least significant bit of each byte first

    std::size_t pixels() const { return rows * columns; }
};

/// `file` outlives the masks. invalid_argument says what is not as in our Segmentations.
Result<SegmentationMasks> read_segmentation_masks(Bytes file);

}  // namespace spineseg
