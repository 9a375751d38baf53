// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Coded concepts (PS3.3 8.8) and those that our results use. docs/dicom.md §2 says where each SNOMED CT code
/// was verified.

#include <string_view>

#include "core/volume.h"

class DcmItem;
class DcmTagKey;

namespace spineseg::dicom {

struct CodedConcept {
    const char* value;
    const char* scheme;
    const char* meaning;
    friend bool operator==(const CodedConcept& a, const CodedConcept& b) {
        return std::string_view(a.value) == b.value && std::string_view(a.scheme) == b.scheme;
    }
};

/// Our private scheme; every object that uses it carries a Coding Scheme Identification Sequence item for it.
inline constexpr const char* kOwnScheme = "99SPINESEG";

namespace codes {
inline constexpr CodedConcept kAnatomicalStructure{"91723000", "SCT", "Anatomical Structure"};  // CID 7150
inline constexpr CodedConcept kVertebra{"51282000", "SCT", "Vertebra"};                         // CID 7151
inline constexpr CodedConcept kVertebralBody{"3572006", "SCT", "Vertebral body"};               // in no CID
inline constexpr CodedConcept kVertebralArch{"40265002", "SCT", "Arch of vertebra"};            // CID 6115
inline constexpr CodedConcept kDisc{"360499006", "SCT",
                                    "Intervertebral disc"};  // in no CID; 7604 has single levels only
inline constexpr CodedConcept kCanal{"61853006", "SCT", "Vertebral canal"};  // CID 6115
inline constexpr CodedConcept kSpatialConcept{"309825002", "SCT", "Spatial and Relational Concept"};
inline constexpr CodedConcept kBackground{"125040", "DCM", "Background"};        // CID 7165
inline constexpr CodedConcept kLumbarSpine{"122496007", "SCT", "Lumbar spine"};  // CID 4
inline constexpr CodedConcept kArtificialIntelligence{"123110", "DCM",
                                                      "Artificial Intelligence"};  // CID 7162
inline constexpr CodedConcept kSegmentation{"113076", "DCM", "Segmentation"};      // CID 7203
inline constexpr CodedConcept kUnspecifiedCalculation{"112187", "DCM", "Unspecified method of calculation"};
inline constexpr CodedConcept kSourceImage{"121322", "DCM",
                                           "Source image for image processing operation"};    // CID 7202
inline constexpr CodedConcept kProcessingEquipment{"109102", "DCM", "Processing Equipment"};  // CID 7005
inline constexpr CodedConcept kProcessingAlgorithm{"Newcode1", "99IHE",
                                                   "Processing Algorithm"};  // IHE AIR 6.5.3.1
inline constexpr CodedConcept kQuantity{"246205007", "SCT", "Quantity"};
inline constexpr CodedConcept kMeasurementMethod{"370129005", "SCT", "Measurement Method"};
inline constexpr CodedConcept kImagingMeasurementReport{"126000", "DCM",
                                                        "Imaging Measurement Report"};  // TID 1500
inline constexpr CodedConcept kLanguage{"121049", "DCM",
                                        "Language of Content Item and Descendants"};  // TID 1204
inline constexpr CodedConcept kEnglish{"en-US", "RFC5646", "English (United States)"};
inline constexpr CodedConcept kObserverType{"121005", "DCM", "Observer Type"};  // TID 1002
inline constexpr CodedConcept kDevice{"121007", "DCM", "Device"};
inline constexpr CodedConcept kDeviceUid{"121012", "DCM", "Device Observer UID"};  // TID 1004
inline constexpr CodedConcept kDeviceName{"121013", "DCM", "Device Observer Name"};
inline constexpr CodedConcept kDeviceManufacturer{"121014", "DCM", "Device Observer Manufacturer"};
inline constexpr CodedConcept kDeviceModel{"121015", "DCM", "Device Observer Model Name"};
inline constexpr CodedConcept kDeviceSerial{"121016", "DCM", "Device Observer Serial Number"};
inline constexpr CodedConcept kProcedureReported{"121058", "DCM", "Procedure reported"};
inline constexpr CodedConcept kMrLumbarSpine{"24968-6", "LN", "MR Lumbar spine"};
inline constexpr CodedConcept kImageLibrary{"111028", "DCM", "Image Library"};  // TID 1600
inline constexpr CodedConcept kImageLibraryGroup{"126200", "DCM", "Image Library Group"};
inline constexpr CodedConcept kImagingMeasurements{"126010", "DCM", "Imaging Measurements"};
inline constexpr CodedConcept kMeasurementGroup{"125007", "DCM", "Measurement Group"};  // TID 1411
inline constexpr CodedConcept kQualitativeEvaluations{"C0034375", "UMLS", "Qualitative Evaluations"};
inline constexpr CodedConcept kTrackingIdentifier{"112039", "DCM", "Tracking Identifier"};
inline constexpr CodedConcept kTrackingUid{"112040", "DCM", "Tracking Unique Identifier"};
inline constexpr CodedConcept kFinding{"121071", "DCM", "Finding"};
inline constexpr CodedConcept kFindingSite{"363698007", "SCT", "Finding Site"};
inline constexpr CodedConcept kReferencedSegment{"121191", "DCM", "Referenced Segment"};
inline constexpr CodedConcept kSourceSeries{"121232", "DCM", "Source series for segmentation"};
inline constexpr CodedConcept kHeight{"121207", "DCM", "Height"};        // CID 7470
inline constexpr CodedConcept kDepth{"131197000", "SCT", "Depth"};       // CID 7470
inline constexpr CodedConcept kDiameter{"81827009", "SCT", "Diameter"};  // CID 7470
inline constexpr CodedConcept kVolume{"118565006", "SCT", "Volume"};     // CID 7472
inline constexpr CodedConcept kTopographicalModifier{"106233006", "SCT", "Topographical modifier"};
inline constexpr CodedConcept kAnterior{"255549009", "SCT", "Anterior"};
inline constexpr CodedConcept kMiddle{"C25569", "NCIt", "Middle"};  // CID 211
inline constexpr CodedConcept kPosterior{"255551008", "SCT", "Posterior"};
inline constexpr CodedConcept kUpperUncertainty{"371886008", "SCT",
                                                "+, range of upper measurement uncertainty"};  // CID 225
inline constexpr CodedConcept kLowerUncertainty{"371885007", "SCT",
                                                "-, range of lower measurement uncertainty"};
inline constexpr CodedConcept kMillimetre{"mm", "UCUM", "mm"};
inline constexpr CodedConcept kCubicMillimetre{"mm3", "UCUM", "mm3"};
inline constexpr CodedConcept kRatioUnit{"{ratio}", "UCUM", "ratio"};
inline constexpr CodedConcept kDiscHeightIndex{"DISCHEIGHTINDEX", kOwnScheme, "Disc height index"};
inline constexpr CodedConcept kSlip{"SLIP", kOwnScheme, "Slip over the vertebra beneath"};
inline constexpr CodedConcept kSlipPercent{"SLIPPERCENT", kOwnScheme,
                                           "Slip in percent of the upper endplate beneath"};
inline constexpr CodedConcept kConfidence{"CONFIDENCE", kOwnScheme, "Mean certainty of the segmentation"};
inline constexpr CodedConcept kBandAboutMidline{"MIDLINEBAND", kOwnScheme,
                                                "Mean over a band about the midline"};
inline constexpr CodedConcept kVoxelCount{"VOXELCOUNT", kOwnScheme, "Voxels times voxel volume"};
inline constexpr CodedConcept kLevelNumbering{"LEVELNUMBERING", kOwnScheme, "Numbering of vertebral levels"};
inline constexpr CodedConcept kNumberingDetermined{"DETERMINED", kOwnScheme, "Counted from the sacrum"};
inline constexpr CodedConcept kNumberingOpen{"OPEN", kOwnScheme, "Level not determined"};
inline constexpr CodedConcept kQualityVerdict{"QUALITYVERDICT", kOwnScheme, "Quality verdict"};
inline constexpr CodedConcept kVerdictPass{"PASS", kOwnScheme, "Pass"};
inline constexpr CodedConcept kVerdictReview{"REVIEW", kOwnScheme, "Review recommended"};
inline constexpr CodedConcept kVerdictReject{"REJECT", kOwnScheme, "Rejected"};
inline constexpr CodedConcept kPercent{"%", "UCUM", "Percent"};  // CID 7181
inline constexpr CodedConcept kPredictiveEntropy{"PREDENTROPY", kOwnScheme, "Normalised predictive entropy"};
inline constexpr CodedConcept kMutualInformation{
    "MUTUALINFO", kOwnScheme, "Mutual information of ensemble members and labels, normalised"};
inline constexpr CodedConcept kDiffusionEnsemble{"ENSEMBLE", kOwnScheme, "Ensemble of diffusion samples"};
}  // namespace codes

/// Appends the concept as an item of the code sequence.
void add_code(DcmItem& item, const DcmTagKey& sequence, const CodedConcept& code);

}  // namespace spineseg::dicom
