// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/results/missing_results.h"

namespace spineseg {

Result<std::vector<std::string>> missing_results(Archive& archive, const Job& job) {
    std::vector<std::string> missing;
    for (const auto& result : job.results) {
        const auto series = archive.series_of_instance(result.orthanc_instance_id);
        if (series) continue;
        if (series.error().code != ErrorCode::not_found) return failure(series.error());
        missing.push_back(result.orthanc_instance_id);
    }
    return missing;
}

}  // namespace spineseg
