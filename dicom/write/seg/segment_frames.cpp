// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/seg/segment_frames.h"

#include <algorithm>

#include "dicom/write/seg/packed_bits.h"

namespace spineseg::dicom {
namespace {

std::size_t frame_count(const Segment& segment) {
    return static_cast<std::size_t>(std::count(segment.slices.begin(), segment.slices.end(), true));
}

/// Pieces of at most `most` slices.
std::vector<Segment> cut(const Segment& segment, std::size_t most) {
    std::vector<Segment> pieces;
    std::size_t taken = most;
    for (std::size_t slice = 0; slice < segment.slices.size(); ++slice) {
        if (!segment.slices[slice]) continue;
        if (taken == most) {
            pieces.push_back({segment.description, std::vector<bool>(segment.slices.size())});
            taken = 0;
        }
        pieces.back().slices[slice] = true;
        ++taken;
    }
    return pieces;
}

}  // namespace

std::vector<Segment> segments_of(const LabelMap& labels,
                                 const std::vector<SegmentDescription>& descriptions) {
    const std::size_t slice_voxels = labels.geometry.slice_voxel_count();
    const auto slices = static_cast<std::size_t>(labels.geometry.slices);
    std::vector<std::vector<bool>> present(256, std::vector<bool>(slices));
    for (std::size_t slice = 0; slice < slices; ++slice)
        for (std::size_t i = 0; i < slice_voxels; ++i)
            present[labels.voxels[slice * slice_voxels + i]][slice] = true;
    std::vector<Segment> segments;
    for (const auto& description : descriptions) {
        Segment segment{&description, std::move(present[description.value])};
        if (frame_count(segment) > 0) segments.push_back(std::move(segment));
    }
    return segments;
}

std::vector<std::vector<Segment>> share_out(const std::vector<Segment>& segments, std::size_t most) {
    std::vector<std::vector<Segment>> instances;
    std::size_t held = 0;
    for (const auto& whole : segments) {
        for (auto& segment : cut(whole, most)) {
            const std::size_t count = frame_count(segment);
            if (instances.empty() || held + count > most) {
                instances.emplace_back();
                held = 0;
            }
            held += count;
            instances.back().push_back(std::move(segment));
        }
    }
    return instances;
}

std::vector<SegFrame> frames_of(const std::vector<Segment>& segments, const Geometry& geometry) {
    std::vector<SegFrame> frames, unused;
    for (std::size_t s = 0; s < segments.size(); ++s)
        for (int slice = 0; slice < geometry.slices; ++slice)
            (segments[s].slices[static_cast<std::size_t>(slice)] ? frames : unused).push_back({s, slice});
    const std::size_t wanted = frames_to_add(geometry.slice_voxel_count(), frames.size());
    if (wanted > unused.size()) return frames;
    std::stable_partition(unused.begin(), unused.end(), [&](const SegFrame& pair) {
        return std::any_of(segments.begin(), segments.end(),
                           [&](const Segment& s) { return s.slices[static_cast<std::size_t>(pair.slice)]; });
    });
    frames.insert(frames.end(), unused.begin(), unused.begin() + static_cast<std::ptrdiff_t>(wanted));
    std::sort(frames.begin(), frames.end());
    return frames;
}

}  // namespace spineseg::dicom
