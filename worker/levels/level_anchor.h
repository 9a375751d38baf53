// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the recognition of L5 and S1 (core/level_evidence.h) says of the spaces between the discs, and of the count.
/// Pure; any thread.

#include <optional>
#include <vector>

#include "core/level_evidence.h"
#include "worker/levels/disc_chain.h"

namespace spineseg::levels {

/// Means over the middle of a space, where its body lies, in all slices that were looked at.
struct SpaceReading {
    double body = 0, l5 = 0, s1 = 0;  ///< shares of the probability that it is one of them
    double bone = 0;                  ///< probability that it is one of them
};

/// Of the space beneath the lowest disc, and of every space between two discs, from below; nothing where the space was
/// not looked at.
std::vector<std::optional<SpaceReading>> read_spaces(const std::vector<Disc>& discs,
                                                     const LevelEvidence& evidence);

/// The body that was recognised as S1 beneath a disc, in the sagittal plane.
struct SacralShape {
    double length = 0;  ///< mm, along the disc's normal
    double depth = 0;   ///< mm, front to back, near the disc
    double taper = 0;   ///< depth near its lower end over that
};

/// Nothing where no such body was recognised.
std::optional<SacralShape> sacral_shape(const Disc& disc, const LevelEvidence& evidence);

/// Shares from which on a space counts as recognised. Measured on patients that the network was not trained on:
/// README.md.
struct AnchorRule {
    double s1 = 0.75, l5 = 0.75;  ///< beneath the lowest disc and above it, for a count that is certain
    double elsewhere = 0.6;       ///< S1 above the lowest disc, or L5 beneath it: the count is off
    double bone = 0.3;            ///< less probability of any body in a space says nothing
    double squared =
        0.88;  ///< taper of S1 from which on it may be a lumbar vertebra, or L5 within the sacrum
    double shortest_mm = 24;  ///< length of S1; less was cut short by a formed disc
};

enum class AnchorVerdict {
    none,       ///< nothing was looked at
    agrees,     ///< L5 above the lowest disc, S1 beneath it
    unsure,     ///< neither clearly so nor clearly otherwise, or S1 is squared
    elsewhere,  ///< S1 lies above the lowest disc, or L5 beneath it
};

AnchorVerdict judge_anchor(const std::vector<std::optional<SpaceReading>>& spaces,
                           const std::optional<SacralShape>& shape, const AnchorRule& rule = {});
/// Of a column's discs.
AnchorVerdict judge_anchor(const std::vector<Disc>& discs, const LevelEvidence& evidence);

/// S1 above the lowest disc and L5 above the next one: S1 and the disc beneath it were segmented as vertebra and disc.
bool sacrum_is_counted(const std::vector<std::optional<SpaceReading>>& spaces, const AnchorRule& rule = {});

}  // namespace spineseg::levels
