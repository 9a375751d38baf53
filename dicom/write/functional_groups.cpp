// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/functional_groups.h"

#include "core/decimal_string.h"
#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {
namespace {

void put_tag(DcmItem& item, const DcmTagKey& tag, const DcmTagKey& value) {
    const OFCondition condition = item.putAndInsertTagKey(tag, value);
    if (condition.bad()) throw ElementError(condition.text());
}

}  // namespace

DcmItem& add_shared_groups(DcmItem& dataset, const Series& source) {
    DcmItem& shared = add_item(dataset, DCM_SharedFunctionalGroupsSequence);
    DcmItem& measures = add_item(shared, DCM_PixelMeasuresSequence);
    const std::string spacing = format_decimal(source.volume.geometry.slice_spacing);
    put_stored(measures, DCM_PixelSpacing, source.pixel_spacing);
    put_stored(measures, DCM_SliceThickness,
               source.slice_thickness.empty() ? spacing : source.slice_thickness);
    put(measures, DCM_SpacingBetweenSlices, spacing);
    put_stored(add_item(shared, DCM_PlaneOrientationSequence), DCM_ImageOrientationPatient,
               source.image_orientation_patient);
    return shared;
}

DcmItem& add_frame_groups(DcmItem& dataset, const SourceSlice& slice,
                          const std::vector<Uint32>& dimension_indices, const CodedConcept& derivation) {
    DcmItem& frame = add_item(dataset, DCM_PerFrameFunctionalGroupsSequence);
    put_ul(add_item(frame, DCM_FrameContentSequence), DCM_DimensionIndexValues, dimension_indices);
    put_stored(add_item(frame, DCM_PlanePositionSequence), DCM_ImagePositionPatient,
               slice.image_position_patient);
    DcmItem& derived = add_item(frame, DCM_DerivationImageSequence);
    add_code(derived, DCM_DerivationCodeSequence, derivation);
    DcmItem& image = add_item(derived, DCM_SourceImageSequence);
    put_stored(image, DCM_ReferencedSOPClassUID, slice.sop_class_uid);
    put_stored(image, DCM_ReferencedSOPInstanceUID, slice.sop_instance_uid);
    if (slice.frame_number > 0) put(image, DCM_ReferencedFrameNumber, std::to_string(slice.frame_number));
    put(image, DCM_SpatialLocationsPreserved, "YES");
    add_code(image, DCM_PurposeOfReferenceCodeSequence, codes::kSourceImage);
    return frame;
}

void add_dimensions(DcmItem& dataset, const std::string& organization_uid,
                    const std::vector<Dimension>& dimensions) {
    put(add_item(dataset, DCM_DimensionOrganizationSequence), DCM_DimensionOrganizationUID, organization_uid);
    for (const auto& dimension : dimensions) {
        DcmItem& index = add_item(dataset, DCM_DimensionIndexSequence);
        put(index, DCM_DimensionOrganizationUID, organization_uid);
        put_tag(index, DCM_DimensionIndexPointer, dimension.attribute);
        put_tag(index, DCM_FunctionalGroupPointer, dimension.group);
        put(index, DCM_DimensionDescriptionLabel, dimension.label);
    }
}

}  // namespace spineseg::dicom
