// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A result's file as our writers encode it and in no other way: one Part 10 file in Explicit VR Little Endian,
/// every length given, tags ascending, nothing behind the last element. Two readers cannot understand such a
/// file in two ways. Pure; any thread.

#include <string>
#include <vector>

#include "core/result.h"
#include "plugin/result_gate/elements.h"
#include "plugin/result_gate/objection.h"

namespace spineseg {

struct DocumentLimits {
    std::size_t bytes = std::size_t{512} << 20;
    std::size_t elements = 400'000;  ///< on all levels
};

/// A UID within a sequence that names another object.
struct Reference {
    enum class Kind { study, series, instance };
    Kind kind = Kind::instance;
    std::string uid;
};

struct ResultDocument {
    std::vector<RawElement> meta;      ///< of group 2
    std::vector<RawElement> elements;  ///< of the dataset itself, ascending
    /// In the order of the file; without those in sequences that are copied from the source.
    std::vector<Reference> references;

    const RawElement* find(DicomTag tag) const;  ///< nullptr: absent
    std::string text(DicomTag tag) const;        ///< empty when absent
    std::string meta_text(DicomTag tag) const;
};

/// The first item of a sequence that was read without objection; nullopt: empty or no sequence.
std::optional<std::vector<RawElement>> item_of(const RawElement* sequence, std::size_t number);
std::size_t items_in(const RawElement* sequence);
std::string text_in(const std::vector<RawElement>& item, DicomTag tag);

/// The objection is of one of the rules preamble, encoding, structure, nested_attributes and budget. `file`
/// outlives the document.
tl::expected<ResultDocument, Objection> read_result_document(Bytes file, const DocumentLimits& limits = {});

}  // namespace spineseg
