// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/modality_lut.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <span>

#include "dicom/read/pixel_format.h"
#include "dicom/read/sixteen_bits.h"

namespace spineseg::dicom {
namespace {

tl::unexpected<Error> malformed_lut(const std::string& name, const std::string& why) {
    return failure(ErrorCode::unsupported_pixel_format,
                   name + ": the Modality LUT " + why + "; correct the table, or replace it by a rescale");
}

/// LUT Data is US with several values, or OW.
std::span<const Uint16> lut_words(DcmItem& item) {
    const Uint16* words = nullptr;
    unsigned long count = 0;
    if (item.findAndGetUint16Array(DCM_LUTData, words, &count).bad() || words == nullptr) return {};
    return {words, count};
}

/// Entries of up to 8 bits may be packed two in a word, the first one in the lower half.
std::vector<std::uint16_t> unpacked(std::span<const Uint16> words, std::size_t entries) {
    std::vector<std::uint16_t> result;
    for (std::size_t i = 0; i < entries; ++i)
        result.push_back(static_cast<std::uint16_t>(words[i / 2] >> (i % 2 == 0 ? 0 : 8) & 0xff));
    return result;
}

}  // namespace

ModalityLut::ModalityLut(std::int32_t first_mapped, int bits, std::vector<std::uint16_t> entries)
    : first_mapped_(first_mapped), bits_(bits), entries_(std::move(entries)) {}

std::int32_t ModalityLut::at(std::int32_t value) const {
    const auto last = static_cast<std::int32_t>(entries_.size()) - 1;
    return entries_[static_cast<std::size_t>(std::clamp(value - first_mapped_, 0, last))];
}

Result<std::optional<ModalityLut>> read_modality_lut(DcmItem& dataset, const PixelFormat& format,
                                                     const std::string& name) {
    if (!dataset.tagExistsWithValue(DCM_ModalityLUTSequence)) return std::optional<ModalityLut>();
    DcmItem *item = nullptr, *second = nullptr;
    if (dataset.findAndGetSequenceItem(DCM_ModalityLUTSequence, item, 0).bad() || item == nullptr)
        return malformed_lut(name, "has no item");
    if (dataset.findAndGetSequenceItem(DCM_ModalityLUTSequence, second, 1).good() && second != nullptr)
        return malformed_lut(name, "has several items");
    const auto count = sixteen_bits(*item, DCM_LUTDescriptor, 0);
    const auto first = sixteen_bits(*item, DCM_LUTDescriptor, 1);
    const auto bits = sixteen_bits(*item, DCM_LUTDescriptor, 2);
    if (!count || !first || !bits || sixteen_bits(*item, DCM_LUTDescriptor, 3))
        return malformed_lut(name, "has no descriptor of three numbers");
    if (*bits < 8 || *bits > 16)
        return malformed_lut(name, "has entries of " + std::to_string(*bits) + " bits, not 8 to 16");
    const std::size_t entries = *count == 0 ? 65536 : *count;
    const auto words = lut_words(*item);
    const bool packed = *bits == 8 && words.size() == (entries + 1) / 2;
    if (!packed && words.size() != entries)
        return malformed_lut(name, "holds " + std::to_string(words.size()) + " words for " +
                                       std::to_string(entries) + " entries");
    ModalityLut lut(
        cell_number(*first, format), *bits,
        packed ? unpacked(words, entries) : std::vector<std::uint16_t>(words.begin(), words.end()));
    if (!packed && *std::max_element(words.begin(), words.end()) > lut.highest())
        return malformed_lut(name, "holds entries of more than " + std::to_string(*bits) + " bits");
    return std::optional(std::move(lut));
}

}  // namespace spineseg::dicom
