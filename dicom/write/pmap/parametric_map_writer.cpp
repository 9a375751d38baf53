// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cmath>
#include <limits>
#include <new>

#include "dicom/encoding/coded_concept.h"
#include "dicom/encoding/dcmtk_runtime.h"
#include "dicom/encoding/element_writer.h"
#include "dicom/encoding/part10_file.h"
#include "dicom/write/common_modules.h"
#include "dicom/write/functional_groups.h"
#include "dicom/write/pmap/parametric_map_writer.h"

namespace spineseg::dicom {
namespace {

// Modality OT: hanging protocols that look for MR must not pick the map (docs/dicom.md §3.1).
ResultHeader header_of(MapQuantity quantity) {
    if (quantity == MapQuantity::mutual_information)
        return {ResultKind::disagreement_map, UID_ParametricMapStorage, "OT", "DISAGREEMENT", 7};
    return {ResultKind::parametric_map, UID_ParametricMapStorage, "OT", "UNCERTAINTY", 2};
}

constexpr const char* kImageType = "DERIVED\\PRIMARY\\VOLUME\\NONE";
constexpr float kRoundingSlack = 1e-3F;  // entropies are sums of rounded float32 terms

void write_image_description(DcmItem& dataset, const Series& source, const Provenance& provenance,
                             MapQuantity quantity) {
    const bool entropy = quantity == MapQuantity::predictive_entropy;
    const Geometry& geometry = source.volume.geometry;
    put(dataset, DCM_ImageType, kImageType);
    put_us(dataset, DCM_SamplesPerPixel, {1});
    put(dataset, DCM_PhotometricInterpretation, "MONOCHROME2");
    put(dataset, DCM_NumberOfFrames, std::to_string(geometry.slices));
    put_us(dataset, DCM_Rows, {static_cast<Uint16>(geometry.rows)});
    put_us(dataset, DCM_Columns, {static_cast<Uint16>(geometry.columns)});
    put_us(dataset, DCM_BitsAllocated, {32});
    write_lossy_compression(dataset, source);
    put(dataset, DCM_ContentLabel, entropy ? "UNCERTAINTY" : "DISAGREEMENT");
    put(dataset, DCM_ContentDescription,
        verdict_mark(provenance) + (entropy ? "Uncertainty of an AI segmentation, research use only"
                                            : "Disagreement within the ensemble, research use only"));
    put(dataset, DCM_ContentCreatorName, "");
    put(dataset, DCM_PixelPresentation, "MONOCHROME");
    put(dataset, DCM_PresentationLUTShape, "IDENTITY");
    put(dataset, DCM_BurnedInAnnotation, "NO");
    put(dataset, DCM_RecognizableVisualFeatures, "NO");
    put_sequence(dataset, DCM_AcquisitionContextSequence);
}

void add_concept_item(DcmItem& mapping, const CodedConcept& name, const CodedConcept& value) {
    DcmItem& item = add_item(mapping, DCM_QuantityDefinitionSequence);
    put(item, DCM_ValueType, "CODE");
    add_code(item, DCM_ConceptNameCodeSequence, name);
    add_code(item, DCM_ConceptCodeSequence, value);
}

/// The values are stored as a fraction and mapped to percent: OHIF multiplies what is stored by 100 and
/// reads no mapping, so that a stored percentage would be shown a hundredfold.
void add_real_world_values(DcmItem& shared, MapQuantity quantity) {
    const bool entropy = quantity == MapQuantity::predictive_entropy;
    DcmItem& mapping = add_item(shared, DCM_RealWorldValueMappingSequence);
    put(mapping, DCM_LUTExplanation,
        entropy ? "Normalised predictive entropy, percent" : "Mutual information of the ensemble, percent");
    put(mapping, DCM_LUTLabel, entropy ? "ENTROPY" : "MUTUAL INFO");
    put_fd(mapping, DCM_DoubleFloatRealWorldValueFirstValueMapped, 0);
    put_fd(mapping, DCM_DoubleFloatRealWorldValueLastValueMapped, 1);
    put_fd(mapping, DCM_RealWorldValueSlope, 100);
    put_fd(mapping, DCM_RealWorldValueIntercept, 0);
    add_code(mapping, DCM_MeasurementUnitsCodeSequence, codes::kPercent);
    add_concept_item(mapping, codes::kQuantity,
                     entropy ? codes::kPredictiveEntropy : codes::kMutualInformation);
    add_concept_item(mapping, codes::kMeasurementMethod, codes::kDiffusionEnsemble);
}

/// What dcmqi (3D Slicer) dereferences without asking, and how the values are to be shown (docs/dicom.md
/// §0.5, §3.1).
void add_map_groups(DcmItem& shared, MapQuantity quantity) {
    DcmItem& anatomy = add_item(shared, DCM_FrameAnatomySequence);
    put(anatomy, DCM_FrameLaterality, "U");
    add_code(anatomy, DCM_AnatomicRegionSequence, codes::kLumbarSpine);
    DcmItem& transformation = add_item(shared, DCM_PixelValueTransformationSequence);
    put(transformation, DCM_RescaleIntercept, "0");
    put(transformation, DCM_RescaleSlope, "1");
    put(transformation, DCM_RescaleType, "US");
    DcmItem& window = add_item(shared, DCM_FrameVOILUTSequence);
    put(window, DCM_WindowCenter, "0.5");
    put(window, DCM_WindowWidth, "1");
    put(window, DCM_VOILUTFunction, "LINEAR_EXACT");
    put(add_item(shared, DCM_ParametricMapFrameTypeSequence), DCM_FrameType, kImageType);
    add_real_world_values(shared, quantity);
}

Result<std::vector<float>> fractions_of(const Volume& uncertainty) {
    std::vector<float> fractions(uncertainty.voxels.size());
    for (std::size_t i = 0; i < fractions.size(); ++i) {
        const float value = uncertainty.voxels[i];
        if (!(value >= -kRoundingSlack && value <= 1 + kRoundingSlack))
            return failure(ErrorCode::invalid_argument, "uncertainty outside 0..1");
        fractions[i] = std::clamp(value, 0.0F, 1.0F);
    }
    return fractions;
}

Result<void> check_map(const Series& source, const Volume& uncertainty) {
    const Geometry& geometry = uncertainty.geometry;
    if (!source.dataset || source.sources.size() != static_cast<std::size_t>(source.volume.geometry.slices))
        return failure(ErrorCode::invalid_argument, "the series was not read from DICOM");
    if (!same_grid(source.volume.geometry, geometry) || uncertainty.voxels.size() != geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the uncertainty map does not lie on the series' grid");
    if (geometry.voxel_count() >= std::numeric_limits<Uint32>::max() / sizeof(float))
        return failure(ErrorCode::geometry_out_of_range,
                       "a parametric map of 4 GiB or more has no DICOM encoding");
    return {};
}

ResultFile write(const Series& source, const std::vector<float>& fractions, const Provenance& provenance,
                 MapQuantity quantity) {
    const ResultHeader header = header_of(quantity);
    ResultFile result;
    result.object = identify_result(header, source, provenance);
    auto dataset = std::make_unique<DcmDataset>();
    write_result_header(*dataset, header, result.object, source, provenance);
    declare_own_scheme(*dataset);
    write_image_description(*dataset, source, provenance, quantity);
    put(*dataset, DCM_DimensionOrganizationType, "3D");
    add_dimensions(*dataset, result_uid(header, source, provenance, "dimensions"),
                   {{DCM_ImagePositionPatient, DCM_PlanePositionSequence, "Position"}});
    add_map_groups(add_shared_groups(*dataset, source), quantity);
    Uint32 plane = 0;
    for (const auto& slice : source.sources)
        add_frame_groups(*dataset, slice, {++plane}, codes::kUnspecifiedCalculation);
    const OFCondition stored =
        dataset->putAndInsertFloat32Array(DCM_FloatPixelData, fractions.data(), fractions.size());
    if (stored.bad()) throw ElementError(stored.text());
    result.dicom = part10_file(std::move(dataset));
    return result;
}

}  // namespace

Result<ResultFile> write_parametric_map(const Series& source, const Volume& uncertainty,
                                        const Provenance& provenance, MapQuantity quantity) {
    try {
        prepare_dcmtk();
        if (auto valid = check_map(source, uncertainty); !valid) return failure(valid.error());
        const auto fractions = fractions_of(uncertainty);
        if (!fractions) return failure(fractions.error());
        return write(source, *fractions, provenance, quantity);
    } catch (const std::bad_alloc&) {
        return failure(ErrorCode::out_of_memory, "while writing a parametric map");
    } catch (const ElementError& error) {
        return failure(ErrorCode::internal, std::string("parametric map: ") + error.what());
    }
}

}  // namespace spineseg::dicom
