// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Segmentations that a test draws: '#' is a voxel of the structure, anything else is none.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/core/part10_bytes.h"
#include "tests/plugin/result_gate/sample_result.h"

namespace spineseg::drawn_masks {

inline constexpr const char* kL5Code = "49668003";
inline constexpr const char* kL4Code = "11994002";
inline constexpr const char* kDiscCode = "84020006";
inline constexpr const char* kCanalCode = "61853006";

struct Segment {
    std::string label;
    std::string code;
};
inline const std::vector<Segment> kSegments{{"L4 vertebra", kL4Code},
                                            {"L4/L5 disc", kDiscCode},
                                            {"L5 vertebra", kL5Code},
                                            {"Spinal canal", kCanalCode}};

struct Frame {
    int segment = 1;     ///< its number
    std::string pixels;  ///< of all rows
    std::string instance = sample_result::kSourceInstance;
};

inline std::string packed(const std::vector<Frame>& frames) {
    std::string bytes;
    std::size_t bit = 0;
    for (const auto& frame : frames)
        for (const char pixel : frame.pixels) {
            if (bit % 8 == 0) bytes += '\0';
            if (pixel == '#') bytes.back() = static_cast<char>(bytes.back() | 1 << bit % 8);
            ++bit;
        }
    return bytes;
}

/// Passes the gate where rows and columns are those of sample_result::source().
inline sample_result::File file(const std::vector<Frame>& frames, std::uint32_t rows = 4,
                                std::uint32_t columns = 6, const std::vector<Segment>& segments = kSegments) {
    using sample_result::Elements;
    auto file = sample_result::result(OutputObject::segmentation);
    std::vector<Elements> described, groups;
    for (const auto& segment : segments) {
        Elements one;
        one.put_us(0x00620004, static_cast<std::uint32_t>(described.size() + 1))
            .put(0x00620005, "LO", segment.label)
            .put_items(0x0062000f, {Elements().put(0x00080100, "SH", segment.code)});
        described.push_back(one);
    }
    for (const auto& frame : frames) {
        Elements image, derivation, group;
        image.put(0x00081150, "UI", "1.2.840.10008.5.1.4.1.1.4").put(0x00081155, "UI", frame.instance);
        derivation.put_items(0x00082112, {image});
        group.put_items(0x00089124, {derivation})
            .put_items(0x0062000a,
                       {Elements().put_us(0x0062000b, static_cast<std::uint32_t>(frame.segment))});
        groups.push_back(group);
    }
    file.dataset.put(0x00620001, "CS", "BINARY")
        .put(0x00280008, "IS", std::to_string(frames.size()))
        .put_us(0x00280010, rows)
        .put_us(0x00280011, columns)
        .put_items(0x00620002, described)
        .put_items(0x52009230, groups)
        .put(0x7fe00010, "OB", packed(frames));
    return file;
}

}  // namespace spineseg::drawn_masks
