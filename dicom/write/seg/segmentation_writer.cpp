// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <new>

#include "dicom/encoding/coded_concept.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/encoding/segment_catalogue.h"
#include "dicom/write/common_modules.h"
#include "dicom/write/functional_groups.h"
#include "dicom/write/seg/packed_bits.h"
#include "dicom/write/seg/segment_frames.h"
#include "dicom/write/seg/segmentation_writer.h"

namespace spineseg::dicom {
namespace {

constexpr const char* kLabelMapSegmentationStorage =
    "1.2.840.10008.5.1.4.1.1.66.7";             // unknown to DCMTK 3.6.7
constexpr std::size_t kMaxSegmentFrames = 384;  // and up to 15 all-zero ones: at most 400 (docs/dicom.md §9)

ResultHeader header_of(ResultKind kind, SegmentationEncoding encoding, const std::string& variant) {
    if (kind == ResultKind::vertebra_parts) {
        ResultHeader header{kind, UID_SegmentationStorage, "SEG", "PARTS", 8};
        header.variant = variant;
        return header;
    }
    const bool map = encoding == SegmentationEncoding::label_map;
    ResultHeader header{ResultKind::segmentation,
                        map ? kLabelMapSegmentationStorage : UID_SegmentationStorage, "SEG", "SEG", 1};
    header.variant = variant;
    return header;
}

/// A pair that was added to fill the bit stream owns no voxel.
bool is_written(const Segment& segment, int slice) {
    return segment.slices[static_cast<std::size_t>(slice)];
}

PackedBits pack(const LabelMap& labels, const std::vector<Segment>& segments,
                const std::vector<SegFrame>& frames) {
    const std::size_t slice_voxels = labels.geometry.slice_voxel_count();
    PackedBits bits(slice_voxels * frames.size());
    for (const auto& frame : frames) {
        if (!is_written(segments[frame.segment], frame.slice)) {
            bits.skip(slice_voxels);
            continue;
        }
        const std::uint8_t label = segments[frame.segment].description->value;
        const std::uint8_t* cells =
            labels.voxels.data() + slice_voxels * static_cast<std::size_t>(frame.slice);
        for (std::size_t i = 0; i < slice_voxels; ++i) bits.push(cells[i] == label);
    }
    return bits;
}

void add_algorithm(DcmItem& segment, const Provenance& provenance) {
    put(segment, DCM_SegmentAlgorithmType, "AUTOMATIC");
    put(segment, DCM_SegmentAlgorithmName, algorithm_name(provenance));
    DcmItem& algorithm = add_item(segment, DCM_SegmentationAlgorithmIdentificationSequence);
    add_code(algorithm, DCM_AlgorithmFamilyCodeSequence, codes::kArtificialIntelligence);
    put(algorithm, DCM_AlgorithmName, plain(provenance.model_id, 64));
    put(algorithm, DCM_AlgorithmVersion, plain(provenance.model_version, 64));
    put(algorithm, DCM_AlgorithmSource, "spineseg");
    put(algorithm, DCM_AlgorithmParameters, plain(algorithm_parameters(provenance), 1024));
}

void add_segment(DcmItem& dataset, std::size_t number, const SegmentDescription& description,
                 const Provenance& provenance) {
    DcmItem& segment = add_item(dataset, DCM_SegmentSequence);
    put_us(segment, DCM_SegmentNumber, {static_cast<Uint16>(number)});
    put(segment, DCM_SegmentLabel, description.name);
    put(segment, DCM_SegmentDescription, description.text);
    add_algorithm(segment, provenance);
    add_code(segment, DCM_AnatomicRegionSequence, description.region);
    add_code(segment, DCM_SegmentedPropertyCategoryCodeSequence, codes::kAnatomicalStructure);
    add_code(segment, DCM_SegmentedPropertyTypeCodeSequence, description.type);
    put_us(segment, DCM_RecommendedDisplayCIELabValue,
           {description.cielab.begin(), description.cielab.end()});
    put(segment, DCM_TrackingID, description.tracking_id);
    put(segment, DCM_TrackingUID, description.tracking_uid);
}

/// Segment 0 of a label map (PS3.3 C.8.20.2.3.3).
void add_background(DcmItem& dataset, const Provenance& provenance) {
    DcmItem& segment = add_item(dataset, DCM_SegmentSequence);
    put_us(segment, DCM_SegmentNumber, {0});
    put(segment, DCM_SegmentLabel, "Background");
    add_algorithm(segment, provenance);
    add_code(segment, DCM_SegmentedPropertyCategoryCodeSequence, codes::kSpatialConcept);
    add_code(segment, DCM_SegmentedPropertyTypeCodeSequence, codes::kBackground);
}

void write_image_description(DcmItem& dataset, const Series& source, const Provenance& provenance,
                             SegmentationEncoding encoding, std::size_t frames) {
    const bool map = encoding == SegmentationEncoding::label_map;
    const Geometry& geometry = source.volume.geometry;
    put(dataset, DCM_ImageType, "DERIVED\\PRIMARY");
    put_us(dataset, DCM_SamplesPerPixel, {1});
    put(dataset, DCM_PhotometricInterpretation, "MONOCHROME2");
    put(dataset, DCM_NumberOfFrames, std::to_string(frames));
    put_us(dataset, DCM_Rows, {static_cast<Uint16>(geometry.rows)});
    put_us(dataset, DCM_Columns, {static_cast<Uint16>(geometry.columns)});
    put_us(dataset, DCM_BitsAllocated, {static_cast<Uint16>(map ? 8 : 1)});
    put_us(dataset, DCM_BitsStored, {static_cast<Uint16>(map ? 8 : 1)});
    put_us(dataset, DCM_HighBit, {static_cast<Uint16>(map ? 7 : 0)});
    put_us(dataset, DCM_PixelRepresentation, {0});
    write_lossy_compression(dataset, source);
    put(dataset, DCM_SegmentationType, map ? "LABELMAP" : "BINARY");
    if (map) put_us(dataset, DCM_PixelPaddingValue, {0});  // that, not a code, says which value is background
    put(dataset, DCM_SegmentsOverlap, "NO");
    put(dataset, DCM_ContentLabel, "LUMBAR_SEG");
    put(dataset, DCM_ContentDescription,
        verdict_mark(provenance) + "Lumbar spine segmentation by AI, research use only");
    put(dataset, DCM_ContentCreatorName, "");
}

/// Plane indices count the planes that are present in the object, the same for every segment (docs/dicom.md
/// §1.3).
void write_frames(DcmItem& dataset, const Series& source, const std::vector<SegFrame>& frames) {
    std::map<int, Uint32> planes;
    for (const auto& frame : frames) planes[frame.slice] = 0;
    Uint32 next = 0;
    for (auto& [slice, index] : planes) index = ++next;
    for (const auto& frame : frames) {
        const Uint32 segment = static_cast<Uint32>(frame.segment + 1);
        DcmItem& groups = add_frame_groups(dataset, source.sources[static_cast<std::size_t>(frame.slice)],
                                           {segment, planes[frame.slice]}, codes::kSegmentation);
        put_us(add_item(groups, DCM_SegmentIdentificationSequence), DCM_ReferencedSegmentNumber,
               {static_cast<Uint16>(segment)});
    }
}

void put_pixels(DcmDataset& dataset, const std::vector<std::uint8_t>& bytes) {
    DcmTag pixel_data(DCM_PixelData, EVR_OB);
    const OFCondition stored = dataset.putAndInsertUint8Array(pixel_data, bytes.data(), bytes.size());
    if (stored.bad()) throw ElementError(stored.text());
}

Result<void> check_labels(const Series& source, const LabelMap& labels,
                          const std::vector<SegmentDescription>& descriptions) {
    if (!source.dataset || source.sources.size() != static_cast<std::size_t>(source.volume.geometry.slices))
        return failure(ErrorCode::invalid_argument, "the series was not read from DICOM");
    if (!same_grid(source.volume.geometry, labels.geometry) ||
        labels.voxels.size() != labels.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map does not lie on the series' grid");
    std::array<bool, 256> known{};
    known[0] = true;
    for (const auto& description : descriptions) known[description.value] = true;
    for (const auto voxel : labels.voxels)
        if (!known[voxel])
            return failure(ErrorCode::invalid_argument,
                           "label " + std::to_string(voxel) + " is no structure");
    return {};
}

class SegmentationWriter {
  public:
    SegmentationWriter(ResultKind kind, const Series& source, const LabelMap& labels,
                       const Provenance& provenance)
        : kind_(kind), source_(source), labels_(labels), provenance_(provenance) {}

    ResultFile binary(const std::vector<Segment>& segments, const std::string& variant) const {
        const ResultHeader header = header_of(kind_, SegmentationEncoding::binary, variant);
        ResultFile result = identified(header, segments);
        auto dataset = begun(header, result.object);
        const auto frames = frames_of(segments, labels_.geometry);
        write_image_description(*dataset, source_, provenance_, SegmentationEncoding::binary, frames.size());
        for (std::size_t i = 0; i < segments.size(); ++i)
            add_segment(*dataset, i + 1, *segments[i].description, provenance_);
        add_dimensions(*dataset, result_uid(header, source_, provenance_, "dimensions"),
                       {{DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence, "Segment"},
                        {DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}});
        add_shared_groups(*dataset, source_);
        write_frames(*dataset, source_, frames);
        put_pixels(*dataset, pack(labels_, segments, frames).bytes());
        result.dicom = part10_file(std::move(dataset));
        return result;
    }

    /// One frame for every slice, segment numbers as values (Supplement 243).
    ResultFile label_map(const std::vector<Segment>& segments, const std::string& variant) const {
        const ResultHeader header = header_of(kind_, SegmentationEncoding::label_map, variant);
        ResultFile result = identified(header, segments);
        auto dataset = begun(header, result.object);
        write_image_description(*dataset, source_, provenance_, SegmentationEncoding::label_map,
                                source_.sources.size());
        add_background(*dataset, provenance_);
        std::array<std::uint8_t, 256> numbers{};
        for (std::size_t i = 0; i < segments.size(); ++i) {
            add_segment(*dataset, i + 1, *segments[i].description, provenance_);
            numbers[segments[i].description->value] = static_cast<std::uint8_t>(i + 1);
        }
        put(*dataset, DCM_DimensionOrganizationType, "3D");
        add_dimensions(*dataset, result_uid(header, source_, provenance_, "dimensions"),
                       {{DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}});
        add_shared_groups(*dataset, source_);
        Uint32 plane = 0;
        for (const auto& slice : source_.sources)
            add_frame_groups(*dataset, slice, {++plane}, codes::kSegmentation);
        std::vector<std::uint8_t> values(labels_.voxels.size() + labels_.voxels.size() % 2);
        for (std::size_t i = 0; i < labels_.voxels.size(); ++i) values[i] = numbers[labels_.voxels[i]];
        put_pixels(*dataset, values);
        result.dicom = part10_file(std::move(dataset));
        return result;
    }

  private:
    ResultFile identified(const ResultHeader& header, const std::vector<Segment>& segments) const {
        ResultFile result;
        result.object = identify_result(header, source_, provenance_);
        for (std::size_t i = 0; i < segments.size(); ++i)
            result.segments.push_back({segments[i].description->value, static_cast<int>(i + 1)});
        return result;
    }
    std::unique_ptr<DcmDataset> begun(const ResultHeader& header, const ResultObject& object) const {
        auto dataset = std::make_unique<DcmDataset>();
        write_result_header(*dataset, header, object, source_, provenance_);
        return dataset;
    }

    ResultKind kind_;
    const Series& source_;
    const LabelMap& labels_;
    const Provenance& provenance_;
};

/// What goes into the files, and as which kind of result.
struct Contents {
    const LabelMap& labels;
    std::vector<SegmentDescription> descriptions;
    std::string variant;
    ResultKind kind = ResultKind::segmentation;
};

Result<std::vector<ResultFile>> write(const Series& source, const Contents& contents,
                                      const Provenance& provenance, SegmentationEncoding encoding) {
    const auto& [labels, descriptions, variant, kind] = contents;
    try {
        prepare_dcmtk();
        if (auto valid = check_labels(source, labels, descriptions); !valid) return failure(valid.error());
        auto segments = segments_of(labels, descriptions);
        if (segments.empty()) return failure(ErrorCode::no_anatomy_found, "the label map is empty");
        const SegmentationWriter writer(kind, source, labels, provenance);
        std::vector<ResultFile> files;
        if (encoding == SegmentationEncoding::label_map) {
            files.push_back(writer.label_map(segments, variant + " label map"));
            return files;
        }
        for (const auto& shared : share_out(segments, kMaxSegmentFrames))
            files.push_back(writer.binary(
                shared, files.empty() ? variant : variant + " part " + std::to_string(files.size() + 1)));
        return files;
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing a segmentation");
    } catch (const ElementError& error) {
        return failure(ErrorCode::internal, std::string("segmentation: ") + error.what());
    }
}

TrackingScope scope_of(const Series& source, const Provenance& provenance) {
    return {source.study_instance_uid, source.series_instance_uid, provenance.model_id};
}

}  // namespace

Result<std::vector<ResultFile>> write_segmentation(const Series& source, const SpineLevels& levels,
                                                   const Provenance& provenance,
                                                   SegmentationEncoding encoding) {
    return write(source, {levels.labels, describe_segments(levels, scope_of(source, provenance)), "levels"},
                 provenance, encoding);
}

Result<std::vector<ResultFile>> write_vertebra_parts(const Series& source, const VertebraParts& parts,
                                                     const Numbering& numbering,
                                                     const Provenance& provenance) {
    return write(source,
                 {parts.labels, describe_parts(parts, numbering, scope_of(source, provenance)), "parts",
                  ResultKind::vertebra_parts},
                 provenance, SegmentationEncoding::binary);
}

Result<ResultFile> write_segmentation(const Series& source, const LabelMap& labels,
                                      const Provenance& provenance) {
    auto files = write(source, {labels, describe_structures(scope_of(source, provenance)), ""}, provenance,
                       SegmentationEncoding::binary);
    if (!files) return failure(files.error());
    if (files->size() > 1)
        return failure(ErrorCode::geometry_out_of_range,
                       "more slices than one segmentation instance may hold");
    return std::move(files->front());
}

}  // namespace spineseg::dicom
