// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Whether an MR image shows anatomy, from everything that its header says of it: the one table of words that
/// eligibility rules and the reader share. A value that the table does not know is not anatomy. Pure; any
/// thread. Sources: PS3.3 C.7.6.1.1.2, C.8.3.1.1.1 (MR Image Type), C.8.13.3.1 (Enhanced MR Frame Type,
/// Complex Image Component, Acquisition Contrast), C.8.16.2 (Volumetric Properties), and the words that the
/// vendors write.

#include <string>

#include "core/image_words.h"

namespace spineseg {

/// What a header says of one image. Texts as they are stored, several values separated by backslashes; empty
/// where the header says nothing.
struct ImageDescription {
    std::string image_type;             ///< Image Type (0008,0008); of an Enhanced object, of all its frames
    std::string frame_type;             ///< Frame Type (0008,9007) of this frame
    std::string complex_component;      ///< Complex Image Component (0008,9208)
    std::string acquisition_contrast;   ///< Acquisition Contrast (0008,9209)
    std::string volumetric_properties;  ///< Volumetric Properties (0008,9206)
    std::string volume_technique;       ///< Volume Based Calculation Technique (0008,9207)
    std::string raw_data_type;          ///< GE's (0043,xx2F): 0 magnitude, 1 phase, 2 real, 3 imaginary
    std::string derivation;          ///< Derivation Description (0008,2111), meaning of the Derivation Code
    std::string comments;            ///< Image Comments (0020,4000), Frame Comments (0020,9158)
    std::string series_description;  ///< Series Description (0008,103E)
};

/// Ranked: of several stacks the one with the highest is read.
enum class Anatomy { none, opposed_phase, in_phase, magnitude_or_water };

struct ImageKind {
    Anatomy anatomy = Anatomy::magnitude_or_water;
    std::string name;    ///< "water", "in phase", "opposed phase", "magnitude"; the word itself where none
    std::string reason;  ///< where none: "Image Type says \"FAT\"", for a person; else empty

    bool shows_anatomy() const { return anatomy != Anatomy::none; }
    friend bool operator==(const ImageKind&, const ImageKind&) = default;
};

/// `site` adds to the table.
ImageKind image_kind(const ImageDescription& description, const ImageWords& site = {});

/// Whether a folded word of Image Type names images that show no anatomy by the table, rather than being
/// unknown to it. No site may call it anatomy.
bool names_no_anatomy(const std::string& word);

}  // namespace spineseg
