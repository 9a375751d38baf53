// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/sc/picture_writer.h"

#include <memory>
#include <new>

#include "core/decimal_string.h"
#include "dicom/encoding/coded_concept.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/write/common_modules.h"

namespace spineseg::dicom {
namespace {

ResultHeader header_of(ResultKind kind) {
    const bool contours = kind == ResultKind::contours;
    return {kind, UID_SecondaryCaptureImageStorage, "OT", contours ? "CONTOURS" : "HEATMAP",
            contours ? 4 : 5};
}

const char* derivation_of(ResultKind kind) {
    return kind == ResultKind::contours ? "Contours of an AI segmentation drawn over the source image"
                                        : "Uncertainty of an AI segmentation drawn over the source image";
}

/// The slice's own strings where the picture has its pixels, else those of the finer grid: its first pixel's
/// centre lies nearer to the corner.
void write_plane(DcmItem& dataset, const Series& source, const SlicePicture& picture) {
    const Geometry& g = source.volume.geometry;
    const SourceSlice& slice = source.sources[static_cast<std::size_t>(picture.slice)];
    put_stored(dataset, DCM_ImageOrientationPatient, source.image_orientation_patient);
    if (!source.slice_thickness.empty()) put_stored(dataset, DCM_SliceThickness, source.slice_thickness);
    if (picture.scale == 1) {
        put_stored(dataset, DCM_ImagePositionPatient, slice.image_position_patient);
        put_stored(dataset, DCM_PixelSpacing, source.pixel_spacing);
        return;
    }
    const double shift = 0.5 / picture.scale - 0.5;
    const Vec3 first = g.position(shift, shift, picture.slice);
    put(dataset, DCM_ImagePositionPatient, format_decimals({first[0], first[1], first[2]}));
    put(dataset, DCM_PixelSpacing,
        format_decimals({g.row_spacing / picture.scale, g.column_spacing / picture.scale}));
}

void write_source(DcmItem& dataset, const SourceSlice& slice) {
    DcmItem& image = add_item(dataset, DCM_SourceImageSequence);
    put_stored(image, DCM_ReferencedSOPClassUID, slice.sop_class_uid);
    put_stored(image, DCM_ReferencedSOPInstanceUID, slice.sop_instance_uid);
    if (slice.frame_number > 0) put(image, DCM_ReferencedFrameNumber, std::to_string(slice.frame_number));
    add_code(image, DCM_PurposeOfReferenceCodeSequence, codes::kSourceImage);
}

void write_image(DcmDataset& dataset, const Series& source, const SlicePicture& picture) {
    const Geometry& g = source.volume.geometry;
    put_us(dataset, DCM_SamplesPerPixel, {3});
    put(dataset, DCM_PhotometricInterpretation, "RGB");
    put_us(dataset, DCM_PlanarConfiguration, {0});
    put_us(dataset, DCM_Rows, {static_cast<Uint16>(g.rows * picture.scale)});
    put_us(dataset, DCM_Columns, {static_cast<Uint16>(g.columns * picture.scale)});
    put_us(dataset, DCM_BitsAllocated, {8});
    put_us(dataset, DCM_BitsStored, {8});
    put_us(dataset, DCM_HighBit, {7});
    put_us(dataset, DCM_PixelRepresentation, {0});
    std::vector<std::uint8_t> padded;
    const std::vector<std::uint8_t>* pixels = &picture.rgb;
    if (picture.rgb.size() % 2 != 0) {
        padded = picture.rgb;
        padded.push_back(0);
        pixels = &padded;
    }
    DcmTag pixel_data(DCM_PixelData, EVR_OB);
    const OFCondition stored = dataset.putAndInsertUint8Array(pixel_data, pixels->data(), pixels->size());
    if (stored.bad()) throw ElementError(stored.text());
}

ResultFile write(const Series& source, ResultKind kind, const SlicePicture& picture, int number,
                 const Provenance& provenance) {
    const ResultHeader header = header_of(kind);
    const SourceSlice& slice = source.sources[static_cast<std::size_t>(picture.slice)];
    ResultFile result;
    result.object = identify_result(header, source, provenance);
    result.object.sop_instance_uid =
        result_uid(header, source, provenance,
                   "picture " + slice.sop_instance_uid + " " + std::to_string(slice.frame_number) + " " +
                       std::to_string(picture.scale));
    auto dataset = std::make_unique<DcmDataset>();
    write_result_header(*dataset, header, result.object, source, provenance);
    put(*dataset, DCM_InstanceNumber, std::to_string(number));
    put(*dataset, DCM_PatientOrientation, "");
    put(*dataset, DCM_ConversionType, "WSD");
    put(*dataset, DCM_SecondaryCaptureDeviceManufacturer, "spineseg");
    put(*dataset, DCM_SecondaryCaptureDeviceManufacturerModelName, plain(algorithm_name(provenance), 64));
    put(*dataset, DCM_ImageType, "DERIVED\\SECONDARY");
    const AnalysisTime made = analysis_time(source, provenance);
    put(*dataset, DCM_DateOfSecondaryCapture, made.date());
    put(*dataset, DCM_TimeOfSecondaryCapture, made.time());
    put(*dataset, DCM_DerivationDescription, verdict_mark(provenance) + derivation_of(kind));
    put(*dataset, DCM_BurnedInAnnotation, "YES");
    write_lossy_compression(*dataset, source);
    write_source(*dataset, slice);
    write_plane(*dataset, source, picture);
    write_image(*dataset, source, picture);
    result.dicom = part10_file(std::move(dataset));
    return result;
}

Result<void> check(const Series& source, ResultKind kind, const std::vector<SlicePicture>& pictures) {
    if (!source.dataset || source.sources.size() != static_cast<std::size_t>(source.volume.geometry.slices))
        return failure(ErrorCode::invalid_argument, "the series was not read from DICOM");
    if (kind != ResultKind::contours && kind != ResultKind::heat_map)
        return failure(ErrorCode::invalid_argument, "pictures are contours or heat maps");
    const std::size_t pixels = source.volume.geometry.slice_voxel_count();
    for (const auto& picture : pictures) {
        const auto scale = static_cast<std::size_t>(picture.scale);
        if (picture.slice < 0 || picture.slice >= source.volume.geometry.slices || picture.scale < 1 ||
            picture.scale > 8 || picture.rgb.size() != 3 * pixels * scale * scale)
            return failure(ErrorCode::invalid_argument, "a picture fits none of the series' slices");
    }
    return {};
}

}  // namespace

Result<std::vector<ResultFile>> write_pictures(const Series& source, ResultKind kind,
                                               const std::vector<SlicePicture>& pictures,
                                               const Provenance& provenance) {
    try {
        prepare_dcmtk();
        if (auto valid = check(source, kind, pictures); !valid) return failure(valid.error());
        std::vector<ResultFile> files;
        for (const auto& picture : pictures)
            files.push_back(write(source, kind, picture, static_cast<int>(files.size()) + 1, provenance));
        return files;
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing pictures");
    } catch (const ElementError& error) {
        return failure(ErrorCode::internal, std::string("pictures: ") + error.what());
    }
}

}  // namespace spineseg::dicom
