// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/instance_reader.h"

#include <dcmtk/dcmdata/dcistrmb.h>

#include <algorithm>
#include <string_view>

#include "core/decimal_string.h"
#include "core/printable_text.h"
#include "core/sop_class.h"
#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {
namespace {

constexpr int kMaxFrames = 10000;
constexpr std::size_t kMaxCodeString = 16;  ///< PS3.5 6.2, CS

/// Parses from memory; DCMTK copies the values, so the bytes need not outlive the call.
template <typename Object>
OFCondition parse(Object& object, std::span<const std::uint8_t> bytes) {
    DcmInputBufferStream stream;
    stream.setBuffer(bytes.data(), static_cast<offile_off_t>(bytes.size()));
    stream.setEos();
    object.transferInit();
    const OFCondition condition = object.read(stream, EXS_Unknown, EGL_noChange);
    object.transferEnd();
    return condition;
}

/// DCMTK's names for bytes that were promised and did not come.
bool ends_early(const OFCondition& condition) {
    for (const auto& sign :
         {EC_StreamNotifyClient, EC_EndOfStream, EC_InvalidStream, EC_SequDelimitationItemMissing,
          EC_ItemDelimitationItemMissing, EC_SeqOrItemContentOverflow, EC_ElemLengthLargerThanItem,
          EC_TooManyBytesRequested})
        if (condition == sign) return true;
    return false;
}

Result<PixelFormat> pixel_format_of(DcmDataset& dataset, const std::string& name, bool multi_frame) {
    const auto unsupported = [&](const std::string& what) {
        return failure(ErrorCode::unsupported_pixel_format, name + ": " + what);
    };
    PixelFormat format;
    Uint16 samples = 1, rows = 0, columns = 0, allocated = 0, stored = 0, high = 0, sign = 0;
    dataset.findAndGetUint16(DCM_SamplesPerPixel, samples);
    if (dataset.findAndGetUint16(DCM_Rows, rows).bad() ||
        dataset.findAndGetUint16(DCM_Columns, columns).bad() ||
        dataset.findAndGetUint16(DCM_BitsAllocated, allocated).bad())
        return failure(ErrorCode::missing_attribute, name + " lacks Rows, Columns or Bits Allocated");
    if (dataset.findAndGetUint16(DCM_BitsStored, stored).bad()) stored = allocated;
    if (dataset.findAndGetUint16(DCM_HighBit, high).bad()) high = static_cast<Uint16>(stored - 1);
    dataset.findAndGetUint16(DCM_PixelRepresentation, sign);
    const std::string photometric(trimmed(stored_text(dataset, DCM_PhotometricInterpretation)));
    if (samples != 1 || (photometric != "MONOCHROME1" && photometric != "MONOCHROME2"))
        return unsupported("only MONOCHROME1 and MONOCHROME2 are read, this is " +
                           in_quotes(photometric, kMaxCodeString));
    if ((allocated != 8 && allocated != 16) || stored < 8 || stored > allocated || high < stored - 1 ||
        high >= allocated)
        return unsupported(std::to_string(stored) + " of " + std::to_string(allocated) + " bits");
    if (rows == 0 || columns == 0) return failure(ErrorCode::geometry_out_of_range, name + ": empty matrix");

    format.rows = rows;
    format.columns = columns;
    format.bits_allocated = allocated;
    format.bits_stored = stored;
    format.high_bit = high;
    format.is_signed = sign == 1;
    format.inverted = photometric == "MONOCHROME1";
    Sint32 frames = 1;
    if (dataset.tagExists(DCM_NumberOfFrames) && dataset.findAndGetSint32(DCM_NumberOfFrames, frames).bad())
        frames = 0;
    if (frames < 1 || frames > kMaxFrames || (!multi_frame && frames != 1))
        return unsupported("number of frames is " + std::to_string(frames));
    format.frames = frames;
    return format;
}

}  // namespace

Result<std::unique_ptr<DcmFileFormat>> parse_file(const InstanceBytes& bytes, ElementBudget& budget) {
    const auto meta = read_meta_header(bytes.bytes, bytes.name);
    if (!meta) return failure(meta.error());
    if (!can_decode(meta->transfer_syntax_uid))
        return failure(ErrorCode::unsupported_transfer_syntax,
                       bytes.name + " is encoded as " + meta->transfer_syntax_uid);
    StructureLimits limits;
    limits.max_elements = std::min(limits.max_elements, budget.left);
    const auto elements = check_structure(bytes.bytes, *meta, bytes.name, limits);
    if (!elements) return failure(elements.error());
    budget.left -= *elements;
    auto file = std::make_unique<DcmFileFormat>();
    const OFCondition condition = parse(*file, bytes.bytes);
    if (condition.bad()) {
        const bool cut = ends_early(condition);
        return failure(cut ? ErrorCode::truncated_file : ErrorCode::not_dicom,
                       bytes.name + (cut ? " ends early: " : " cannot be parsed: ") + condition.text());
    }
    return file;
}

Result<std::unique_ptr<DcmFileFormat>> parse_file(const InstanceBytes& bytes) {
    ElementBudget own;
    return parse_file(bytes, own);
}

Result<Instance> read_instance(const InstanceBytes& bytes, ElementBudget& budget) {
    auto file = parse_file(bytes, budget);
    if (!file) return failure(file.error());

    Instance instance;
    instance.name = bytes.name;
    instance.file = std::move(*file);
    DcmDataset& dataset = *instance.file->getDataset();
    instance.sop_class_uid = stored_text(dataset, DCM_SOPClassUID);
    if (!is_mr_image_class(instance.sop_class_uid))
        return failure(ErrorCode::unsupported_sop_class,
                       bytes.name + " is no MR image (SOP class '" + instance.sop_class_uid + "')");
    instance.sop_instance_uid = stored_text(dataset, DCM_SOPInstanceUID);
    instance.study_instance_uid = stored_text(dataset, DCM_StudyInstanceUID);
    instance.series_instance_uid = stored_text(dataset, DCM_SeriesInstanceUID);
    for (const auto* uid :
         {&instance.sop_instance_uid, &instance.study_instance_uid, &instance.series_instance_uid})
        if (uid->empty())
            return failure(ErrorCode::missing_attribute,
                           bytes.name + " lacks its instance, study or series UID");
    instance.multi_frame = is_enhanced_mr_class(instance.sop_class_uid);
    auto format = pixel_format_of(dataset, bytes.name, instance.multi_frame);
    if (!format) return failure(format.error());
    instance.pixels = *format;
    auto rules = read_sample_rules(dataset, instance.pixels, bytes.name);
    if (!rules) return failure(rules.error());
    instance.rules = std::move(*rules);
    if (auto complete = check_pixel_data(dataset, instance.pixels, bytes.name); !complete)
        return failure(complete.error());
    return instance;
}

Result<void> check_matrix(const Instance& instance, int most) {
    const int rows = instance.pixels.rows, columns = instance.pixels.columns;
    if (rows <= most && columns <= most) return {};
    return failure(ErrorCode::geometry_out_of_range, instance.name + " has " + std::to_string(rows) +
                                                         " rows and " + std::to_string(columns) +
                                                         " columns, more than " + std::to_string(most));
}

}  // namespace spineseg::dicom
