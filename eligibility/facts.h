// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What is derived from a header before any rule is asked: geometry of the stack that would be worked on,
/// timing, region. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/doubt.h"
#include "eligibility/region_rules.h"
#include "eligibility/series_tags.h"

namespace spineseg {

/// Of a series with several planes everything about slices is said of its sagittal stack, or of the largest
/// one where none is sagittal.
struct SeriesFacts {
    int images = 0;                          ///< of that stack
    int orientations = 0;                    ///< distinct ones in the series, 0 when none is known
    std::string storage_class;               ///< "MR image" (core/sop_class.h), "other"; empty: unknown
    std::string plane;                       ///< "sagittal", "coronal", "axial", "oblique"; empty: unknown
    std::optional<double> tilt_degrees;      ///< of its normal against the nearest axis of the patient
    std::string region;                      ///< "lumbar", "thoracic", "other", "unknown", "contradictory"
    std::string region_evidence;             ///< the pattern that says so; empty when nothing does
    std::optional<double> height_mm;         ///< of the field of view, along the columns
    std::optional<double> pixel_mm;          ///< between rows
    std::optional<double> coverage_mm;       ///< across the slices
    std::optional<double> slice_spacing_mm;  ///< mean distance of neighbouring positions
    std::optional<double> echo_time_ms;      ///< TE, TR, TI: zero counts as absent
    std::optional<double> repetition_time_ms;
    std::optional<double> inversion_time_ms;
    std::optional<double> age_years;
    // Of all instances (series_survey.h); absent where only one was looked at.
    std::optional<double> anatomical_images;
    std::optional<double> frames_of_reference;
    std::optional<double> without_frame_of_reference;
    std::string not_anatomy;  ///< why images show no anatomy; empty where all do
    std::vector<StackReport> stacks;
    std::vector<std::string> left_aside;
    std::optional<Error> reading_fault;  ///< why the worker would refuse them; rules see it as text
    std::vector<Doubt> doubts;           ///< what the header says against the model's reach; refuses nothing
    std::string contrast;  ///< filled by classify_contrast(); not known to signs and contrast rules
};

/// Whether rules may name a fact so.
bool is_fact(std::string_view name);
/// The fact as text; empty when it is a number or unknown.
std::string fact_text(const SeriesFacts& facts, std::string_view name);
std::optional<double> fact_number(const SeriesFacts& facts, std::string_view name);
/// Facts about the patient, whose values no answer and no log may show.
bool is_private_fact(std::string_view name);

SeriesFacts derive_facts(const SeriesTags& tags, const RegionRules& region);

}  // namespace spineseg
