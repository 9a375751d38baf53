// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The spine level by level: every vertebra and disc, counted from the sacrum upwards. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/volume.h"

namespace spineseg {

/// Names that the count can give: L5 to L1, T12 to T1.
inline constexpr int kNamedVertebrae = 17;

/// One structure of the column. `ordinal` counts from below: vertebra 1 is L5 where the numbering holds, disc
/// 1 lies beneath it (L5/S1). The canal has ordinal 0.
struct SpineStructure {
    Structure structure = Structure::canal;
    int ordinal = 0;
    std::uint8_t label = 0;  ///< in SpineLevels::labels
    double millilitres = 0;  ///< of its voxels
    bool whole = false;      ///< false: cut by the border of the stack, so that it has no volume
    std::optional<double>
        confidence;  ///< 0..1, 1 − the mean uncertainty over its voxels; where that was given
};

/// Why a count from below may not be the anatomical one.
enum class NumberingDoubt {
    too_few_discs,            ///< fewer than three: nothing to compare with
    sacrum_not_in_view,       ///< the image ends just below the lowest disc
    bone_below_lowest_disc,   ///< a vertebra without a disc beneath it: cut off, or transitional anatomy
    rudimentary_lowest_disc,  ///< much shorter than the next one: transitional anatomy
    lowest_disc_turned,       ///< it leans less than the next one: it may lie within the sacrum
    gap,               ///< two neighbouring discs lie too far apart: one was missed, or bodies are fused
    discs_too_close,   ///< two neighbouring discs lie too close: one disc was found twice
    missing_vertebra,  ///< no body between two discs
    too_many_levels,
    sacral_disc,    ///< a small disc beneath the lowest vertebra was taken for S1/S2 and not counted
    weak_vertebra,  ///< hardly any body between two discs that are otherwise regular; counted all the same
    lowest_disc_level,  ///< it leans as L4/L5 does: the disc beneath may not have been found
    /// The lowest vertebra was not recognised as L5, or what lies beneath it not as S1 (core/level_evidence.h).
    transitional_anatomy,
    sacrum_elsewhere,  ///< S1 was recognised, but not beneath the lowest disc: the count is off
    sacrum_labelled,   ///< bone of S1 was taken for a vertebra; it is not counted
};
const char* to_string(NumberingDoubt doubt);    ///< the enumerator's spelling
const char* explanation(NumberingDoubt doubt);  ///< a clause for a report

/// `confidence` orders results (the weakest piece of evidence, 0..1); it is no probability.
struct Numbering {
    bool determined = false;
    double confidence = 0;
    /// What speaks against the count: where `determined`, only against the names above `highest`, or too
    /// weakly to leave the levels open.
    std::vector<NumberingDoubt> doubts;
    int highest = kNamedVertebrae;  ///< ordinal up to which the count gives names

    bool names(int ordinal) const { return determined && ordinal <= highest; }
};

struct SpineLevels {
    /// SPIDER's numbers: vertebrae 1, 2, ... from below, discs 201, 202, ... (201 beneath vertebra 1), canal
    /// 100. They count what is seen; whether 1 is L5 is for `numbering` to say.
    LabelMap labels;
    std::vector<SpineStructure>
        structures;  ///< vertebrae from above, each before the disc beneath it; canal last
    Numbering numbering;
    double unassigned_millilitres = 0;  ///< labelled voxels that belong to none of them
};

inline constexpr std::uint8_t kFirstDiscLabel = 201;

/// "L4", "L4/L5"; "T12/L1". Ordinals beyond the names give an empty text.
std::string level_name(Structure structure, int ordinal);

/// What a person reads: "L4 vertebra", "L4/L5 disc", "Spinal canal"; where the numbering is open "Vertebra 3
/// from below, level not determined".
std::string structure_name(const SpineStructure& structure, const Numbering& numbering);

/// How a structure is drawn, in a segment and in a picture: Okabe and Ito's hues, a disc in a tint of the
/// vertebra above it. Repeats beyond T11.
struct DisplayColour {
    std::uint8_t red = 0;
    std::uint8_t green = 0;
    std::uint8_t blue = 0;
    friend bool operator==(const DisplayColour&, const DisplayColour&) = default;
};
DisplayColour display_colour(Structure structure, int ordinal);

}  // namespace spineseg
