// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/header_values.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dctk.h>

#include <exception>
#include <new>

#include "core/decimal_string.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/read/frame_header_reader.h"
#include "dicom/read/instance_reader.h"

namespace spineseg::dicom {
namespace {

constexpr std::size_t kMaxValueBytes = 1024;

/// Texts of the dataset's character set as UTF-8; unchanged where DCMTK cannot convert them.
class Utf8 {
  public:
    explicit Utf8(DcmItem& dataset) {
        known_ = DcmSpecificCharacterSet::isConversionAvailable() &&
                 converter_.selectCharacterSet(dataset, "ISO_IR 192").good();
    }
    std::string operator()(const std::string& text) {
        OFString converted;
        if (!known_ || converter_.convertString(OFString(text.data(), text.size()), converted, "\\").bad())
            return text;
        return {converted.data(), converted.size()};
    }

  private:
    DcmSpecificCharacterSet converter_;
    bool known_ = false;
};

bool is_plain(DcmElement& element) {
    if (!element.isLeaf() || element.getTag().isPrivate() || element.getLength() > kMaxValueBytes)
        return false;
    switch (element.ident()) {
        case EVR_OB:
        case EVR_OD:
        case EVR_OF:
        case EVR_OL:
        case EVR_OW:
        case EVR_UN:
        case EVR_ox:
        case EVR_PixelData:
            return false;
        default:
            return true;
    }
}

void take_plain(DcmItem& item, Utf8& utf8, HeaderValues& header) {
    for (unsigned long i = 0; i < item.card(); ++i) {
        DcmElement* element = item.getElement(i);
        OFString value;
        if (element == nullptr || !is_plain(*element) || element->getOFStringArray(value).bad()) continue;
        const std::string_view text = trimmed(std::string_view(value.data(), value.size()));
        if (!text.empty())
            header.values.emplace_back(DcmTag(element->getTag()).getTagName(), utf8(std::string(text)));
    }
}

/// Every macro's first item, of the shared or the first frame's functional groups (PS3.3 C.7.6.16).
void take_functional_groups(DcmItem& dataset, const DcmTagKey& sequence, Utf8& utf8, HeaderValues& header) {
    DcmItem* groups = nullptr;
    if (dataset.findAndGetSequenceItem(sequence, groups, 0).bad() || groups == nullptr) return;
    for (unsigned long i = 0; i < groups->card(); ++i) {
        auto* macro = dynamic_cast<DcmSequenceOfItems*>(groups->getElement(i));
        if (macro != nullptr && macro->card() > 0) take_plain(*macro->getItem(0), utf8, header);
    }
}

void take_region(DcmItem& dataset, Utf8& utf8, HeaderValues& header) {
    DcmItem* region = nullptr;
    if (dataset.findAndGetSequenceItem(DCM_AnatomicRegionSequence, region, 0).bad() || region == nullptr)
        return;
    const auto meaning = stored_text(*region, DCM_CodeMeaning);
    if (!meaning.empty()) header.values.emplace_back("AnatomicRegion", utf8(meaning));
}

Result<HeaderValues> read(const InstanceBytes& bytes, const ImageWords& words) {
    const auto file = parse_file(bytes);
    if (!file) return failure(file.error());
    DcmDataset& dataset = *(*file)->getDataset();
    HeaderValues header;
    header.study_instance_uid = stored_text(dataset, DCM_StudyInstanceUID);
    header.series_instance_uid = stored_text(dataset, DCM_SeriesInstanceUID);
    header.sop_instance_uid = stored_text(dataset, DCM_SOPInstanceUID);
    header.sop_class_uid = stored_text(dataset, DCM_SOPClassUID);
    header.frames = read_frame_headers(dataset, bytes.name, 0, words);
    if (header.series_instance_uid.empty() || header.sop_instance_uid.empty())
        return failure(ErrorCode::missing_attribute, bytes.name + " lacks its instance or series UID");
    Utf8 utf8(dataset);
    take_plain(dataset, utf8, header);
    take_functional_groups(dataset, DCM_SharedFunctionalGroupsSequence, utf8, header);
    take_functional_groups(dataset, DCM_PerFrameFunctionalGroupsSequence, utf8, header);
    take_region(dataset, utf8, header);
    return header;
}

}  // namespace

Result<HeaderValues> read_header_values(const InstanceBytes& bytes, const ImageWords& words) {
    try {
        prepare_dcmtk();
        return read(bytes, words);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while reading " + bytes.name);
    } catch (const std::exception& error) {
        return failure(ErrorCode::not_dicom, bytes.name + " cannot be parsed: " + error.what());
    }
}

}  // namespace spineseg::dicom
