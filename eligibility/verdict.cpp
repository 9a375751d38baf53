// SPDX-License-Identifier: GPL-3.0-or-later
#include "eligibility/verdict.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "core/printable_text.h"
#include "eligibility/evaluation.h"

namespace spineseg {

using eligibility::Evaluation;

namespace {

/// The sign that tells a T1 or PD with fat suppression from one without; see config/eligibility.json.
constexpr const char* kFatSuppressed = "fat_suppressed";
constexpr std::size_t kLongestWhy = 512;

std::string two_decimals(double value) {
    char text[16];
    std::snprintf(text, sizeof text, "%.2f", value);
    return text;
}

/// What the first rule of one basis says that fires.
struct Voice {
    const ContrastRule* rule = nullptr;
    void hear(const ContrastRule& spoken) {
        if (rule == nullptr) rule = &spoken;
    }
};

/// T2 with fat suppression and STIR look alike, and both are T2 to a text that says no more than "T2".
bool contradict(Contrast a, Contrast b) {
    const auto is_t2 = [](Contrast c) {
        return c == Contrast::t2 || c == Contrast::t2_fat_suppressed || c == Contrast::stir;
    };
    return a != b && !(is_t2(a) && is_t2(b));
}

/// Two that agree strengthen each other as independent evidence does; of two that contradict each other physics decides,
/// and the text lowers its confidence by what it would have added.
void weigh(ContrastFinding& finding, const Voice& physics, const Voice& text) {
    if (physics.rule != nullptr) finding.physics_rule = physics.rule->id;
    if (text.rule != nullptr) finding.text_rule = text.rule->id;
    const ContrastRule* decides = physics.rule != nullptr ? physics.rule : text.rule;
    if (decides == nullptr) return;
    finding.contrast = decides->says;
    finding.confidence = decides->confidence;
    if (physics.rule == nullptr || text.rule == nullptr) return;
    finding.disagree = contradict(physics.rule->says, text.rule->says);
    const double other = text.rule->confidence;
    if (finding.disagree)
        finding.confidence *= 1 - other / 2;
    else
        finding.confidence = 1 - (1 - finding.confidence) * (1 - other);
}

/// What it quotes of the header may be anything.
std::string shown(const eligibility::Finding& found) {
    return printable(found.why, kLongestWhy);
}

void refuse(Eligibility& verdict, const RuleOutcome& outcome) {
    verdict.eligible = false;
    verdict.rule = outcome.id;
    verdict.reason = outcome.id + ": " + outcome.because + " (" + outcome.why + ")";
}

void weigh(Eligibility& verdict) {
    double evidence = 0;
    const RuleOutcome* strongest = nullptr;
    for (const auto& outcome : verdict.outcomes) {
        if (!outcome.fired) continue;
        evidence += outcome.weight;
        if (outcome.weight < 0 && (strongest == nullptr || outcome.weight < strongest->weight))
            strongest = &outcome;
    }
    verdict.confidence = 1 / (1 + std::exp(-evidence));
    if (!verdict.eligible || verdict.confidence >= verdict.threshold) return;
    verdict.eligible = false;
    verdict.rule = "low_confidence";
    verdict.reason = "low_confidence: " + two_decimals(verdict.confidence) + " where " +
                     two_decimals(verdict.threshold) + " is needed";
    if (strongest != nullptr)
        verdict.reason += "; most of all, " + strongest->because + " (" + strongest->why + ")";
}

}  // namespace

ContrastFinding classify_contrast(const SeriesTags& tags, const SeriesFacts& facts,
                                  const EligibilityRules& rules) {
    const Evaluation evaluation(tags, facts, rules.signs);
    ContrastFinding finding;
    finding.fat_suppressed = evaluation.sign(kFatSuppressed);
    Voice physics, text;
    for (const auto& rule : rules.contrast) {
        auto found = evaluation.all(rule.when);
        if (found.holds) (rule.physics ? physics : text).hear(rule);
        finding.outcomes.push_back(
            {rule.id, std::string(to_string(rule.says)) + (rule.physics ? " (physics)" : " (text)"),
             rule.confidence, rule.because, eligibility::looks_at(rule.when), found.holds, shown(found)});
    }
    weigh(finding, physics, text);
    return finding;
}

Eligibility decide_eligibility(const SeriesTags& tags, const EligibilityRules& rules) {
    Eligibility verdict;
    verdict.threshold = rules.threshold;
    verdict.facts = derive_facts(tags, rules.region);
    verdict.contrast = classify_contrast(tags, verdict.facts, rules);
    verdict.facts.contrast = to_string(verdict.contrast.contrast);
    const Evaluation evaluation(tags, verdict.facts, rules.signs);
    for (const auto& rule : rules.rules) {
        auto found = evaluation.all(rule.when);
        const double weight = rule.says == Says::against ? -rule.weight : rule.weight;
        verdict.outcomes.push_back({rule.id, std::string(to_string(rule.says)), weight, rule.because,
                                    eligibility::looks_at(rule.when), found.holds, shown(found)});
        if (found.holds && rule.says == Says::exclude && verdict.eligible)
            refuse(verdict, verdict.outcomes.back());
    }
    weigh(verdict);
    return verdict;
}

}  // namespace spineseg
