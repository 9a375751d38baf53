// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <map>
#include <new>

#include "dicom/coded_concept.h"
#include "dicom/dcmtk_runtime.h"
#include "dicom/element_writer.h"
#include "dicom/functional_groups.h"
#include "dicom/packed_bits.h"
#include "dicom/part10_file.h"
#include "dicom/result_header.h"
#include "dicom/result_writer.h"
#include "dicom/uid.h"

namespace spineseg::dicom {
namespace {

const ResultHeader kHeader{ResultKind::segmentation, UID_SegmentationStorage, "SEG", "SEG", 1};

/// How a label looks as a segment. The colours are dicom.md §2's, as CIELab in DICOM's 16 bits (D65).
struct SegmentKind {
    Label label;
    const char* name;
    const char* tracking_id;
    CodedConcept type;
    std::array<Uint16, 3> cielab;
};
constexpr std::array kSegmentKinds = {
    SegmentKind{Label::vertebra, "Vertebrae", "Vertebrae", codes::kVertebra, {46272, 37133, 52089}},
    SegmentKind{
        Label::disc, "Intervertebral discs", "Intervertebral discs", codes::kDisc, {37841, 21141, 36173}},
    SegmentKind{Label::canal, "Spinal canal", "Spinal canal", codes::kCanal, {47820, 30459, 22152}},
};

struct Segment {
    const SegmentKind* kind;
    std::vector<bool> slices;  ///< which slices own at least one voxel
};

struct SegFrame {
    std::size_t segment;  ///< 0-based among those written
    int slice;
    friend auto operator<=>(const SegFrame&, const SegFrame&) = default;
};

std::vector<Segment> segments_of(const LabelMap& labels) {
    std::vector<Segment> segments;
    const std::size_t slice_voxels = labels.geometry.slice_voxel_count();
    for (const auto& kind : kSegmentKinds) {
        Segment segment{&kind, std::vector<bool>(static_cast<std::size_t>(labels.geometry.slices))};
        for (std::size_t slice = 0; slice < segment.slices.size(); ++slice) {
            const auto begin = labels.voxels.begin() + static_cast<std::ptrdiff_t>(slice * slice_voxels);
            segment.slices[slice] = std::find(begin, begin + static_cast<std::ptrdiff_t>(slice_voxels),
                                              static_cast<std::uint8_t>(kind.label)) !=
                                    begin + static_cast<std::ptrdiff_t>(slice_voxels);
        }
        // A segment without frames hangs one viewer and confuses another (dicom.md §1.2).
        if (std::find(segment.slices.begin(), segment.slices.end(), true) != segment.slices.end())
            segments.push_back(std::move(segment));
    }
    return segments;
}

/// Segment-major, planes ascending; then all-zero frames from unused pairs, planes that are in use already
/// first, until the bit stream ends on a 16-bit boundary. Where too few pairs are left the file is written
/// without.
std::vector<SegFrame> frames_of(const std::vector<Segment>& segments, const Geometry& geometry) {
    std::vector<SegFrame> frames, unused;
    for (std::size_t s = 0; s < segments.size(); ++s)
        for (int slice = 0; slice < geometry.slices; ++slice)
            (segments[s].slices[static_cast<std::size_t>(slice)] ? frames : unused).push_back({s, slice});
    const std::size_t wanted = frames_to_add(geometry.slice_voxel_count(), frames.size());
    if (wanted > unused.size()) return frames;
    std::stable_partition(unused.begin(), unused.end(), [&](const SegFrame& pair) {
        return std::any_of(segments.begin(), segments.end(),
                           [&](const Segment& s) { return s.slices[static_cast<std::size_t>(pair.slice)]; });
    });
    frames.insert(frames.end(), unused.begin(), unused.begin() + static_cast<std::ptrdiff_t>(wanted));
    std::sort(frames.begin(), frames.end());
    return frames;
}

PackedBits pack(const LabelMap& labels, const std::vector<Segment>& segments,
                const std::vector<SegFrame>& frames) {
    const std::size_t slice_voxels = labels.geometry.slice_voxel_count();
    PackedBits bits(slice_voxels * frames.size());
    for (const auto& frame : frames) {
        if (!segments[frame.segment].slices[static_cast<std::size_t>(frame.slice)]) {
            bits.skip(slice_voxels);
            continue;
        }
        const auto label = static_cast<std::uint8_t>(segments[frame.segment].kind->label);
        const std::uint8_t* cells =
            labels.voxels.data() + slice_voxels * static_cast<std::size_t>(frame.slice);
        for (std::size_t i = 0; i < slice_voxels; ++i) bits.push(cells[i] == label);
    }
    return bits;
}

void add_segment(DcmItem& dataset, std::size_t number, const SegmentKind& kind, const Series& source,
                 const Provenance& provenance) {
    DcmItem& segment = add_item(dataset, DCM_SegmentSequence);
    put_us(segment, DCM_SegmentNumber, {static_cast<Uint16>(number)});
    put(segment, DCM_SegmentLabel, kind.name);
    put(segment, DCM_SegmentDescription, std::string(kind.name) + ", all levels in one segment");
    put(segment, DCM_SegmentAlgorithmType, "AUTOMATIC");
    put(segment, DCM_SegmentAlgorithmName, algorithm_name(provenance));
    DcmItem& algorithm = add_item(segment, DCM_SegmentationAlgorithmIdentificationSequence);
    add_code(algorithm, DCM_AlgorithmFamilyCodeSequence, codes::kArtificialIntelligence);
    put(algorithm, DCM_AlgorithmName, plain(provenance.model_id, 64));
    put(algorithm, DCM_AlgorithmVersion, plain(provenance.model_version, 64));
    put(algorithm, DCM_AlgorithmSource, "spineseg");
    put(algorithm, DCM_AlgorithmParameters, plain(algorithm_parameters(provenance), 1024));
    add_code(segment, DCM_AnatomicRegionSequence, codes::kLumbarSpine);
    add_code(segment, DCM_SegmentedPropertyCategoryCodeSequence, codes::kAnatomicalStructure);
    add_code(segment, DCM_SegmentedPropertyTypeCodeSequence, kind.type);
    put_us(segment, DCM_RecommendedDisplayCIELabValue, {kind.cielab.begin(), kind.cielab.end()});
    put(segment, DCM_TrackingID, kind.tracking_id);
    put(segment, DCM_TrackingUID,
        uid_from({"tracking", source.study_instance_uid, kind.type.value, provenance.model_id}));
}

void write_image_description(DcmItem& dataset, const Series& source, std::size_t frames) {
    const Geometry& geometry = source.volume.geometry;
    put(dataset, DCM_ImageType, "DERIVED\\PRIMARY");
    put_us(dataset, DCM_SamplesPerPixel, {1});
    put(dataset, DCM_PhotometricInterpretation, "MONOCHROME2");
    put(dataset, DCM_NumberOfFrames, std::to_string(frames));
    put_us(dataset, DCM_Rows, {static_cast<Uint16>(geometry.rows)});
    put_us(dataset, DCM_Columns, {static_cast<Uint16>(geometry.columns)});
    put_us(dataset, DCM_BitsAllocated, {1});
    put_us(dataset, DCM_BitsStored, {1});
    put_us(dataset, DCM_HighBit, {0});
    put_us(dataset, DCM_PixelRepresentation, {0});
    write_lossy_compression(dataset, source);
    put(dataset, DCM_SegmentationType, "BINARY");
    put(dataset, DCM_SegmentsOverlap, "NO");
    put(dataset, DCM_ContentLabel, "LUMBAR_SEG");
    put(dataset, DCM_ContentDescription, "Lumbar spine segmentation by AI, research use only");
    put(dataset, DCM_ContentCreatorName, "");
}

/// Plane indices count the planes that are present in the object, the same for every segment (dicom.md §1.3).
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

Result<void> check_labels(const Series& source, const LabelMap& labels) {
    if (!source.dataset || source.sources.size() != static_cast<std::size_t>(source.volume.geometry.slices))
        return failure(ErrorCode::invalid_argument, "the series was not read from DICOM");
    if (!same_grid(source.volume.geometry, labels.geometry) ||
        labels.voxels.size() != labels.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map does not lie on the series' grid");
    for (const auto voxel : labels.voxels)
        if (voxel != 0 &&
            std::none_of(kSegmentKinds.begin(), kSegmentKinds.end(), [&](const SegmentKind& kind) {
                return static_cast<std::uint8_t>(kind.label) == voxel;
            }))
            return failure(ErrorCode::invalid_argument,
                           "label " + std::to_string(voxel) + " is no structure");
    return {};
}

ResultFile write(const Series& source, const LabelMap& labels, const std::vector<Segment>& segments,
                 const Provenance& provenance) {
    ResultFile result;
    result.object = identify_result(kHeader, source, provenance);
    auto dataset = std::make_unique<DcmDataset>();
    write_result_header(*dataset, kHeader, result.object, source, provenance);
    const auto frames = frames_of(segments, labels.geometry);
    write_image_description(*dataset, source, frames.size());
    for (std::size_t i = 0; i < segments.size(); ++i)
        add_segment(*dataset, i + 1, *segments[i].kind, source, provenance);
    add_dimensions(*dataset, result_uid(kHeader, source, provenance, "dimensions"),
                   {{DCM_ReferencedSegmentNumber, DCM_SegmentIdentificationSequence, "Segment"},
                    {DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}});
    add_shared_groups(*dataset, source);
    write_frames(*dataset, source, frames);
    const PackedBits bits = pack(labels, segments, frames);
    DcmTag pixel_data(DCM_PixelData, EVR_OB);
    const OFCondition stored =
        dataset->putAndInsertUint8Array(pixel_data, bits.bytes().data(), bits.bytes().size());
    if (stored.bad()) throw ElementError(stored.text());
    result.dicom = part10_file(std::move(dataset));
    return result;
}

}  // namespace

Result<ResultFile> write_segmentation(const Series& source, const LabelMap& labels,
                                      const Provenance& provenance) {
    try {
        prepare_dcmtk();
        if (auto valid = check_labels(source, labels); !valid) return failure(valid.error());
        const auto segments = segments_of(labels);
        if (segments.empty()) return failure(ErrorCode::no_anatomy_found, "the label map is empty");
        return write(source, labels, segments, provenance);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing a segmentation");
    } catch (const ElementError& error) {
        return failure(ErrorCode::internal, std::string("segmentation: ") + error.what());
    }
}

}  // namespace spineseg::dicom
