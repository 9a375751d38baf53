// SPDX-License-Identifier: GPL-3.0-or-later
// plugin/shadow: masks that are read lie within their file, and the Dice of two results is that of counting voxel by voxel, the
// same in both directions, and 1 of a result with itself.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "plugin/shadow/mask_overlap.h"
#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {
namespace masks_fuzz {

/// Counting one by one is slow.
constexpr std::size_t kMostCounted = 200'000;

void require_within(const SegmentationMasks& masks) {
    require(masks.rows > 0 && masks.columns > 0, "there are pixels");
    require(masks.segments.size() <= SegmentationMasks::kMostSegments &&
                masks.frames.size() <= SegmentationMasks::kMostFrames,
            "segments and frames are bounded");
    for (const auto& frame : masks.frames)
        require(frame.segment < masks.segments.size() &&
                    frame.first_bit + masks.pixels() <= masks.bits.size() * 8 && !frame.plane.empty(),
                "a frame is of a segment and within the pixels");
}

using Voxels = std::set<std::pair<std::string, std::size_t>>;

Voxels voxels_of(const SegmentationMasks& masks, Structure structure) {
    Voxels voxels;
    for (const auto& frame : masks.frames) {
        if (masks.segments[frame.segment].structure != structure) continue;
        for (std::size_t i = 0; i < masks.pixels(); ++i) {
            const std::size_t bit = frame.first_bit + i;
            if ((masks.bits[bit / 8] >> (bit % 8) & 1) != 0) voxels.emplace(frame.plane, i);
        }
    }
    return voxels;
}

void require_counted(const SegmentationMasks& a, const SegmentationMasks& b, const MaskOverlap& overlap) {
    if (a.pixels() * (a.frames.size() + b.frames.size()) > kMostCounted) return;
    for (int s = 0; s < kStructures; ++s) {
        const auto in_a = voxels_of(a, static_cast<Structure>(s)),
                   in_b = voxels_of(b, static_cast<Structure>(s));
        const auto both =
            std::count_if(in_a.begin(), in_a.end(), [&](const auto& one) { return in_b.contains(one); });
        const auto dice = overlap.structures[static_cast<std::size_t>(s)];
        const std::size_t all = in_a.size() + in_b.size();
        require(dice.has_value() == (all > 0), "a structure that neither has is absent");
        if (dice)
            require(std::abs(*dice - 2.0 * static_cast<double>(both) / static_cast<double>(all)) < 1e-12,
                    "Dice is what counting gives");
    }
}

}  // namespace masks_fuzz

bool fuzz_masks(Input input) {
    const std::string_view text(reinterpret_cast<const char*>(input.data()), input.size());
    const auto at = text.find(kNextFile);
    const auto a = read_segmentation_masks(input.first(std::min(at, input.size())));
    if (!a) {
        require(a.error().code == ErrorCode::invalid_argument && !a.error().detail.empty(),
                "refused with a reason");
        return false;
    }
    masks_fuzz::require_within(*a);
    const auto itself = overlap_of({*a}, {*a});
    require(itself.has_value(), "a result can be compared with itself");
    require(!itself->mean || *itself->mean == 1.0, "and agrees with it");
    if (at == std::string_view::npos) return true;
    const auto b = read_segmentation_masks(input.subspan(at + kNextFile.size()));
    if (!b) return true;
    masks_fuzz::require_within(*b);
    const auto overlap = overlap_of({*a}, {*b}), mirrored = overlap_of({*b}, {*a});
    require(overlap.has_value() == mirrored.has_value(), "neither order is refused alone");
    if (!overlap) return true;
    require(overlap->structures == mirrored->structures && overlap->labels.size() == mirrored->labels.size(),
            "both orders give the same");
    masks_fuzz::require_counted(*a, *b, *overlap);
    return true;
}

}  // namespace spineseg::fuzz
