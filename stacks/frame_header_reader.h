// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The attributes of an image, wherever they come from → its header. A DCMTK dataset and Orthanc's JSON
/// answer the same questions, so that the reader and the verdict on a series cannot differ. Of an Enhanced
/// object (PS3.3 C.7.6.16) a frame's own functional groups come before the shared ones. Any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/error.h"
#include "core/image_words.h"
#include "stacks/frame_header.h"

namespace spineseg {

/// An attribute by its keyword (PS3.6; of a private one DCMTK's name) and by its tag.
struct Attribute {
    const char* keyword;
    std::uint16_t group;
    std::uint16_t element;
    const char* private_creator = nullptr;  ///< whose block is (gggg,10ee)
};

/// Where an attribute is asked for.
enum class AttributePlace {
    dataset,  ///< of the instance
    shared,   ///< the first item of Shared Functional Groups Sequence
    frame,    ///< this frame's item of Per-frame Functional Groups Sequence
};

class FrameAttributes {
  public:
    virtual ~FrameAttributes() = default;
    /// The values as text, separated by backslashes, without trailing padding; empty when absent. With a
    /// sequence the attribute of that sequence's first item.
    virtual std::string text(AttributePlace place, const Attribute* sequence,
                             const Attribute& attribute) const = 0;
};

/// What an Enhanced object says of an attribute in which its frames differ: then only a frame's own value counts.
inline constexpr std::string_view kDiffersByFrame = "MIXED";

struct FrameReading {
    FrameHeader header;          ///< what could be read
    std::optional<Error> fault;  ///< missing_attribute: no position, orientation or spacing;
                                 ///< non_finite_pixels: a rescale that cannot be
};

/// `begun` has instance, frame, name, UID, rows and columns. `multi_frame`: an object with functional groups.
FrameReading read_frame_header(const FrameAttributes& attributes, FrameHeader begun, bool multi_frame,
                               const ImageWords& words);

}  // namespace spineseg
