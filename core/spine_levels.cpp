// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/spine_levels.h"

#include <array>

namespace spineseg {
namespace {

/// "L5" for 1, "T12" for 6; "S1" for what is beneath vertebra 1.
std::string vertebra_name(int ordinal) {
    constexpr int kLumbar = 5;
    if (ordinal == 0) return "S1";
    if (ordinal < 0 || ordinal > kNamedVertebrae) return {};
    if (ordinal <= kLumbar) return "L" + std::to_string(kLumbar + 1 - ordinal);
    return "T" + std::to_string(kNamedVertebrae + 1 - ordinal);
}

}  // namespace

const char* to_string(NumberingDoubt doubt) {
    switch (doubt) {
        case NumberingDoubt::too_few_discs:
            return "too_few_discs";
        case NumberingDoubt::sacrum_not_in_view:
            return "sacrum_not_in_view";
        case NumberingDoubt::bone_below_lowest_disc:
            return "bone_below_lowest_disc";
        case NumberingDoubt::rudimentary_lowest_disc:
            return "rudimentary_lowest_disc";
        case NumberingDoubt::lowest_disc_turned:
            return "lowest_disc_turned";
        case NumberingDoubt::gap:
            return "gap";
        case NumberingDoubt::discs_too_close:
            return "discs_too_close";
        case NumberingDoubt::missing_vertebra:
            return "missing_vertebra";
        case NumberingDoubt::too_many_levels:
            return "too_many_levels";
        case NumberingDoubt::sacral_disc:
            return "sacral_disc";
        case NumberingDoubt::weak_vertebra:
            return "weak_vertebra";
        case NumberingDoubt::lowest_disc_level:
            return "lowest_disc_level";
        case NumberingDoubt::transitional_anatomy:
            return "transitional_anatomy";
        case NumberingDoubt::sacrum_elsewhere:
            return "sacrum_elsewhere";
        case NumberingDoubt::sacrum_labelled:
            return "sacrum_labelled";
    }
    return "unknown";
}

const char* explanation(NumberingDoubt doubt) {
    switch (doubt) {
        case NumberingDoubt::too_few_discs:
            return "fewer than three discs were found";
        case NumberingDoubt::sacrum_not_in_view:
            return "the image ends just below the lowest disc, so the sacrum may not be in view";
        case NumberingDoubt::bone_below_lowest_disc:
            return "a vertebra without a disc beneath it was found: cut off below, or transitional anatomy";
        case NumberingDoubt::rudimentary_lowest_disc:
            return "the lowest disc is much smaller than the next one: transitional anatomy is possible";
        case NumberingDoubt::lowest_disc_turned:
            return "the lowest disc leans less than the next one, as a disc within the sacrum does";
        case NumberingDoubt::gap:
            return "two neighbouring discs lie unusually far apart";
        case NumberingDoubt::discs_too_close:
            return "two neighbouring discs lie unusually close together";
        case NumberingDoubt::missing_vertebra:
            return "no vertebra was found between two discs";
        case NumberingDoubt::too_many_levels:
            return "more levels were found than have names";
        case NumberingDoubt::sacral_disc:
            return "a small disc below the others, with no vertebra between, was taken for S1/S2 and not "
                   "counted";
        case NumberingDoubt::weak_vertebra:
            return "one vertebra was hardly found; it was counted because the discs above and below it are "
                   "regular";
        case NumberingDoubt::lowest_disc_level:
            return "the lowest disc leans as little as L4/L5 does: the one beneath it may not have been found, as in "
                   "transitional anatomy";
        case NumberingDoubt::transitional_anatomy:
            return "the lowest vertebra and the bone below it do not look like L5 and S1 with certainty: transitional "
                   "anatomy is possible";
        case NumberingDoubt::sacrum_elsewhere:
            return "S1 was recognised at another place than below the lowest disc, so the count may be off by a level";
        case NumberingDoubt::sacrum_labelled:
            return "bone of S1 was taken for a vertebra and not counted";
    }
    return "";
}

std::string level_name(Structure structure, int ordinal) {
    if (structure == Structure::canal || ordinal < 1 || ordinal > kNamedVertebrae) return {};
    if (structure == Structure::vertebra) return vertebra_name(ordinal);
    return vertebra_name(ordinal) + "/" + vertebra_name(ordinal - 1);
}

std::string structure_name(const SpineStructure& structure, const Numbering& numbering) {
    if (structure.structure == Structure::canal) return "Spinal canal";
    const bool vertebra = structure.structure == Structure::vertebra;
    const std::string level = level_name(structure.structure, structure.ordinal);
    if (numbering.names(structure.ordinal) && !level.empty())
        return level + (vertebra ? " vertebra" : " disc");
    return std::string(vertebra ? "Vertebra " : "Disc ") + std::to_string(structure.ordinal) +
           " from below, level not determined";
}

DisplayColour display_colour(Structure structure, int ordinal) {
    // L5 upwards to T11; L5/S1 upwards to T11/T12.
    constexpr std::array<DisplayColour, 7> kVertebrae{{{0, 114, 178},
                                                       {240, 228, 66},
                                                       {0, 158, 115},
                                                       {86, 180, 233},
                                                       {230, 159, 0},
                                                       {204, 121, 167},
                                                       {148, 103, 189}}};
    constexpr std::array<DisplayColour, 7> kDiscs{{{120, 180, 220},
                                                   {248, 243, 170},
                                                   {128, 214, 184},
                                                   {178, 223, 247},
                                                   {255, 213, 128},
                                                   {235, 190, 215},
                                                   {197, 176, 213}}};
    if (structure == Structure::canal || ordinal < 1) return {85, 188, 255};
    const auto place = static_cast<std::size_t>(ordinal - 1) % kVertebrae.size();
    return structure == Structure::vertebra ? kVertebrae[place] : kDiscs[place];
}

}  // namespace spineseg
