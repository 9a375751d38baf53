// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What a result's file must say: one function a rule. docs/threat-model.md has a row for each and names its test.
/// Pure; any thread.

#include <optional>
#include <span>
#include <string>

#include "plugin/result_gate/ordered_output.h"
#include "plugin/result_gate/result_document.h"
#include "plugin/result_gate/source_header.h"

namespace spineseg {

/// What a rule looks at; all outlive the call.
struct RuleInput {
    const ResultDocument& document;
    const OutputShape& shape;
    const SourceHeader& source;
    const ResultOrder& order;
    const Job& job;
    const ResultObject& claim;  ///< what the worker's message says of the file
    std::size_t bytes = 0;      ///< of the file
};

/// A sentence about what is wrong; nullopt: nothing.
using RuleCheck = std::optional<std::string> (*)(const RuleInput&);

struct ResultRule {
    const char* name = "";  ///< in docs/threat-model.md
    RuleCheck check = nullptr;
};

/// Whose the object is and what it refers to.
std::span<const ResultRule> identity_rules();
/// What it shows and says.
std::span<const ResultRule> content_rules();

/// Of all results of a job, as many bytes as its outputs can have.
std::uint64_t job_byte_budget(const ResultOrder& order, const SourceHeader& source);

}  // namespace spineseg
