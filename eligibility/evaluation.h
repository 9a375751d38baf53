// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Asks conditions of one header, and says in words what held or what did not. Names patterns and never the
/// text they were found in, which may hold a name. For this library's sources only; pure.

#include <map>
#include <string>
#include <vector>

#include "eligibility/facts.h"
#include "eligibility/rules.h"

namespace spineseg::eligibility {

/// Whether something holds, and the words for it.
struct Finding {
    bool holds = false;
    std::string why;  ///< "Modality is CT", "the header does not say EchoTime"
};

class Evaluation {
  public:
    /// All must outlive the evaluation.
    Evaluation(const SeriesTags& tags, const SeriesFacts& facts, const std::vector<Sign>& signs);

    /// Of conditions that all hold the last one's words: the earlier ones narrow the case down. Else those of
    /// the first that does not.
    Finding all(const Conditions& when) const;
    bool sign(const std::string& id) const;

  private:
    Finding ask(const Condition& condition) const;
    Finding ask(const ValueCondition& condition) const;
    Finding ask(const NumberCondition& condition) const;
    Finding ask(const PresenceCondition& condition) const;
    Finding ask(const TextCondition& condition) const;
    Finding ask(const SignCondition& condition) const;

    const SeriesTags& tags_;
    const SeriesFacts& facts_;
    std::map<std::string, Finding> signs_;
};

/// The names of the tags, facts and signs that conditions look at, each once.
std::vector<std::string> looks_at(const Conditions& when);

}  // namespace spineseg::eligibility
