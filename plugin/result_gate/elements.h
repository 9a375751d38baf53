// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The elements of a DICOM dataset as bytes, one level at a time, in Explicit or Implicit VR Little Endian: what
/// the gate reads results and their sources with. Every length is checked against what encloses it, nesting is
/// limited, nothing is copied, so the bytes may be hostile. Pure; any thread.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/dicom_encoding.h"
#include "core/result.h"

namespace spineseg {

using Bytes = std::span<const std::uint8_t>;

enum class ElementEncoding { explicit_vr, implicit_vr };

struct RawElement {
    DicomTag tag = 0;
    std::array<char, 2> vr{};  ///< zeros in Implicit VR
    Bytes value = {};          ///< of a sequence: its items
    bool undefined = false;    ///< the length is not given: a delimiter ends the value

    bool is(std::string_view name) const { return std::string_view(vr.data(), 2) == name; }
};

/// Sequences within sequences that are followed.
inline constexpr int kMostElementLevels = 16;

class ElementReader {
  public:
    ElementReader(Bytes bytes, ElementEncoding encoding, int levels = kMostElementLevels)
        : bytes_(bytes), encoding_(encoding), levels_(levels) {}
    /// nullopt at the end of the bytes. not_dicom: bytes that are no element, or too many levels;
    /// truncated_file: a length reaches beyond what encloses it.
    Result<std::optional<RawElement>> next();
    std::size_t place() const { return place_; }

  private:
    Bytes bytes_;
    ElementEncoding encoding_;
    int levels_;
    std::size_t place_ = 0;
};

struct RawItem {
    Bytes content = {};
    bool undefined = false;
};

/// The items of a sequence's value. Errors as above.
class ItemReader {
  public:
    ItemReader(Bytes value, ElementEncoding encoding, int levels = kMostElementLevels)
        : bytes_(value), encoding_(encoding), levels_(levels) {}
    Result<std::optional<RawItem>> next();

  private:
    Bytes bytes_;
    ElementEncoding encoding_;
    int levels_;
    std::size_t place_ = 0;
};

/// The value as text, without the blanks and NULs at its end (PS3.5 §6.2).
std::string text_value(Bytes value);

/// A text that is equal for two values which say the same, whatever the encoding of each: blanks at the end,
/// VRs, the kind of lengths and group lengths do not count. A value that begins with an item is a sequence.
std::string canonical_value(const RawElement& element, ElementEncoding encoding);

}  // namespace spineseg
