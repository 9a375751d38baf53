// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/frame_header_reader.h"

#include <algorithm>
#include <cmath>

#include "dicom/decimal_string.h"
#include "dicom/element_writer.h"

namespace spineseg::dicom {
namespace {

/// Where a frame's attributes are looked up: in a functional group's item, per-frame before shared, or, for a
/// classic instance, in the dataset itself.
class FrameScope {
  public:
    explicit FrameScope(DcmItem& dataset) : dataset_(&dataset) {}
    FrameScope(DcmItem* shared, DcmItem* frame) : shared_(shared), frame_(frame) {}

    DcmItem* group(const DcmTagKey& sequence) const {
        if (dataset_ != nullptr) return dataset_;
        for (DcmItem* item : {frame_, shared_}) {
            DcmItem* found = nullptr;
            if (item != nullptr && item->findAndGetSequenceItem(sequence, found, 0).good() &&
                found != nullptr)
                return found;
        }
        return nullptr;
    }
    std::string text(const DcmTagKey& sequence, const DcmTagKey& tag) const {
        DcmItem* item = group(sequence);
        return item == nullptr ? std::string() : stored_text(*item, tag);
    }
    std::optional<double> number(const DcmTagKey& sequence, const DcmTagKey& tag) const {
        DcmItem* item = group(sequence);
        Float64 value = 0;
        if (item == nullptr || item->findAndGetFloat64(tag, value).bad() || !std::isfinite(value))
            return std::nullopt;
        return value;
    }
    bool classic() const { return dataset_ != nullptr; }

  private:
    DcmItem* dataset_ = nullptr;
    DcmItem* shared_ = nullptr;
    DcmItem* frame_ = nullptr;
};

std::optional<int> whole_number(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || std::abs(*value) > 1e9) return std::nullopt;
    return static_cast<int>(*value);
}

/// Everything that says what the image shows. An Enhanced object says MIXED of itself where its frames
/// differ: then only the frame's own value counts.
void read_kind(DcmItem& dataset, const FrameScope& scope, FrameHeader& header) {
    const auto of_frame = [&](const DcmTagKey& tag) {
        const std::string own = scope.text(DCM_MRImageFrameTypeSequence, tag);
        if (!own.empty()) return own;
        const std::string common = stored_text(dataset, tag);
        return trimmed(common) == "MIXED" ? std::string() : common;
    };
    ImageDescription& description = header.description;
    description.image_type = stored_text(dataset, DCM_ImageType);
    description.frame_type = of_frame(DCM_FrameType);
    description.complex_component = of_frame(DCM_ComplexImageComponent);
    description.acquisition_contrast = of_frame(DCM_AcquisitionContrast);
    description.volumetric_properties = of_frame(DCM_VolumetricProperties);
    description.volume_technique = of_frame(DCM_VolumeBasedCalculationTechnique);
    description.derivation = stored_text(dataset, DCM_DerivationDescription);
    description.comments = stored_text(dataset, DCM_ImageComments);
    if (const auto own = scope.text(DCM_FrameContentSequence, DCM_FrameComments); !own.empty())
        description.comments = own;
    description.series_description = stored_text(dataset, DCM_SeriesDescription);
    header.kind = image_kind(description);
    header.scanning_sequence = stored_text(dataset, DCM_ScanningSequence);
}

void read_classic_keys(DcmItem& dataset, FrameHeader& header) {
    header.echo_time = parse_decimal(stored_text(dataset, DCM_EchoTime));
    header.inversion_time = parse_decimal(stored_text(dataset, DCM_InversionTime));
    Float64 b_value = 0;
    if (dataset.findAndGetFloat64(DCM_DiffusionBValue, b_value).good()) header.b_value = b_value;
    header.echo_number = whole_number(stored_text(dataset, DCM_EchoNumbers));
    header.temporal_position = whole_number(stored_text(dataset, DCM_TemporalPositionIdentifier));
    header.trigger_time = parse_decimal(stored_text(dataset, DCM_TriggerTime));
    header.acquisition = whole_number(stored_text(dataset, DCM_AcquisitionNumber));
    header.acquisition_time = stored_text(dataset, DCM_AcquisitionDateTime);
    if (header.acquisition_time.empty())
        header.acquisition_time =
            stored_text(dataset, DCM_AcquisitionDate) + stored_text(dataset, DCM_AcquisitionTime);
}

void read_enhanced_keys(const FrameScope& scope, FrameHeader& header) {
    header.echo_time = scope.number(DCM_MREchoSequence, DCM_EffectiveEchoTime);
    header.inversion_time = scope.number(DCM_MRModifierSequence, DCM_InversionTimes);
    header.b_value = scope.number(DCM_MRDiffusionSequence, DCM_DiffusionBValue);
    header.stack_id = scope.text(DCM_FrameContentSequence, DCM_StackID);
    if (DcmItem* content = scope.group(DCM_FrameContentSequence); content != nullptr) {
        Uint32 position = 0;
        Uint16 acquisition = 0;
        if (content->findAndGetUint32(DCM_TemporalPositionIndex, position).good())
            header.temporal_position = static_cast<int>(position & 0x7fffffff);
        if (content->findAndGetUint16(DCM_FrameAcquisitionNumber, acquisition).good())
            header.acquisition = acquisition;
    }
    header.acquisition_time = scope.text(DCM_FrameContentSequence, DCM_FrameAcquisitionDateTime);
}

Result<void> read_plane(const FrameScope& scope, FrameHeader& header) {
    header.image_position_patient = scope.text(DCM_PlanePositionSequence, DCM_ImagePositionPatient);
    header.image_orientation_patient = scope.text(DCM_PlaneOrientationSequence, DCM_ImageOrientationPatient);
    header.pixel_spacing = scope.text(DCM_PixelMeasuresSequence, DCM_PixelSpacing);
    header.slice_thickness = scope.text(DCM_PixelMeasuresSequence, DCM_SliceThickness);
    const auto read = [&](const std::string& text, std::size_t count) {
        auto numbers = parse_decimals(text);
        return numbers && numbers->size() == count ? *numbers : std::vector<double>{};
    };
    const auto position = read(header.image_position_patient, 3);
    const auto orientation = read(header.image_orientation_patient, 6);
    const auto spacing = read(header.pixel_spacing, 2);
    if (position.empty() || orientation.empty() || spacing.empty())
        return failure(ErrorCode::missing_attribute,
                       header.name + " lacks a readable position, orientation or pixel spacing");
    header.position = {position[0], position[1], position[2]};
    header.row_direction = {orientation[0], orientation[1], orientation[2]};
    header.column_direction = {orientation[3], orientation[4], orientation[5]};
    header.row_spacing = spacing[0];
    header.column_spacing = spacing[1];
    return {};
}

Result<void> read_rescale(const FrameScope& scope, FrameHeader& header) {
    const std::string slope = scope.text(DCM_PixelValueTransformationSequence, DCM_RescaleSlope);
    const std::string intercept = scope.text(DCM_PixelValueTransformationSequence, DCM_RescaleIntercept);
    if (slope.empty() && intercept.empty()) return {};
    const auto slope_value = slope.empty() ? 1.0 : parse_decimal(slope);
    const auto intercept_value = intercept.empty() ? 0.0 : parse_decimal(intercept);
    // Products beyond float would become infinite voxels, those near its smallest numbers one value.
    if (!slope_value || !intercept_value || !(std::abs(*slope_value) >= 1e-9) ||
        std::abs(*slope_value) > 1e9 || std::abs(*intercept_value) > 1e30)
        return failure(ErrorCode::non_finite_pixels,
                       header.name + ": Rescale Slope '" + slope + "' or Intercept '" + intercept +
                           "' is malformed or out of range (a slope from 1e-9 to 1e9)");
    header.rescale_slope = *slope_value;
    header.rescale_intercept = *intercept_value;
    return {};
}

Result<FrameHeader> read_frame(const FrameScope& scope, const Instance& instance, FrameHeader header) {
    header.rows = instance.pixels.rows;
    header.columns = instance.pixels.columns;
    if (auto plane = read_plane(scope, header); !plane) return failure(plane.error());
    if (auto rescale = read_rescale(scope, header); !rescale) return failure(rescale.error());
    return header;
}

}  // namespace

std::vector<ImageKind> frame_kinds(DcmDataset& dataset) {
    DcmItem* shared = nullptr;
    dataset.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    DcmSequenceOfItems* frames = nullptr;
    dataset.findAndGetSequence(DCM_PerFrameFunctionalGroupsSequence, frames);
    const unsigned long count = frames == nullptr ? 0 : frames->card();
    std::vector<ImageKind> kinds;
    FrameHeader header;
    if (count == 0) {
        read_kind(dataset, FrameScope(dataset), header);
        kinds.push_back(header.kind);
    }
    for (unsigned long i = 0; i < count; ++i) {
        read_kind(dataset, FrameScope(shared, frames->getItem(i)), header);
        kinds.push_back(header.kind);
    }
    return kinds;
}

Result<std::vector<FrameHeader>> read_frame_headers(const Instance& instance, std::size_t instance_index) {
    DcmDataset& dataset = *instance.file->getDataset();
    std::vector<FrameHeader> headers;
    DcmItem* shared = nullptr;
    if (instance.multi_frame) dataset.findAndGetSequenceItem(DCM_SharedFunctionalGroupsSequence, shared, 0);
    for (int i = 0; i < instance.pixels.frames; ++i) {
        FrameHeader header;
        header.instance = instance_index;
        header.frame = i;
        header.name = instance.name;
        DcmItem* frame = nullptr;
        if (instance.multi_frame) {
            header.name += " frame " + std::to_string(i + 1);
            dataset.findAndGetSequenceItem(DCM_PerFrameFunctionalGroupsSequence, frame, i);
            if (frame == nullptr)
                return failure(ErrorCode::missing_attribute, header.name + " has no functional groups");
        }
        const FrameScope scope = instance.multi_frame ? FrameScope(shared, frame) : FrameScope(dataset);
        if (instance.multi_frame)
            read_enhanced_keys(scope, header);
        else
            read_classic_keys(dataset, header);
        read_kind(dataset, scope, header);
        auto read = read_frame(scope, instance, std::move(header));
        if (!read) return failure(read.error());
        headers.push_back(std::move(*read));
    }
    return headers;
}

}  // namespace spineseg::dicom
