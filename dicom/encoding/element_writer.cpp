// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/element_writer.h"

#include <memory>

namespace spineseg::dicom {
namespace {

void require(const OFCondition& condition, const DcmTagKey& tag) {
    if (condition.bad()) throw ElementError(std::string(tag.toString().c_str()) + ": " + condition.text());
}

}  // namespace

void put(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
    if (text.empty())
        require(item.insertEmptyElement(tag), tag);
    else
        require(item.putAndInsertString(tag, text.data(), static_cast<Uint32>(text.size())), tag);
}

void put_us(DcmItem& item, const DcmTagKey& tag, const std::vector<Uint16>& values) {
    require(item.putAndInsertUint16Array(tag, values.data(), values.size()), tag);
}

void put_ul(DcmItem& item, const DcmTagKey& tag, const std::vector<Uint32>& values) {
    auto element = std::make_unique<DcmUnsignedLong>(tag);
    require(element->putUint32Array(values.data(), values.size()), tag);
    require(item.insert(element.get(), OFTrue), tag);
    (void)element.release();
}

void put_fd(DcmItem& item, const DcmTagKey& tag, double value) {
    require(item.putAndInsertFloat64(tag, value), tag);
}

void put_sequence(DcmItem& item, const DcmTagKey& tag) {
    auto sequence = std::make_unique<DcmSequenceOfItems>(tag);
    require(item.insert(sequence.get(), OFTrue), tag);
    (void)sequence.release();
}

DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence) {
    DcmSequenceOfItems* items = nullptr;
    if (item.findAndGetSequence(sequence, items).bad() || items == nullptr) {
        put_sequence(item, sequence);
        require(item.findAndGetSequence(sequence, items), sequence);
    }
    auto added = std::make_unique<DcmItem>();
    DcmItem& reference = *added;
    require(items->append(added.get()), sequence);
    (void)added.release();
    return reference;
}

bool copy_element(DcmItem& to, DcmItem& from, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    if (from.findAndGetElement(tag, element).bad() || element == nullptr) return false;
    std::unique_ptr<DcmElement> copy(OFstatic_cast(DcmElement*, element->clone()));
    if (!copy) throw std::bad_alloc();
    require(to.insert(copy.get(), OFTrue), tag);
    (void)copy.release();
    return true;
}

std::string stored_text(DcmItem& item, const DcmTagKey& tag) {
    DcmElement* element = nullptr;
    char* text = nullptr;
    Uint32 length = 0;
    if (item.findAndGetElement(tag, element).bad() || element == nullptr) return {};
    auto* bytes = dynamic_cast<DcmByteString*>(element);
    if (bytes == nullptr || bytes->getString(text, length).bad() || text == nullptr) return {};
    std::string result(text, length);
    while (!result.empty() && (result.back() == ' ' || result.back() == '\0')) result.pop_back();
    return result;
}

}  // namespace spineseg::dicom
