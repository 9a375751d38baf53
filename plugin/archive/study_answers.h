// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Orthanc's answers about the series of a study, about pages of series, and about what an instance refers to. Pure; any thread.

#include <string>
#include <vector>

#include "core/result.h"
#include "plugin/archive/archive.h"

namespace spineseg {

/// GET /studies/{id}/series. archive_unavailable when the answer is not what Orthanc's documentation says.
Result<std::vector<ListedSeries>> parse_listed_series(const std::string& series_json);

/// GET /instances/{id}/simplified-tags: every Series Instance UID (0020,000E) within a sequence, each once,
/// sorted. Segmentations and maps name their source in the Referenced Series Sequence, reports in the
/// evidence sequences, structure sets in the RT Referenced Series Sequence.
std::vector<std::string> parse_referenced_series(const std::string& tags_json);

/// The same answer: what the instance says of itself.
Result<ResultTags> parse_result_tags(const std::string& tags_json);

/// GET /series?expand.
Result<std::vector<SeriesGlance>> parse_series_page(const std::string& series_json);

/// POST /tools/lookup. archive_unavailable as above.
Result<std::vector<FoundResource>> parse_found_resources(const std::string& found_json);

}  // namespace spineseg
