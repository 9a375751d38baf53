// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/case_selection.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "lab/training/case_name.h"

namespace spineseg {
namespace {

using Names = std::vector<CaseName>;

Names parsed(const std::vector<std::string>& list) {
    Names names;
    for (const auto& entry : list) names.push_back(parse_case_name(entry));
    return names;
}

bool contains(const Names& list, const CaseName& of_case) {
    return std::any_of(list.begin(), list.end(),
                       [&](const auto& entry) { return names_case(entry, of_case); });
}

bool has_patient(const Names& list, const std::string& patient) {
    return std::any_of(list.begin(), list.end(), [&](const auto& entry) { return entry.patient == patient; });
}

/// The first entry that means none of the cases.
std::optional<std::string> unmet(const std::vector<std::string>& list,
                                 const std::vector<TrainingCase>& cases) {
    Names there;
    for (const auto& c : cases)
        if (!c.synthetic) there.push_back(parse_case_name(c.id));
    for (const auto& entry : list) {
        const CaseName name = parse_case_name(entry);
        if (std::none_of(there.begin(), there.end(), [&](const auto& one) { return names_case(name, one); }))
            return entry;
    }
    return std::nullopt;
}

Result<void> check(const std::vector<TrainingCase>& cases, const CaseRules& rules) {
    if (const auto missing = unmet(rules.ids, cases))
        return failure(ErrorCode::invalid_argument,
                       "--ids names " + *missing + ", of which there is no case");
    if (const auto missing = unmet(rules.validate_ids, cases))
        return failure(ErrorCode::invalid_argument,
                       "--validate-ids names " + *missing + ", of which there is no case");
    const Names ids = parsed(rules.ids);
    for (const auto& entry : rules.validate_ids)
        if (has_patient(ids, patient_of(entry)))
            return failure(
                ErrorCode::invalid_argument,
                "patient " + patient_of(entry) + " is in --ids and in --validate-ids; take one out");
    if (!rules.fold || rules.incomplete_fold || rules.contrast) return {};
    for (const auto* list : {&rules.fold->train, &rules.fold->validation})
        if (const auto missing = unmet(*list, cases))
            return failure(ErrorCode::invalid_argument,
                           rules.fold_name + " names " + *missing + ", of which there is no case");
    return {};
}

}  // namespace

Result<SelectedCases> selected_cases(const std::vector<TrainingCase>& cases, const CaseRules& rules) {
    if (auto checked = check(cases, rules); !checked) return failure(checked.error());
    const Names ids = parsed(rules.ids), exclude = parsed(rules.exclude), named = parsed(rules.validate_ids);
    const Names train = rules.fold ? parsed(rules.fold->train) : Names{};
    const Names validation = rules.fold ? parsed(rules.fold->validation) : Names{};
    SelectedCases selected;
    for (const auto& c : cases) {
        if (c.synthetic) {
            selected.train.push_back(c);
            continue;
        }
        const CaseName name = parse_case_name(c.id);
        if (rules.contrast && name.contrast != rules.contrast) continue;
        if (contains(named, name)) {
            selected.validation.push_back(c);
            continue;
        }
        if (has_patient(named, name.patient) || contains(exclude, name)) continue;
        if (contains(validation, name)) {
            if (named.empty()) selected.validation.push_back(c);
        } else if ((train.empty() || contains(train, name)) && (ids.empty() || contains(ids, name))) {
            selected.train.push_back(c);
        }
    }
    // The same run whether the cases came from a folder or from a packed file: draws count along this order.
    for (auto* list : {&selected.train, &selected.validation})
        std::stable_sort(list->begin(), list->end(), [](const auto& a, const auto& b) {
            return std::pair(a.synthetic, std::string_view(a.id)) <
                   std::pair(b.synthetic, std::string_view(b.id));
        });
    if (std::all_of(selected.train.begin(), selected.train.end(),
                    [](const auto& c) { return c.synthetic; }) &&
        std::any_of(cases.begin(), cases.end(), [](const auto& c) { return !c.synthetic; }))
        return failure(ErrorCode::invalid_argument, "no case is left to train on");
    return selected;
}

}  // namespace spineseg
