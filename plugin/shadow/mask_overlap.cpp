// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/mask_overlap.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <map>

#include "core/mean_of_present.h"

namespace spineseg {
namespace {

constexpr std::size_t kWordBits = 64;

/// Up to eight bytes as a number, the first one lowest.
std::uint64_t bytes_at(Bytes bytes, std::size_t at) {
    std::uint64_t word = 0;
    if (at + 8 <= bytes.size()) {
        for (std::size_t i = 0; i < 8; ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
        return word;
    }
    for (std::size_t i = 0; at + i < bytes.size(); ++i) word |= std::uint64_t{bytes[at + i]} << (8 * i);
    return word;
}

/// 64 bits that begin at any bit; zeros behind the end of the bytes.
std::uint64_t word_at(Bytes bytes, std::size_t first_bit) {
    const std::size_t at = first_bit / 8, shift = first_bit % 8;
    const std::uint64_t word = bytes_at(bytes, at);
    if (shift == 0) return word;
    const std::uint64_t rest = at + 8 < bytes.size() ? bytes[at + 8] : 0;
    return word >> shift | rest << (kWordBits - shift);
}

using Words = std::vector<std::uint64_t>;

void add_frame(Words& words, const SegmentationMasks& masks, const MaskFrame& frame) {
    const std::size_t pixels = masks.pixels();
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::uint64_t word = word_at(masks.bits, frame.first_bit + i * kWordBits);
        const std::size_t left = pixels - i * kWordBits;
        if (left < kWordBits) word &= (std::uint64_t{1} << left) - 1;
        words[i] |= word;
    }
}

struct PlacedFrame {
    const SegmentationMasks* masks = nullptr;
    const MaskFrame* frame = nullptr;
};
/// Of one structure or label, by plane.
using Planes = std::map<std::string_view, std::vector<PlacedFrame>>;

template <typename Belongs>
Planes planes_of(const std::vector<SegmentationMasks>& parts, Belongs belongs) {
    Planes planes;
    for (const auto& part : parts)
        for (const auto& frame : part.frames)
            if (belongs(part.segments[frame.segment])) planes[frame.plane].push_back({&part, &frame});
    return planes;
}

std::uint64_t ones(const Words& words) {
    std::uint64_t count = 0;
    for (const auto word : words) count += static_cast<std::uint64_t>(std::popcount(word));
    return count;
}

class DiceCount {
  public:
    explicit DiceCount(std::size_t pixels)
        : shown_((pixels + kWordBits - 1) / kWordBits), shadow_(shown_.size()) {}

    /// nullopt: neither has a voxel.
    std::optional<double> of(const Planes& shown, const Planes& shadow) {
        std::uint64_t both = 0, all = 0;
        for (const auto& [plane, frames] : shown) {
            all += filled(shown_, frames);
            const auto other = shadow.find(plane);
            if (other == shadow.end()) continue;
            all += filled(shadow_, other->second);
            for (std::size_t i = 0; i < shown_.size(); ++i) shown_[i] &= shadow_[i];
            both += ones(shown_);
        }
        for (const auto& [plane, frames] : shadow)
            if (!shown.contains(plane)) all += filled(shadow_, frames);
        if (all == 0) return std::nullopt;
        return 2.0 * static_cast<double>(both) / static_cast<double>(all);
    }

  private:
    /// How many bits are set.
    static std::uint64_t filled(Words& words, const std::vector<PlacedFrame>& frames) {
        std::fill(words.begin(), words.end(), 0);
        for (const auto& [masks, frame] : frames) add_frame(words, *masks, *frame);
        return ones(words);
    }

    Words shown_, shadow_;
};

void add_labels(const std::vector<SegmentationMasks>& parts, std::vector<LabelOverlap>& labels) {
    for (const auto& part : parts)
        for (const auto& segment : part.segments)
            if (std::none_of(labels.begin(), labels.end(),
                             [&](const LabelOverlap& one) { return one.label == segment.label; }))
                labels.push_back({segment.label, 0});
}

}  // namespace

Result<MaskOverlap> overlap_of(const std::vector<SegmentationMasks>& shown,
                               const std::vector<SegmentationMasks>& shadow) {
    if (shown.empty() || shadow.empty())
        return failure(ErrorCode::invalid_argument, "there is no Segmentation");
    for (const auto* parts : {&shown, &shadow})
        for (const auto& part : *parts)
            if (part.rows != shown.front().rows || part.columns != shown.front().columns)
                return failure(ErrorCode::invalid_argument,
                               "the Segmentations have different rows and columns");
    MaskOverlap overlap;
    DiceCount dice(shown.front().pixels());
    const auto of = [&](auto belongs) {
        return dice.of(planes_of(shown, belongs), planes_of(shadow, belongs));
    };
    for (int s = 0; s < kStructures; ++s)
        overlap.structures[static_cast<std::size_t>(s)] =
            of([s](const MaskSegment& segment) { return segment.structure == static_cast<Structure>(s); });
    add_labels(shown, overlap.labels);
    add_labels(shadow, overlap.labels);
    if (overlap.labels.size() > SegmentationMasks::kMostSegments)
        return failure(ErrorCode::invalid_argument, "the Segmentations have too many labels");
    for (auto& label : overlap.labels)
        label.dice =
            of([&](const MaskSegment& segment) { return segment.label == label.label; }).value_or(0.0);
    overlap.mean = mean_of_present(overlap.structures);
    return overlap;
}

}  // namespace spineseg
