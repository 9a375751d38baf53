// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The rules of eligibility as data: config/eligibility.json, compiled in, and what a site changes about it.
/// Parsing is strict: an unknown word is invalid_configuration, so that a typing error never silently
/// disables a rule. Values; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "core/image_words.h"
#include "core/result.h"
#include "eligibility/condition.h"
#include "eligibility/region_rules.h"

namespace spineseg {

/// The weighting of an MR image as far as the models tell them apart. T1 with fat suppression is T1, and
/// proton density with it is PD; see ContrastFinding::fat_suppressed.
enum class Contrast { unknown, t1, t2, t2_fat_suppressed, stir, proton_density };
/// "unknown", "T1", "T2", "T2FS", "STIR", "PD".
std::string_view to_string(Contrast contrast);

/// What a rule that fires says about a series.
enum class Says { exclude, in_favour, against };
/// "exclude", "for", "against".
std::string_view to_string(Says says);

struct EligibilityRule {
    std::string id;
    Says says = Says::exclude;
    double weight = 0;    ///< evidence in natural log-odds, positive; 0 for exclude
    std::string because;  ///< a sentence for a person
    Conditions when;      ///< all must hold
};

/// Evidence for one weighting.
struct ContrastRule {
    std::string id;
    Contrast says = Contrast::unknown;
    bool physics = true;    ///< "basis": of the physics, or of somebody's text
    double confidence = 0;  ///< 0..1, where nothing else speaks
    std::string because;
    Conditions when;
};

/// A name for something that can be seen in several ways: holds when all conditions of one alternative hold.
/// A sign may ask for signs above it.
struct Sign {
    std::string id;
    std::vector<Conditions> any;
};

struct EligibilityRules {
    static constexpr int kFormat = 2;
    double threshold = 0.5;  ///< of the confidence, below which a series is not eligible
    RegionRules region;
    std::vector<Sign> signs;
    std::vector<ContrastRule> contrast;  ///< the first that fires speaks for its basis
    std::vector<EligibilityRule> rules;  ///< the first that excludes gives the reason
    ImageWords images;  ///< a site's words of Image Type; the worker is told them with each job

    /// The rules that are compiled in.
    static const EligibilityRules& shipped();
    static Result<EligibilityRules> parse(const std::string& json_text);
    /// A site's changes, all optional, applied in this order:
    ///   "disable":   ids of rules or contrast rules that go; each must exist, "own_result" cannot go.
    ///   "threshold": replaces.
    ///   "region":    words and tags that are added to the lists of the same names.
    ///   "signs":     new ones are added behind; one of a known id adds its alternatives to it.
    ///   "contrast":  asked before the shipped ones; one of a known id takes that one's place instead.
    ///   "rules":     likewise, behind "own_result", which stays first and cannot be replaced.
    ///   "images":    words of Image Type that are added to the table of core/image_kind.h.
    Result<EligibilityRules> with_site_changes(const std::string& json_text) const;
};

}  // namespace spineseg
