// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/frame_header_reader.h"

#include <cmath>

#include "core/decimal_string.h"

namespace spineseg {
namespace {

constexpr Attribute kImageType{"ImageType", 0x0008, 0x0008};
constexpr Attribute kFrameType{"FrameType", 0x0008, 0x9007};
constexpr Attribute kComplexImageComponent{"ComplexImageComponent", 0x0008, 0x9208};
constexpr Attribute kAcquisitionContrast{"AcquisitionContrast", 0x0008, 0x9209};
constexpr Attribute kVolumetricProperties{"VolumetricProperties", 0x0008, 0x9206};
constexpr Attribute kVolumeTechnique{"VolumeBasedCalculationTechnique", 0x0008, 0x9207};
constexpr Attribute kGeRawDataType{"RawDataType", 0x0043, 0x002f, "GEMS_PARM_01"};
constexpr Attribute kDerivationDescription{"DerivationDescription", 0x0008, 0x2111};
constexpr Attribute kDerivationCodeSequence{"DerivationCodeSequence", 0x0008, 0x9215};
constexpr Attribute kDerivationImageSequence{"DerivationImageSequence", 0x0008, 0x9124};
constexpr Attribute kCodeMeaning{"CodeMeaning", 0x0008, 0x0104};
constexpr Attribute kImageComments{"ImageComments", 0x0020, 0x4000};
constexpr Attribute kFrameComments{"FrameComments", 0x0020, 0x9158};
constexpr Attribute kSeriesDescription{"SeriesDescription", 0x0008, 0x103e};
constexpr Attribute kScanningSequence{"ScanningSequence", 0x0018, 0x0020};
constexpr Attribute kEchoTime{"EchoTime", 0x0018, 0x0081};
constexpr Attribute kEffectiveEchoTime{"EffectiveEchoTime", 0x0018, 0x9082};
constexpr Attribute kInversionTime{"InversionTime", 0x0018, 0x0082};
constexpr Attribute kInversionTimes{"InversionTimes", 0x0018, 0x9079};
constexpr Attribute kDiffusionBValue{"DiffusionBValue", 0x0018, 0x9087};
constexpr Attribute kEchoNumbers{"EchoNumbers", 0x0018, 0x0086};
constexpr Attribute kTemporalPositionIdentifier{"TemporalPositionIdentifier", 0x0020, 0x0100};
constexpr Attribute kTemporalPositionIndex{"TemporalPositionIndex", 0x0020, 0x9128};
constexpr Attribute kTriggerTime{"TriggerTime", 0x0018, 0x1060};
constexpr Attribute kAcquisitionNumber{"AcquisitionNumber", 0x0020, 0x0012};
constexpr Attribute kFrameAcquisitionNumber{"FrameAcquisitionNumber", 0x0020, 0x9156};
constexpr Attribute kAcquisitionDateTime{"AcquisitionDateTime", 0x0008, 0x002a};
constexpr Attribute kAcquisitionDate{"AcquisitionDate", 0x0008, 0x0022};
constexpr Attribute kAcquisitionTime{"AcquisitionTime", 0x0008, 0x0032};
constexpr Attribute kFrameAcquisitionDateTime{"FrameAcquisitionDateTime", 0x0018, 0x9074};
constexpr Attribute kStackId{"StackID", 0x0020, 0x9056};
constexpr Attribute kFrameOfReferenceUid{"FrameOfReferenceUID", 0x0020, 0x0052};
constexpr Attribute kImagePositionPatient{"ImagePositionPatient", 0x0020, 0x0032};
constexpr Attribute kImageOrientationPatient{"ImageOrientationPatient", 0x0020, 0x0037};
constexpr Attribute kPixelSpacing{"PixelSpacing", 0x0028, 0x0030};
constexpr Attribute kSliceThickness{"SliceThickness", 0x0018, 0x0050};
constexpr Attribute kRescaleSlope{"RescaleSlope", 0x0028, 0x1053};
constexpr Attribute kRescaleIntercept{"RescaleIntercept", 0x0028, 0x1052};

// Functional group macros.
constexpr Attribute kFrameTypeMacro{"MRImageFrameTypeSequence", 0x0018, 0x9226};
constexpr Attribute kFrameContentMacro{"FrameContentSequence", 0x0020, 0x9111};
constexpr Attribute kEchoMacro{"MREchoSequence", 0x0018, 0x9114};
constexpr Attribute kModifierMacro{"MRModifierSequence", 0x0018, 0x9115};
constexpr Attribute kDiffusionMacro{"MRDiffusionSequence", 0x0018, 0x9117};
constexpr Attribute kPlanePositionMacro{"PlanePositionSequence", 0x0020, 0x9113};
constexpr Attribute kPlaneOrientationMacro{"PlaneOrientationSequence", 0x0020, 0x9116};
constexpr Attribute kPixelMeasuresMacro{"PixelMeasuresSequence", 0x0028, 0x9110};
constexpr Attribute kValueTransformationMacro{"PixelValueTransformationSequence", 0x0028, 0x9145};

std::optional<int> whole_number(std::string_view text) {
    const auto value = parse_decimal(text);
    if (!value || std::abs(*value) > 1e9) return std::nullopt;
    return static_cast<int>(*value);
}

class HeaderReader {
  public:
    HeaderReader(const FrameAttributes& attributes, FrameHeader& header, bool multi_frame)
        : attributes_(attributes), header_(header), multi_frame_(multi_frame) {}

    /// Everything that says what the image shows.
    void read_kind(const ImageWords& words) {
        ImageDescription& description = header_.description;
        description.image_type = own(kImageType);
        description.frame_type = of_frame(kFrameType);
        description.complex_component = of_frame(kComplexImageComponent);
        description.acquisition_contrast = of_frame(kAcquisitionContrast);
        description.volumetric_properties = of_frame(kVolumetricProperties);
        description.volume_technique = of_frame(kVolumeTechnique);
        description.raw_data_type = own(kGeRawDataType);
        description.derivation = derivation();
        description.comments = multi_frame_ ? in_group(kFrameContentMacro, kFrameComments) : std::string();
        if (description.comments.empty()) description.comments = own(kImageComments);
        description.series_description = own(kSeriesDescription);
        header_.kind = image_kind(description, words);
        header_.scanning_sequence = own(kScanningSequence);
    }

    void read_keys() {
        if (multi_frame_)
            read_enhanced_keys();
        else
            read_classic_keys();
    }

    std::optional<Error> read_plane() {
        header_.frame_of_reference_uid = own(kFrameOfReferenceUid);
        header_.image_position_patient = in_group(kPlanePositionMacro, kImagePositionPatient);
        header_.image_orientation_patient = in_group(kPlaneOrientationMacro, kImageOrientationPatient);
        header_.pixel_spacing = in_group(kPixelMeasuresMacro, kPixelSpacing);
        header_.slice_thickness = in_group(kPixelMeasuresMacro, kSliceThickness);
        const auto read = [&](const std::string& text, std::size_t count) {
            auto numbers = parse_decimals(text);
            return numbers && numbers->size() == count ? *numbers : std::vector<double>{};
        };
        const auto position = read(header_.image_position_patient, 3);
        const auto orientation = read(header_.image_orientation_patient, 6);
        const auto spacing = read(header_.pixel_spacing, 2);
        if (position.empty() || orientation.empty() || spacing.empty())
            return Error{ErrorCode::missing_attribute,
                         header_.name + " lacks a readable position, orientation or pixel spacing"};
        header_.position = {position[0], position[1], position[2]};
        header_.row_direction = {orientation[0], orientation[1], orientation[2]};
        header_.column_direction = {orientation[3], orientation[4], orientation[5]};
        header_.row_spacing = spacing[0];
        header_.column_spacing = spacing[1];
        return std::nullopt;
    }

    std::optional<Error> read_rescale() {
        const std::string slope = in_group(kValueTransformationMacro, kRescaleSlope);
        const std::string intercept = in_group(kValueTransformationMacro, kRescaleIntercept);
        const auto slope_value = slope.empty() ? 1.0 : parse_decimal(slope);
        const auto intercept_value = intercept.empty() ? 0.0 : parse_decimal(intercept);
        // Products beyond float would become infinite voxels, those near its smallest numbers one value.
        if (!slope_value || !intercept_value || !(std::abs(*slope_value) >= 1e-9) ||
            std::abs(*slope_value) > 1e9 || std::abs(*intercept_value) > 1e30)
            return Error{ErrorCode::non_finite_pixels,
                         header_.name + ": Rescale Slope '" + slope + "' or Intercept '" + intercept +
                             "' is malformed or out of range (a slope from 1e-9 to 1e9)"};
        header_.rescale_slope = *slope_value;
        header_.rescale_intercept = *intercept_value;
        return std::nullopt;
    }

  private:
    std::string own(const Attribute& attribute) const {
        return attributes_.text(AttributePlace::dataset, nullptr, attribute);
    }
    /// Of a classic object its own.
    std::string in_group(const Attribute& macro, const Attribute& attribute) const {
        if (!multi_frame_) return own(attribute);
        auto text = attributes_.text(AttributePlace::frame, &macro, attribute);
        return text.empty() ? attributes_.text(AttributePlace::shared, &macro, attribute) : text;
    }
    std::string of_frame(const Attribute& attribute) const {
        if (multi_frame_)
            if (auto text = in_group(kFrameTypeMacro, attribute); !text.empty()) return text;
        auto common = own(attribute);
        return common == kDiffersByFrame ? std::string() : common;
    }
    std::optional<double> first_number(const Attribute& macro, const Attribute& attribute) const {
        const auto text = in_group(macro, attribute);
        return parse_decimal(split_values(text).front());
    }

    /// Description and code, of the object and of the frame.
    std::string derivation() const {
        std::string text = own(kDerivationDescription);
        const auto add = [&](const std::string& more) {
            if (!more.empty()) text += (text.empty() ? "" : "; ") + more;
        };
        add(attributes_.text(AttributePlace::dataset, &kDerivationCodeSequence, kCodeMeaning));
        if (multi_frame_) add(in_group(kDerivationImageSequence, kDerivationDescription));
        return text;
    }

    void read_classic_keys() {
        header_.echo_time = parse_decimal(own(kEchoTime));
        header_.inversion_time = parse_decimal(own(kInversionTime));
        const auto b_value = own(kDiffusionBValue);
        header_.b_value = parse_decimal(split_values(b_value).front());
        header_.echo_number = whole_number(own(kEchoNumbers));
        header_.temporal_position = whole_number(own(kTemporalPositionIdentifier));
        header_.trigger_time = parse_decimal(own(kTriggerTime));
        header_.acquisition = whole_number(own(kAcquisitionNumber));
        header_.acquisition_time = own(kAcquisitionDateTime);
        if (header_.acquisition_time.empty())
            header_.acquisition_time = own(kAcquisitionDate) + own(kAcquisitionTime);
    }

    void read_enhanced_keys() {
        header_.echo_time = first_number(kEchoMacro, kEffectiveEchoTime);
        header_.inversion_time = first_number(kModifierMacro, kInversionTimes);
        header_.b_value = first_number(kDiffusionMacro, kDiffusionBValue);
        header_.stack_id = in_group(kFrameContentMacro, kStackId);
        header_.temporal_position = whole_number(in_group(kFrameContentMacro, kTemporalPositionIndex));
        header_.acquisition = whole_number(in_group(kFrameContentMacro, kFrameAcquisitionNumber));
        header_.acquisition_time = in_group(kFrameContentMacro, kFrameAcquisitionDateTime);
    }

    const FrameAttributes& attributes_;
    FrameHeader& header_;
    const bool multi_frame_;
};

}  // namespace

FrameReading read_frame_header(const FrameAttributes& attributes, FrameHeader begun, bool multi_frame,
                               const ImageWords& words) {
    FrameReading reading{std::move(begun), std::nullopt};
    HeaderReader reader(attributes, reading.header, multi_frame);
    reader.read_kind(words);
    reader.read_keys();
    reading.fault = reader.read_plane();
    if (!reading.fault) reading.fault = reader.read_rescale();
    return reading;
}

}  // namespace spineseg
