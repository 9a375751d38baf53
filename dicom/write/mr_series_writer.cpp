// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/mr_series_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <new>

#include "core/decimal_string.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/encoding/uid.h"

namespace spineseg::dicom {
namespace {

/// What the volume decides, not the caller's header values.
const std::array kOwned = {DCM_SOPClassUID,
                           DCM_SOPInstanceUID,
                           DCM_StudyInstanceUID,
                           DCM_SeriesInstanceUID,
                           DCM_FrameOfReferenceUID,
                           DCM_Modality,
                           DCM_InstanceNumber,
                           DCM_ImagePositionPatient,
                           DCM_ImageOrientationPatient,
                           DCM_PixelSpacing,
                           DCM_SpacingBetweenSlices,
                           DCM_SliceLocation,
                           DCM_Rows,
                           DCM_Columns,
                           DCM_SamplesPerPixel,
                           DCM_PhotometricInterpretation,
                           DCM_BitsAllocated,
                           DCM_BitsStored,
                           DCM_HighBit,
                           DCM_PixelRepresentation,
                           DCM_PixelData,
                           DCM_NumberOfFrames,
                           DCM_RescaleSlope,
                           DCM_RescaleIntercept};

/// How the intensities are stored.
struct Encoding {
    double lowest = 0;
    double highest = 0;
    bool is_signed = false;
    Uint16 bits_stored = 16;
    bool scaled = false;  ///< slope and intercept are written
    double slope = 1;
    double intercept = 0;

    Uint16 cell(float value) const {
        if (!scaled) return static_cast<Uint16>(static_cast<std::int32_t>(std::lround(value)));
        return static_cast<Uint16>(
            std::clamp(std::round((static_cast<double>(value) - intercept) / slope), 0.0, 65535.0));
    }
};

constexpr double kSmallestSpan = 1e-3;  // of values with fractions: the reader refuses slopes below 1e-9

bool has_fractions(const Volume& volume) {
    return std::any_of(volume.voxels.begin(), volume.voxels.end(),
                       [](float value) { return value != std::round(value); });
}

/// Values with fractions (0 to 1, a z-score) over the whole of 16 bits. The texts that are written count, not
/// the numbers that they round.
Result<Encoding> scaled_encoding(Encoding encoding) {
    const double span = encoding.highest - encoding.lowest;
    if (span > 0 && span < kSmallestSpan)
        return failure(ErrorCode::invalid_argument,
                       "the intensities differ by less than 0.001: scale the volume first");
    encoding.scaled = true;
    encoding.intercept = parse_decimal(format_decimal(encoding.lowest)).value_or(encoding.lowest);
    if (span > 0) encoding.slope = parse_decimal(format_decimal(span / 65535)).value_or(span / 65535);
    return encoding;
}

Result<Encoding> encoding_of(const Volume& volume) {
    Encoding encoding;
    encoding.lowest = encoding.highest = volume.voxels.front();
    for (const float value : volume.voxels) {
        if (!std::isfinite(value))
            return failure(ErrorCode::non_finite_pixels, "the volume holds NaN or infinity");
        encoding.lowest = std::min<double>(encoding.lowest, value);
        encoding.highest = std::max<double>(encoding.highest, value);
    }
    // From half the range of 16 bits on, whole numbers are as fine as any scale.
    if (encoding.highest - encoding.lowest < 32768 && has_fractions(volume)) return scaled_encoding(encoding);
    encoding.lowest = std::round(encoding.lowest);
    encoding.highest = std::round(encoding.highest);
    encoding.is_signed = encoding.lowest < 0;
    const double limit = encoding.is_signed ? 32767 : 65535;
    if (encoding.highest > limit || encoding.lowest < -32768)
        return failure(ErrorCode::invalid_argument,
                       "intensities do not fit into 16 bits: scale the volume first");
    if (!encoding.is_signed && encoding.highest <= 4095) encoding.bits_stored = 12;
    return encoding;
}

Result<void> check_volume(const Volume& volume) {
    const Geometry& g = volume.geometry;
    if (g.columns < 1 || g.rows < 1 || g.slices < 1 || g.columns > 65535 || g.rows > 65535 ||
        volume.voxels.size() != g.voxel_count())
        return failure(ErrorCode::invalid_argument,
                       "the volume is empty, too large or of another size than its geometry");
    for (const double value :
         {g.origin[0], g.origin[1], g.origin[2], g.column_spacing, g.row_spacing, g.slice_spacing})
        if (!std::isfinite(value))
            return failure(ErrorCode::invalid_argument, "the volume's geometry is not finite");
    if (g.column_spacing <= 0 || g.row_spacing <= 0 || g.slice_spacing <= 0)
        return failure(ErrorCode::invalid_argument, "the volume's spacing is not positive");
    return {};
}

bool is_ascii(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Real header values come from tables with more digits than a DS may have.
std::string fitted(const DcmTag& tag, const std::string& value) {
    if (tag.getEVR() != EVR_DS) return value;
    std::string text;
    for (const auto part : split_values(value)) {
        const auto number = part.size() > 16 ? parse_decimal(part) : std::nullopt;
        if (!text.empty()) text += '\\';
        text += number ? format_decimal(*number) : std::string(part);
    }
    return text;
}

Result<void> put_keyword(DcmItem& dataset, const std::string& keyword, const std::string& value) {
    const auto invalid = [&](const std::string& why) {
        return failure(ErrorCode::invalid_argument, keyword + " " + why);
    };
    DcmTag tag;
    if (DcmTag::findTagFromName(keyword.c_str(), tag).bad()) return invalid("is no DICOM keyword");
    if (std::find(kOwned.begin(), kOwned.end(), tag.getXTag()) != kOwned.end())
        return invalid("follows from the volume and cannot be set");
    if (tag.getEVR() == EVR_SQ) return invalid("is a sequence and cannot be set from text");
    const OFCondition stored = dataset.putAndInsertString(tag, fitted(tag, value).c_str());
    DcmElement* element = nullptr;
    if (stored.bad() || dataset.findAndGetElement(tag, element).bad() || element == nullptr)
        return invalid("cannot hold '" + value + "'");
    if (element->checkValue("1-n").bad()) return invalid("has an invalid value '" + value + "'");
    return {};
}

void write_identity(DcmItem& dataset, const MrSeriesHeader& header) {
    const std::string number = std::to_string(header.series_number);
    const bool plain = is_ascii(header.patient_name) && is_ascii(header.patient_id) &&
                       is_ascii(header.study_description) && is_ascii(header.series_description) &&
                       std::all_of(header.elements.begin(), header.elements.end(),
                                   [](const auto& element) { return is_ascii(element.second); });
    if (!plain) put(dataset, DCM_SpecificCharacterSet, "ISO_IR 192");
    put(dataset, DCM_SOPClassUID, UID_MRImageStorage);
    put(dataset, DCM_StudyInstanceUID, uid_from({"study", header.uid_seed}));
    put(dataset, DCM_SeriesInstanceUID, uid_from({"series", header.uid_seed, number}));
    put(dataset, DCM_FrameOfReferenceUID, uid_from({"frame of reference", header.uid_seed}));
    put_stored(dataset, DCM_PatientName, header.patient_name);
    put_stored(dataset, DCM_PatientID, header.patient_id);
    put_stored(dataset, DCM_StudyDescription, header.study_description);
    put_stored(dataset, DCM_SeriesDescription, header.series_description);
    put(dataset, DCM_SeriesNumber, number);
    for (const auto& tag :
         {DCM_PatientBirthDate, DCM_PatientSex, DCM_ReferringPhysicianName, DCM_AccessionNumber,
          DCM_PositionReferenceIndicator, DCM_ScanOptions, DCM_Manufacturer})
        put(dataset, tag, "");
    put(dataset, DCM_StudyID, "1");
    for (const auto& tag : {DCM_StudyDate, DCM_SeriesDate, DCM_AcquisitionDate, DCM_ContentDate})
        put(dataset, tag, "20260101");
    for (const auto& tag : {DCM_StudyTime, DCM_SeriesTime, DCM_AcquisitionTime, DCM_ContentTime})
        put(dataset, tag, "120000");
}

/// A turbo spin echo, T2 weighted, supine and head first, until the caller's values say otherwise.
void write_acquisition(DcmItem& dataset) {
    put(dataset, DCM_Modality, "MR");
    put(dataset, DCM_ImageType, "ORIGINAL\\PRIMARY\\OTHER");
    put(dataset, DCM_BodyPartExamined, "LSPINE");
    put(dataset, DCM_PatientPosition, "HFS");
    put(dataset, DCM_ScanningSequence, "SE");
    put(dataset, DCM_SequenceVariant, "SK");
    put(dataset, DCM_MRAcquisitionType, "2D");
    put(dataset, DCM_RepetitionTime, "3500");
    put(dataset, DCM_EchoTime, "110");
    put(dataset, DCM_EchoTrainLength, "20");
    put(dataset, DCM_MagneticFieldStrength, "1.5");
    put(dataset, DCM_AcquisitionNumber, "1");
}

void write_image_description(DcmItem& dataset, const Geometry& geometry, const Encoding& encoding) {
    const Vec3 &row = geometry.row_direction, &column = geometry.column_direction;
    put(dataset, DCM_ImageOrientationPatient,
        format_decimals({row[0], row[1], row[2], column[0], column[1], column[2]}));
    put(dataset, DCM_PixelSpacing, format_decimals({geometry.row_spacing, geometry.column_spacing}));
    put(dataset, DCM_SliceThickness, format_decimal(geometry.slice_spacing));
    put(dataset, DCM_SpacingBetweenSlices, format_decimal(geometry.slice_spacing));
    put_us(dataset, DCM_SamplesPerPixel, {1});
    put(dataset, DCM_PhotometricInterpretation, "MONOCHROME2");
    put_us(dataset, DCM_Rows, {static_cast<Uint16>(geometry.rows)});
    put_us(dataset, DCM_Columns, {static_cast<Uint16>(geometry.columns)});
    put_us(dataset, DCM_BitsAllocated, {16});
    put_us(dataset, DCM_BitsStored, {encoding.bits_stored});
    put_us(dataset, DCM_HighBit, {static_cast<Uint16>(encoding.bits_stored - 1)});
    put_us(dataset, DCM_PixelRepresentation, {static_cast<Uint16>(encoding.is_signed)});
    if (encoding.scaled) {
        put(dataset, DCM_RescaleIntercept, format_decimal(encoding.intercept));
        put(dataset, DCM_RescaleSlope, format_decimal(encoding.slope));
        put(dataset, DCM_RescaleType, "US");
    }
    put(dataset, DCM_WindowCenter, format_decimal((encoding.lowest + encoding.highest) / 2));
    put(dataset, DCM_WindowWidth,
        format_decimal(encoding.scaled ? std::max(65535 * encoding.slope, 1e-6)
                                       : std::max(1.0, encoding.highest - encoding.lowest)));
}

std::vector<Uint16> slice_cells(const Volume& volume, const Encoding& encoding, int slice) {
    const std::size_t count = volume.geometry.slice_voxel_count();
    const float* voxels = volume.voxels.data() + count * static_cast<std::size_t>(slice);
    std::vector<Uint16> cells(count);
    std::transform(voxels, voxels + count, cells.begin(), [&](float value) { return encoding.cell(value); });
    return cells;
}

std::unique_ptr<DcmDataset> slice_dataset(const DcmDataset& series, const Volume& volume,
                                          const MrSeriesHeader& header, const Encoding& encoding, int slice) {
    auto dataset = std::make_unique<DcmDataset>(series);
    const Vec3 position = volume.geometry.position(0, 0, slice);
    const std::string number = std::to_string(slice + 1);
    put(*dataset, DCM_SOPInstanceUID,
        uid_from({"instance", header.uid_seed, std::to_string(header.series_number), number}));
    put(*dataset, DCM_InstanceNumber, number);
    put(*dataset, DCM_ImagePositionPatient, format_decimals({position[0], position[1], position[2]}));
    put(*dataset, DCM_SliceLocation, format_decimal(dot(position, volume.geometry.slice_direction)));
    const auto cells = slice_cells(volume, encoding, slice);
    const DcmTag pixel_data(DCM_PixelData, EVR_OW);
    const OFCondition stored = dataset->putAndInsertUint16Array(pixel_data, cells.data(), cells.size());
    if (stored.bad()) throw ElementError(stored.text());
    return dataset;
}

Result<void> write_file(const std::filesystem::path& path, const std::vector<std::uint8_t>& bytes) {
    std::ofstream stream(path, std::ios::binary | std::ios::trunc);
    stream.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    stream.close();
    if (!stream) return failure(ErrorCode::file_unwritable, path.string() + " cannot be written");
    return {};
}

Result<std::vector<std::filesystem::path>> write(const Volume& volume, const MrSeriesHeader& header,
                                                 const std::filesystem::path& folder) {
    if (auto valid = check_volume(volume); !valid) return failure(valid.error());
    const auto encoding = encoding_of(volume);
    if (!encoding) return failure(encoding.error());
    DcmDataset series;
    write_identity(series, header);
    write_acquisition(series);
    write_image_description(series, volume.geometry, *encoding);
    for (const auto& [keyword, value] : header.elements)
        if (auto stored = put_keyword(series, keyword, value); !stored) return failure(stored.error());

    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (error) return failure(ErrorCode::file_unwritable, folder.string() + ": " + error.message());
    std::vector<std::filesystem::path> files;
    for (int slice = 0; slice < volume.geometry.slices; ++slice) {
        char name[32];
        std::snprintf(name, sizeof name, "IM%04d.dcm", slice + 1);
        files.push_back(folder / name);
        const auto bytes = part10_file(slice_dataset(series, volume, header, *encoding, slice));
        if (auto written = write_file(files.back(), bytes); !written) return failure(written.error());
    }
    return files;
}

}  // namespace

Result<std::vector<std::filesystem::path>> write_mr_series(const Volume& volume, const MrSeriesHeader& header,
                                                           const std::filesystem::path& folder) {
    try {
        prepare_dcmtk();
        return write(volume, header, folder);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing a series");
    } catch (const ElementError& failed) {
        return failure(ErrorCode::internal, std::string("MR series: ") + failed.what());
    }
}

}  // namespace spineseg::dicom
