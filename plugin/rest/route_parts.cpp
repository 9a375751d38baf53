// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/route_parts.h"

#include <nlohmann/json.hpp>

#include "plugin/rest/request_values.h"

namespace spineseg {

Result<Job> find_requested(JobStore& store, const std::string& id) {
    if (!is_job_id(id)) return failure(ErrorCode::not_found, "there is no such job");
    return store.job(id);
}

nlohmann::json reference_json(const std::string& root, const Job& job) {
    return {{"ID", job.id}, {"Path", root + "jobs/" + job.id}};
}

HttpResponse no_orthanc_id() {
    return problem(404, "Unknown resource", "not an id of Orthanc");
}

}  // namespace spineseg
