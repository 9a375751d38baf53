// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/result_reader.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <new>
#include <string>

#include "core/decimal_string.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/segment_catalogue.h"
#include "dicom/read/instance_reader.h"

namespace spineseg::dicom {
namespace {

/// An opened result object whose matrix is the series'.
struct ResultDataset {
    std::unique_ptr<DcmFileFormat> file;
    std::vector<int> slices;  ///< of each frame, on the series' grid
    std::size_t pixels_per_frame = 0;
    std::string name;

    DcmDataset& dataset() const { return *file->getDataset(); }
    std::size_t pixel_count() const { return slices.size() * pixels_per_frame; }
};

/// Item `number` of a sequence; nullptr where there is none.
DcmItem* item_of(DcmItem& owner, const DcmTagKey& sequence, unsigned long number = 0) {
    DcmItem* item = nullptr;
    return owner.findAndGetSequenceItem(sequence, item, static_cast<signed long>(number)).good() ? item
                                                                                                 : nullptr;
}

Result<int> slice_of(DcmItem& frame, const Geometry& grid, const std::string& name) {
    DcmItem* plane = item_of(frame, DCM_PlanePositionSequence);
    const auto position =
        plane ? parse_decimals(stored_text(*plane, DCM_ImagePositionPatient)) : std::nullopt;
    if (!position || position->size() != 3)
        return failure(ErrorCode::missing_attribute, name + ": a frame has no position");
    const Vec3 voxel = grid.voxel({(*position)[0], (*position)[1], (*position)[2]});
    const double slice = std::round(voxel[2]);
    // A tenth of a voxel: far more than rounding in the decimal strings, far less than a neighbouring slice.
    if (std::abs(voxel[0]) > 0.1 || std::abs(voxel[1]) > 0.1 || std::abs(voxel[2] - slice) > 0.1 ||
        slice < 0 || slice >= grid.slices)
        return failure(ErrorCode::invalid_argument, name + ": a frame lies on no slice of the series");
    return static_cast<int>(slice);
}

Result<ResultDataset> open_result(const InstanceBytes& bytes, const char* sop_class, const Geometry& grid) {
    auto file = parse_file(bytes);
    if (!file) return failure(file.error());
    ResultDataset result{std::move(*file), {}, grid.slice_voxel_count(), bytes.name};
    DcmDataset& dataset = result.dataset();
    if (const auto found = stored_text(dataset, DCM_SOPClassUID); found != sop_class)
        return failure(ErrorCode::unsupported_sop_class, bytes.name + " has the SOP class '" + found + "'");
    Uint16 rows = 0, columns = 0;
    dataset.findAndGetUint16(DCM_Rows, rows);
    dataset.findAndGetUint16(DCM_Columns, columns);
    if (rows != grid.rows || columns != grid.columns)
        return failure(ErrorCode::invalid_argument, bytes.name + " has another matrix than the series");
    DcmSequenceOfItems* frames = nullptr;
    if (dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, frames).bad() || frames->card() == 0)
        return failure(ErrorCode::missing_attribute, bytes.name + " has no frames");
    for (unsigned long i = 0; i < frames->card(); ++i) {
        const auto slice = slice_of(*frames->getItem(i), grid, bytes.name);
        if (!slice) return failure(slice.error());
        result.slices.push_back(*slice);
    }
    return result;
}

std::optional<Label> label_of_segment(DcmItem& segment) {
    DcmItem* type = item_of(segment, DCM_SegmentedPropertyTypeCodeSequence);
    const std::string code = type ? stored_text(*type, DCM_CodeValue) : "";
    return label_of_code(code);
}

Result<std::map<Uint16, Label>> labels_by_segment(const ResultDataset& segmentation) {
    std::map<Uint16, Label> labels;
    for (unsigned long i = 0; DcmItem* segment = item_of(segmentation.dataset(), DCM_SegmentSequence, i);
         ++i) {
        Uint16 number = 0;
        const auto label = label_of_segment(*segment);
        if (segment->findAndGetUint16(DCM_SegmentNumber, number).bad() || !label)
            return failure(
                ErrorCode::invalid_argument,
                segmentation.name + ": segment " + std::to_string(i + 1) + " is no structure of ours");
        labels[number] = *label;
    }
    return labels;
}

Result<Label> label_of_frame(const ResultDataset& segmentation, const std::map<Uint16, Label>& labels,
                             std::size_t frame) {
    DcmItem* groups = item_of(segmentation.dataset(), DCM_PerFrameFunctionalGroupsSequence, frame);
    DcmItem* identification = groups ? item_of(*groups, DCM_SegmentIdentificationSequence) : nullptr;
    Uint16 number = 0;
    if (identification) identification->findAndGetUint16(DCM_ReferencedSegmentNumber, number);
    const auto label = labels.find(number);
    if (label == labels.end())
        return failure(ErrorCode::missing_attribute,
                       segmentation.name + ": frame " + std::to_string(frame + 1) + " names no segment");
    return label->second;
}

Result<LabelMap> unpack_segmentation(const ResultDataset& segmentation, const Geometry& grid) {
    const Uint8* bits = nullptr;
    unsigned long bytes = 0;
    if (stored_text(segmentation.dataset(), DCM_SegmentationType) != "BINARY" ||
        segmentation.dataset().findAndGetUint8Array(DCM_PixelData, bits, &bytes).bad() || bits == nullptr)
        return failure(ErrorCode::unsupported_pixel_format,
                       segmentation.name + " is not a BINARY segmentation");
    if (bytes < (segmentation.pixel_count() + 7) / 8)
        return failure(ErrorCode::truncated_file, segmentation.name + ": fewer pixels than its frames need");
    const auto labels = labels_by_segment(segmentation);
    if (!labels) return failure(labels.error());
    LabelMap map{grid, std::vector<std::uint8_t>(grid.voxel_count())};
    std::size_t bit = 0;
    for (std::size_t frame = 0; frame < segmentation.slices.size(); ++frame) {
        const auto label = label_of_frame(segmentation, *labels, frame);
        if (!label) return failure(label.error());
        std::uint8_t* cell = &map.at(0, 0, segmentation.slices[frame]);
        // PS3.5 8.1.1: one stream of bits over all frames, least significant bit first.
        for (std::size_t i = 0; i < segmentation.pixels_per_frame; ++i, ++bit)
            if ((bits[bit / 8] >> (bit % 8)) & 1) cell[i] = static_cast<std::uint8_t>(*label);
    }
    return map;
}

struct LinearMapping {
    double slope = 0;
    double intercept = 0;
};

Result<LinearMapping> real_world_mapping(const ResultDataset& map) {
    DcmItem* shared = item_of(map.dataset(), DCM_SharedFunctionalGroupsSequence);
    DcmItem* item = shared ? item_of(*shared, DCM_RealWorldValueMappingSequence) : nullptr;
    LinearMapping mapping;
    if (item == nullptr || item->findAndGetFloat64(DCM_RealWorldValueSlope, mapping.slope).bad() ||
        item->findAndGetFloat64(DCM_RealWorldValueIntercept, mapping.intercept).bad() ||
        !std::isfinite(mapping.slope) || !std::isfinite(mapping.intercept))
        return failure(ErrorCode::missing_attribute, map.name + " has no linear real world value mapping");
    return mapping;
}

Result<Volume> copy_map(const ResultDataset& map, const Geometry& grid) {
    const Float32* values = nullptr;
    unsigned long count = 0;
    if (map.dataset().findAndGetFloat32Array(DCM_FloatPixelData, values, &count).bad() || values == nullptr)
        return failure(ErrorCode::unsupported_pixel_format, map.name + " has no Float Pixel Data");
    if (count < map.pixel_count())
        return failure(ErrorCode::truncated_file, map.name + ": fewer pixels than its frames need");
    const auto mapping = real_world_mapping(map);
    if (!mapping) return failure(mapping.error());
    Volume volume{grid, std::vector<float>(grid.voxel_count())};
    for (std::size_t frame = 0; frame < map.slices.size(); ++frame)
        std::transform(values + frame * map.pixels_per_frame, values + (frame + 1) * map.pixels_per_frame,
                       &volume.at(0, 0, map.slices[frame]), [&](float stored) {
                           return static_cast<float>(stored * mapping->slope + mapping->intercept);
                       });
    return volume;
}

template <typename Grid>
Result<Grid> read_result(const InstanceBytes& file, const Series& source, const char* sop_class,
                         Result<Grid> (*read)(const ResultDataset&, const Geometry&)) {
    try {
        prepare_dcmtk();
        const auto opened = open_result(file, sop_class, source.volume.geometry);
        if (!opened) return failure(opened.error());
        return read(*opened, source.volume.geometry);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while reading " + file.name);
    }
}

}  // namespace

Result<LabelMap> read_segmentation(const InstanceBytes& file, const Series& source) {
    return read_result(file, source, UID_SegmentationStorage, unpack_segmentation);
}

Result<Volume> read_parametric_map(const InstanceBytes& file, const Series& source) {
    return read_result(file, source, UID_ParametricMapStorage, copy_map);
}

}  // namespace spineseg::dicom
