// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Coded concepts (PS3.3 8.8) and those that our results use. dicom.md §2 says where each SNOMED CT code was
/// verified.

#include "core/volume.h"

class DcmItem;
class DcmTagKey;

namespace spineseg::dicom {

struct CodedConcept {
    const char* value;
    const char* scheme;
    const char* meaning;
};

/// Our private scheme; every object that uses it carries a Coding Scheme Identification Sequence item for it.
inline constexpr const char* kOwnScheme = "99SPINESEG";

namespace codes {
inline constexpr CodedConcept kAnatomicalStructure{"91723000", "SCT", "Anatomical Structure"};  // CID 7150
inline constexpr CodedConcept kVertebra{"51282000", "SCT", "Vertebra"};                         // CID 7151
inline constexpr CodedConcept kDisc{"360499006", "SCT",
                                    "Intervertebral disc"};  // in no CID; 7604 has single levels only
inline constexpr CodedConcept kCanal{"61853006", "SCT", "Vertebral canal"};      // CID 6115
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
inline constexpr CodedConcept kPercent{"%", "UCUM", "Percent"};  // CID 7181
inline constexpr CodedConcept kPredictiveEntropy{"PREDENTROPY", kOwnScheme, "Normalised predictive entropy"};
inline constexpr CodedConcept kDiffusionEnsemble{"ENSEMBLE", kOwnScheme, "Ensemble of diffusion samples"};
}  // namespace codes

/// Appends the concept as an item of the code sequence.
void add_code(DcmItem& item, const DcmTagKey& sequence, const CodedConcept& code);

}  // namespace spineseg::dicom
