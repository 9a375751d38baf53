// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The dry run: what the rules, or a site's draft of other rules, say about series that the archive holds
/// already. Reads headers, records and queues nothing. Any thread, except a change callback of Orthanc.

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/result.h"
#include "plugin/intake/intake.h"
#include "plugin/rest/request_values.h"

namespace spineseg {

inline constexpr std::size_t kMaxExplainBody = 256 * 1024;

struct ExplainPage {
    std::int64_t since = 0;                  ///< place of the first series in the archive's order
    int limit = 100;                         ///< 1..500
    bool expand = false;                     ///< every rule's outcome instead of the verdict alone
    std::chrono::milliseconds time{10'000};  ///< after which the page ends early, behind at least one series
};

/// The rules to explain by: those in force for an empty body, else changed by the body's {"Rules": {…}},
/// which is what a site writes into its configuration. Where a page is given, Since, Limit and Expand of the body are put into
/// it: Orthanc 1.10 does not hand plugins the query of a POST. invalid_argument names what is wrong.
Result<EligibilityRules> parse_explain_body(const std::string& body, const EligibilityRules& in_force,
                                            ExplainPage* page = nullptr);

/// ?since=&limit=&expand; invalid_argument names the key.
Result<ExplainPage> explain_page_of(const Query& query);

/// {"Since", "Next": place of the next page or null, "Eligible": count, "Series": [{"ID", …verdict}]}. A
/// series that vanishes meanwhile is left out. archive_unavailable when Orthanc does not answer.
Result<nlohmann::json> explain_page(Intake& intake, const EligibilityRules& rules, const ExplainPage& page);

}  // namespace spineseg
