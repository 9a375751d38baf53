// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/element_writer.h"

#include <memory>

namespace spineseg::dicom {
namespace {

void require(const OFCondition& condition, const DcmTagKey& tag) {
    if (condition.good()) return;
    // OFString is std::string in Debian's DCMTK and a class of its own in others.
    const OFString number = tag.toString();  // NOLINTNEXTLINE(readability-redundant-string-cstr)
    throw ElementError(std::string(DcmTag(tag).getTagName()) + " " + number.c_str() + ": " +
                       condition.text());
}

/// DcmDateTime's own check refuses the zone in "20261122101112+0000" (DCMTK 3.6.7).
OFCondition check_date_time(const OFString& text) {
    constexpr std::size_t kLongest = 26;
    if (text.size() > kLongest) return EC_MaximumLengthViolated;
    return text.find_first_not_of("0123456789.+-") == OFString_npos ? EC_Normal
                                                                    : EC_ValueRepresentationViolated;
}

/// Characters of a value at most; 0: no limit. DCMTK does not check these VRs' lengths.
std::size_t longest_text(DcmEVR vr) {
    switch (vr) {
        case EVR_SH:
            return 16;
        case EVR_LO:
        case EVR_PN:
            return 64;
        case EVR_ST:
            return 1024;
        case EVR_LT:
            return 10240;
        default:
            return 0;
    }
}

/// Of texts in ASCII, where a byte is a character. ST, LT and UT have one value, which may hold backslashes.
OFCondition check_plain(DcmEVR vr, const OFString& text) {
    const bool several = vr == EVR_SH || vr == EVR_LO || vr == EVR_PN || vr == EVR_UC;
    std::size_t length = 0;
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x7f) return EC_InvalidCharacter;
        if (static_cast<unsigned char>(c) < 0x20 &&
            (several || (c != '\n' && c != '\r' && c != '\t' && c != '\f')))
            return EC_InvalidCharacter;
        length = several && c == '\\' ? 0 : length + 1;
        if (longest_text(vr) != 0 && length > longest_text(vr)) return EC_MaximumLengthViolated;
    }
    return EC_Normal;
}

/// Length, characters and form of every value, by the element's VR.
OFCondition check_form(DcmEVR vr, const OFString& text) {
    switch (vr) {
        case EVR_AE:
            return DcmApplicationEntity::checkStringValue(text);
        case EVR_AS:
            return DcmAgeString::checkStringValue(text);
        case EVR_CS:
            return DcmCodeString::checkStringValue(text);
        case EVR_DA:
            return DcmDate::checkStringValue(text);
        case EVR_DS:
            return DcmDecimalString::checkStringValue(text);
        case EVR_DT:
            return check_date_time(text);
        case EVR_IS:
            return DcmIntegerString::checkStringValue(text);
        case EVR_TM:
            return DcmTime::checkStringValue(text);
        case EVR_UI:
            return DcmUniqueIdentifier::checkStringValue(text);
        case EVR_LO:
        case EVR_LT:
        case EVR_PN:
        case EVR_SH:
        case EVR_ST:
        case EVR_UC:
        case EVR_UT:
            return check_plain(vr, text);
        default:
            return EC_IllegalCall;  // not a text
    }
}

}  // namespace

void put(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
    if (!text.empty()) require(check_form(DcmTag(tag).getEVR(), OFString(text.data(), text.size())), tag);
    put_stored(item, tag, text);
}

void put_stored(DcmItem& item, const DcmTagKey& tag, const std::string& text) {
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
