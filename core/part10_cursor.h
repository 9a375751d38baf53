// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Reads the elements of a DICOM Part 10 file one after another (PS3.10 §7.1, PS3.5 §7.1.2 and §7.5), for the
/// plugin, which may not use DCMTK. Explicit VR Little Endian, with native or encapsulated pixel data. Values
/// are not decoded and not copied. Every length is checked against what encloses it, nesting is limited, and
/// memory does not grow with the file, so the bytes may be hostile. Any thread; no state beside the object.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/dicom_encoding.h"
#include "core/result.h"

namespace spineseg {

struct Part10Event {
    enum class Kind {
        element,
        begin_sequence,
        end_sequence,
        begin_item,
        end_item,
        end_of_file,
    };
    Kind kind = Kind::end_of_file;
    DicomTag tag = 0;                          ///< of the element or sequence; 0 for items and the end
    std::array<char, 2> vr{};                  ///< of an element
    std::span<const std::uint8_t> value = {};  ///< of an element; with encapsulated pixels, all fragments
};

class Part10Cursor {
  public:
    static constexpr std::size_t kMostLevels = 64;  ///< sequences and items within each other

    /// Reads the file meta information; the dataset is next. not_dicom: no Part 10 file.
    /// unsupported_transfer_syntax: an encoding other than Explicit VR Little Endian. `file` outlives the
    /// cursor.
    static Result<Part10Cursor> open(std::span<const std::uint8_t> file);

    /// The next event; end_of_file again and again at the end. truncated_file: a length reaches beyond what
    /// encloses it; not_dicom: bytes that are no element.
    Result<Part10Event> next();

    const std::string& transfer_syntax() const { return transfer_syntax_; }
    /// The innermost sequence that encloses the newest event; 0 in the dataset itself.
    DicomTag enclosing_sequence() const;
    /// "(5200,9230)/(0008,2112)/" with every enclosing sequence; empty in the dataset itself.
    std::string path() const;

  private:
    struct Level {
        bool is_item = false;
        bool has_end = false;  ///< a defined length
        std::size_t end = 0;   ///< nothing within may reach beyond
        DicomTag tag = 0;      ///< of a sequence
    };
    struct Header {
        DicomTag tag = 0;
        std::array<char, 2> vr{};
        std::uint32_t length = 0;
    };

    explicit Part10Cursor(std::span<const std::uint8_t> file) : file_(file) {}

    Result<void> read_meta();
    Result<Header> read_header();
    Result<Part10Event> next_item();
    Result<Part10Event> next_element();
    Result<Part10Event> encapsulated(const Header& header);
    Result<void> enter(const Level& level);
    std::size_t end() const { return levels_.empty() ? file_.size() : levels_.back().end; }
    std::size_t left() const { return end() - place_; }

    std::span<const std::uint8_t> file_;
    std::size_t place_ = 0;
    std::string transfer_syntax_;
    std::vector<Level> levels_;
};

}  // namespace spineseg
