// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/frame_header_reader.h"

#include <algorithm>
#include <array>

#include "core/sop_class.h"
#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {
namespace {

DcmItem* first_item(DcmItem* item, const DcmTagKey& sequence) {
    DcmItem* found = nullptr;
    if (item == nullptr || item->findAndGetSequenceItem(sequence, found, 0).bad()) return nullptr;
    return found;
}

/// The block that a private creator has reserved (PS3.5 7.8.1); nullopt where the item has none of it.
std::optional<DcmTagKey> private_tag(DcmItem& item, const Attribute& attribute) {
    for (Uint16 block = 0x10; block <= 0xff; ++block) {
        const DcmTagKey reserved(attribute.group, block);
        if (item.tagExists(reserved) && stored_text(item, reserved) == attribute.private_creator)
            return DcmTagKey(attribute.group, static_cast<Uint16>((block << 8) | attribute.element));
    }
    return std::nullopt;
}

/// Byte strings as stored, binary numbers as text.
std::string text_of(DcmItem& item, const Attribute& attribute) {
    DcmTagKey tag(attribute.group, attribute.element);
    if (attribute.private_creator != nullptr) {
        const auto found = private_tag(item, attribute);
        if (!found) return {};
        tag = *found;
    }
    DcmElement* element = nullptr;
    if (item.findAndGetElement(tag, element).bad() || element == nullptr || !element->isLeaf()) return {};
    if (dynamic_cast<DcmByteString*>(element) != nullptr) return stored_text(item, tag);
    OFString text;
    if (element->getOFStringArray(text).bad()) return {};
    return {text.data(), text.size()};
}

class DatasetAttributes : public FrameAttributes {
  public:
    DatasetAttributes(DcmItem& dataset, DcmItem* shared, DcmItem* frame) : items_{&dataset, shared, frame} {}

    std::string text(AttributePlace place, const Attribute* sequence,
                     const Attribute& attribute) const override {
        DcmItem* item = items_.at(static_cast<std::size_t>(place));
        if (sequence != nullptr) item = first_item(item, DcmTagKey(sequence->group, sequence->element));
        return item == nullptr ? std::string() : text_of(*item, attribute);
    }

  private:
    std::array<DcmItem*, 3> items_;
};

}  // namespace

std::vector<FrameReading> read_frame_headers(DcmDataset& dataset, const std::string& name,
                                             std::size_t instance, const ImageWords& words) {
    FrameHeader begun;
    begun.instance = instance;
    begun.name = name;
    begun.sop_instance_uid = stored_text(dataset, DCM_SOPInstanceUID);
    Uint16 rows = 0, columns = 0;
    if (dataset.findAndGetUint16(DCM_Rows, rows).good()) begun.rows = rows;
    if (dataset.findAndGetUint16(DCM_Columns, columns).good()) begun.columns = columns;
    if (!is_enhanced_mr_class(stored_text(dataset, DCM_SOPClassUID)))
        return {
            read_frame_header(DatasetAttributes(dataset, nullptr, nullptr), std::move(begun), false, words)};

    DcmItem* shared = first_item(&dataset, DCM_SharedFunctionalGroupsSequence);
    DcmSequenceOfItems* groups = nullptr;
    dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, groups);
    const unsigned long described = groups == nullptr ? 0 : groups->card();
    Sint32 frames = 1;
    dataset.findAndGetSint32(DCM_NumberOfFrames, frames);
    const auto count =
        std::min<unsigned long>(static_cast<unsigned long>(std::max<Sint32>(frames, 1)), described + 1);
    std::vector<FrameReading> readings;
    for (unsigned long i = 0; i < count; ++i) {
        FrameHeader header = begun;
        header.frame = static_cast<int>(i);
        header.name += " frame " + std::to_string(i + 1);
        DcmItem* own = i < described ? groups->getItem(i) : nullptr;
        const std::string frame_name = header.name;
        readings.push_back(
            read_frame_header(DatasetAttributes(dataset, shared, own), std::move(header), true, words));
        if (own == nullptr)
            readings.back().fault =
                Error{ErrorCode::missing_attribute, frame_name + " has no functional groups"};
    }
    return readings;
}

}  // namespace spineseg::dicom
