// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/source_header.h"

#include <algorithm>
#include <cmath>

#include "core/copied_attributes.h"
#include "core/decimal_string.h"

namespace spineseg {
namespace {

constexpr std::size_t kBeforeMeta = 132;
constexpr DicomTag kPixels = 0x7fe00000U;

struct SourceText {
    DicomTag tag;
    std::string SourceHeader::*place;
};
constexpr std::array kSourceTexts{
    SourceText{0x00080018U, &SourceHeader::sop_instance_uid},
    SourceText{0x0008103eU, &SourceHeader::series_description},
    SourceText{0x0020000dU, &SourceHeader::study_instance_uid},
    SourceText{0x0020000eU, &SourceHeader::series_instance_uid},
    SourceText{0x00200052U, &SourceHeader::frame_of_reference_uid},
    SourceText{0x00282110U, &SourceHeader::lossy},
};

/// nullopt: datasets that are in neither encoding.
std::optional<ElementEncoding> encoding_of(const std::string& transfer_syntax) {
    if (transfer_syntax == "1.2.840.10008.1.2") return ElementEncoding::implicit_vr;
    if (transfer_syntax == "1.2.840.10008.1.2.1" || transfer_syntax == "1.2.840.10008.1.2.5" ||
        transfer_syntax.starts_with("1.2.840.10008.1.2.4."))
        return ElementEncoding::explicit_vr;
    return std::nullopt;
}

std::uint64_t short_number(Bytes value) {
    return value.size() < 2 ? 0 : number_at(value, 0, 2);
}

double number_or(const std::string& text, double otherwise) {
    const auto number = parse_decimal(text);
    return number && std::isfinite(*number) && std::abs(*number) < 1e9 ? *number : otherwise;
}

void take(SourceHeader& header, const RawElement& element, ElementEncoding encoding) {
    if (copied_attribute(element.tag) != nullptr)
        header.copied.try_emplace(element.tag, SourceValue{element.vr, canonical_value(element, encoding)});
    for (const auto& text : kSourceTexts)
        if (text.tag == element.tag) header.*text.place = text_value(element.value);
    if (element.tag == 0x00200011U)
        header.series_number = static_cast<int>(number_or(text_value(element.value), 0));
    if (element.tag == 0x00280008U)
        header.frames = static_cast<std::uint64_t>(std::max(1.0, number_or(text_value(element.value), 1)));
    if (element.tag == 0x00280010U) header.rows = short_number(element.value);
    if (element.tag == 0x00280011U) header.columns = short_number(element.value);
}

}  // namespace

Result<SourceHeader> read_source_header(Bytes file) {
    if (file.size() < kBeforeMeta) return failure(ErrorCode::not_dicom, "no DICOM Part 10 file");
    std::string transfer_syntax;
    std::size_t dataset = kBeforeMeta;
    ElementReader meta(file.subspan(kBeforeMeta), ElementEncoding::explicit_vr);
    for (;;) {
        const bool more = file.size() - dataset >= 2 && file[dataset] == 2 && file[dataset + 1] == 0;
        if (!more) break;
        const auto element = meta.next();
        if (!element) return failure(element.error());
        if ((*element)->tag == 0x00020010U) transfer_syntax = text_value((*element)->value);
        dataset = kBeforeMeta + meta.place();
    }
    const auto encoding = encoding_of(transfer_syntax);
    if (!encoding)
        return failure(ErrorCode::unsupported_transfer_syntax, "the source is in no little-endian encoding");
    SourceHeader header;
    ElementReader reader(file.subspan(dataset), *encoding);
    for (;;) {
        const auto element = reader.next();
        if (!element) return failure(element.error());
        if (!*element || (*element)->tag >= kPixels) return header;
        take(header, **element, *encoding);
    }
}

}  // namespace spineseg
