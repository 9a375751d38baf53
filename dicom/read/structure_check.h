// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Walks a Part 10 file's elements without recursion and without allocating for their values, before DCMTK
/// may see it: DCMTK 3.6.7 reads sequences recursively, and 200 kB of nested sequence headers overflow its
/// stack. Pure; any thread.

#include <cstdint>
#include <span>
#include <string>

#include "core/result.h"

namespace spineseg::dicom {

struct StructureLimits {
    std::size_t max_depth = 64;          ///< sequences and items inside each other; real files have about six
    std::size_t max_elements = 1 << 20;  ///< DCMTK spends some hundred bytes on each, however short it is
};

struct MetaHeader {
    std::string transfer_syntax_uid;
    std::size_t dataset_begin = 0;
};

/// Preamble and "DICM" (PS3.10 7.1), whatever follows.
bool is_part10_file(std::span<const std::uint8_t> file);

/// not_dicom when there is no preamble or no sound meta header; truncated_file when it reaches beyond the
/// file.
Result<MetaHeader> read_meta_header(std::span<const std::uint8_t> file, const std::string& name);

/// How many elements, items and delimiters there are. not_dicom when the nesting is malformed or too much;
/// truncated_file when an element reaches beyond its container.
Result<std::size_t> check_structure(std::span<const std::uint8_t> file, const MetaHeader& meta,
                                    const std::string& name, const StructureLimits& limits = {});

}  // namespace spineseg::dicom
