// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/shadow/segmentation_masks.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>

#include "core/printable_text.h"
#include "plugin/result_gate/result_document.h"

namespace spineseg {
namespace {

using Item = std::vector<RawElement>;

constexpr std::size_t kLongestSegmentLabel = 64;
constexpr DicomTag kFramesTag = 0x00280008U, kRowsTag = 0x00280010U, kColumnsTag = 0x00280011U;
constexpr DicomTag kSegmentSequence = 0x00620002U, kSegmentNumber = 0x00620004U, kSegmentLabel = 0x00620005U;
constexpr DicomTag kPropertyType = 0x0062000fU, kCodeValue = 0x00080100U;
constexpr DicomTag kFrameGroups = 0x52009230U, kSegmentOfFrame = 0x0062000aU,
                   kReferencedSegment = 0x0062000bU;
constexpr DicomTag kDerivation = 0x00089124U, kSourceImage = 0x00082112U;
constexpr DicomTag kReferencedInstance = 0x00081155U, kReferencedFrame = 0x00081160U;

/// SNOMED CT codes of dicom/encoding/segment_catalogue.cpp; a test compares the two.
constexpr std::array<std::string_view, 9> kVertebraCodes{"51282000", "49668003", "11994002",
                                                         "36470004", "14293000", "66794005",
                                                         "23215003", "12989004", "7610001"};
constexpr std::array<std::string_view, 8> kDiscCodes{"360499006", "715056000", "84020006", "62551000",
                                                     "67459009",  "80064006",  "76206002", "1537001"};
constexpr std::string_view kCanalCode = "61853006";

tl::unexpected<Error> unlike(const std::string& what) {
    return failure(ErrorCode::invalid_argument, "the Segmentation cannot be compared: " + what);
}

std::optional<Structure> structure_of(std::string_view code) {
    if (std::find(kVertebraCodes.begin(), kVertebraCodes.end(), code) != kVertebraCodes.end())
        return Structure::vertebra;
    if (std::find(kDiscCodes.begin(), kDiscCodes.end(), code) != kDiscCodes.end()) return Structure::disc;
    if (code == kCanalCode) return Structure::canal;
    return std::nullopt;
}

const RawElement* find_in(const Item& item, DicomTag tag) {
    const auto found =
        std::find_if(item.begin(), item.end(), [&](const RawElement& element) { return element.tag == tag; });
    return found == item.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> us_of(const RawElement* element) {
    if (element == nullptr || element->value.size() != 2) return std::nullopt;
    return number_at(element->value, 0, 2);
}

/// The only item of the sequence; empty: there is not exactly one.
std::optional<Item> single_item(const Item& item, DicomTag sequence) {
    const RawElement* element = find_in(item, sequence);
    return items_in(element) == 1 ? item_of(element, 0) : std::nullopt;
}

Result<Item> elements_of(Bytes content) {
    Item elements;
    ElementReader reader(content, ElementEncoding::explicit_vr);
    for (;;) {
        const auto element = reader.next();
        if (!element) return failure(element.error());
        if (!*element) return elements;
        elements.push_back(**element);
    }
}

/// Calls `take` with each item's elements, at most `most` of them.
template <typename Take>
Result<void> for_each_item(const RawElement* sequence, std::size_t most, Take take) {
    if (sequence == nullptr || !sequence->is("SQ")) return unlike("a sequence is missing");
    ItemReader items(sequence->value, ElementEncoding::explicit_vr);
    for (std::size_t count = 0;; ++count) {
        const auto item = items.next();
        if (!item) return failure(item.error());
        if (!*item) return {};
        if (count == most) return unlike("it has more than " + std::to_string(most) + " segments or frames");
        const auto elements = elements_of((*item)->content);
        if (!elements) return failure(elements.error());
        if (auto taken = take(*elements); !taken) return taken;
    }
}

class MaskReader {
  public:
    explicit MaskReader(const ResultDocument& document) : document_(document) {}

    Result<SegmentationMasks> read() {
        if (auto grid = read_grid(); !grid) return failure(grid.error());
        const auto segments =
            for_each_item(document_.find(kSegmentSequence), SegmentationMasks::kMostSegments,
                          [&](const Item& item) { return add_segment(item); });
        if (!segments) return failure(segments.error());
        const auto frames = for_each_item(document_.find(kFrameGroups), SegmentationMasks::kMostFrames,
                                          [&](const Item& item) { return add_frame(item); });
        if (!frames) return failure(frames.error());
        if (std::to_string(masks_.frames.size()) != document_.text(kFramesTag))
            return unlike("it has another number of frames than it says");
        return std::move(masks_);
    }

  private:
    Result<void> read_grid() {
        const auto rows = us_of(document_.find(kRowsTag)), columns = us_of(document_.find(kColumnsTag));
        const RawElement* pixels = document_.find(kPixelDataTag);
        if (!rows || !columns || *rows == 0 || *columns == 0 || pixels == nullptr || pixels->undefined)
            return unlike("it has no pixels");
        if (us_of(document_.find(0x00280100U)) != 1U || document_.text(0x00620001U) != "BINARY")
            return unlike("it is not BINARY");
        masks_.rows = *rows;
        masks_.columns = *columns;
        masks_.bits = pixels->value;
        return {};
    }

    Result<void> add_segment(const Item& item) {
        const auto number = us_of(find_in(item, kSegmentNumber));
        const auto type = single_item(item, kPropertyType);
        const auto structure = type ? structure_of(text_in(*type, kCodeValue)) : std::nullopt;
        if (!number || !structure) return unlike("a segment is no vertebra, disc or canal");
        if (!places_.emplace(*number, masks_.segments.size()).second)
            return unlike("two segments have one number");
        masks_.segments.push_back(
            {*structure, printable(text_in(item, kSegmentLabel), kLongestSegmentLabel)});
        return {};
    }

    Result<void> add_frame(const Item& item) {
        const auto identification = single_item(item, kSegmentOfFrame);
        const auto number =
            identification ? us_of(find_in(*identification, kReferencedSegment)) : std::nullopt;
        const auto place = number ? places_.find(*number) : places_.end();
        if (place == places_.end()) return unlike("a frame is of no segment");
        const auto derivation = single_item(item, kDerivation);
        const auto image = derivation ? single_item(*derivation, kSourceImage) : std::nullopt;
        if (!image || text_in(*image, kReferencedInstance).empty())
            return unlike("a frame does not name one image of the source");
        const std::size_t first_bit = masks_.frames.size() * masks_.pixels();
        if (first_bit + masks_.pixels() > masks_.bits.size() * 8) return unlike("its pixels end too early");
        masks_.frames.push_back(
            {place->second, text_in(*image, kReferencedInstance) + "/" + text_in(*image, kReferencedFrame),
             first_bit});
        return {};
    }

    const ResultDocument& document_;
    SegmentationMasks masks_;
    std::map<std::uint32_t, std::size_t> places_;
};

}  // namespace

Result<SegmentationMasks> read_segmentation_masks(Bytes file) {
    const auto document = read_result_document(file);
    if (!document) return unlike(document.error().what);
    return MaskReader(*document).read();
}

}  // namespace spineseg
