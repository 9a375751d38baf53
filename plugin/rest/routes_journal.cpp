// SPDX-License-Identifier: GPL-3.0-or-later
// RestRoutes: the journal.
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "plugin/rest/job_view.h"
#include "plugin/rest/request_values.h"
#include "plugin/rest/rest_routes.h"

namespace spineseg {
namespace {

/// JSON Lines.
HttpResponse lines_of(const std::vector<JournalEntry>& entries) {
    HttpResponse response{200, "application/x-ndjson", {}, {}};
    for (const auto& entry : entries) {
        auto line = journal_entry_json(entry);
        make_printable(line);
        response.body += dump_json(line) + "\n";
    }
    return response;
}

}  // namespace

HttpResponse RestRoutes::list_journal(const HttpRequest& request, const std::string&) const {
    const auto page = journal_page_of(request.query);
    if (!page) return problem(page.error());
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    auto& journal = (*store)->journal();
    const auto entries = page->since ? journal.after(*page->since, page->limit) : journal.newest(page->limit);
    if (!entries) return problem(entries.error());
    return page->lines ? lines_of(*entries) : json_response(journal_json(*entries));
}

/// Of a job that was deleted from the database, too.
HttpResponse RestRoutes::job_journal(const HttpRequest&, const std::string& id) const {
    if (!is_job_id(id)) return problem(404, "Unknown resource", "there is no such job");
    const auto store = context_.store.for_routes();
    if (!store) return problem(store.error());
    const auto entries = (*store)->journal().of(id);
    if (!entries) return problem(entries.error());
    if (entries->empty())
        if (const auto job = (*store)->job(id); !job) return problem(job.error());
    return json_response(journal_json(*entries));
}

}  // namespace spineseg
