// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/explain_page.h"

#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "eligibility/verdict_json.h"

namespace spineseg {
namespace {

using nlohmann::json;

constexpr int kMostExplained = 500;
constexpr std::int64_t kLastPlace = 1'000'000'000;

/// The query's keys in a body.
Result<void> take_page_key(ExplainPage& page, const std::string& key, const json& value) {
    if (key == "Expand") {
        if (!value.is_boolean()) return wrong_argument("Expand must be true or false");
        page.expand = value.get<bool>();
        return {};
    }
    if (key != "Since" && key != "Limit")
        return wrong_argument("unknown key \"" + key.substr(0, 64) +
                              "\"; known are Rules, Since, Limit and Expand");
    const bool since = key == "Since";
    const auto number = whole_number(key, value, since ? 0 : 1, since ? kLastPlace : kMostExplained);
    if (!number) return failure(number.error());
    if (since) page.since = *number;
    if (!since) page.limit = static_cast<int>(*number);
    return {};
}

}  // namespace

Result<EligibilityRules> parse_explain_body(const std::string& body, const EligibilityRules& in_force,
                                            ExplainPage* page) {
    if (body.size() > kMaxExplainBody) return wrong_argument("the body is too long");
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) return in_force;
    const auto parsed = parse_json_object(body, "the body", ErrorCode::invalid_argument);
    if (!parsed) return failure(parsed.error());
    for (const auto& [key, value] : parsed->items()) {
        if (key == "Rules") continue;
        if (page == nullptr)
            return wrong_argument("unknown key \"" + key.substr(0, 64) + "\"; known is Rules");
        if (auto taken = take_page_key(*page, key, value); !taken) return failure(taken.error());
    }
    const auto rules = parsed->find("Rules");
    if (rules == parsed->end()) return in_force;
    auto changed = in_force.with_site_changes(dump_json(*rules));
    if (!changed) return wrong_argument("Rules: " + changed.error().detail);
    return changed;
}

Result<ExplainPage> explain_page_of(const Query& query) {
    for (const auto& [key, value] : query)
        if (key != "since" && key != "limit" && key != "expand")
            return wrong_argument("unknown key \"" + key.substr(0, 64) +
                                  "\"; known are since, limit and expand");
    ExplainPage page;
    const auto since = whole_of(query, "since", 0, kLastPlace, page.since);
    if (!since) return failure(since.error());
    page.since = *since;
    const auto limit = whole_of(query, "limit", 1, kMostExplained, page.limit);
    if (!limit) return failure(limit.error());
    page.limit = static_cast<int>(*limit);
    page.expand = flag_of(query, "expand");
    return page;
}

Result<json> explain_page(Intake& intake, const EligibilityRules& rules, const ExplainPage& page) {
    const auto ids = intake.series_ids(page.since, page.limit);
    if (!ids) return failure(ids.error());
    const auto deadline = std::chrono::steady_clock::now() + page.time;
    json list = json::array();
    std::int64_t next = page.since;
    int eligible = 0;
    for (const auto& id : *ids) {
        if (next > page.since && std::chrono::steady_clock::now() >= deadline) break;
        ++next;
        const auto verdict = intake.explain(id, rules);
        if (!verdict && verdict.error().code == ErrorCode::archive_unavailable)
            return failure(verdict.error());
        if (!verdict && verdict.error().code == ErrorCode::not_found) continue;
        json view = !verdict      ? json{{"Eligible", false}, {"Reason", verdict.error().describe()}}
                    : page.expand ? explanation_json(*verdict)
                                  : verdict_summary_json(*verdict);
        view["ID"] = id;
        eligible += verdict && verdict->eligible ? 1 : 0;
        list.push_back(std::move(view));
    }
    const auto read = static_cast<std::size_t>(next - page.since);
    const bool last = read == ids->size() && static_cast<int>(ids->size()) < page.limit;
    return json{{"Since", page.since},
                {"Next", last ? json(nullptr) : json(next)},
                {"Eligible", eligible},
                {"Series", std::move(list)}};
}

}  // namespace spineseg
