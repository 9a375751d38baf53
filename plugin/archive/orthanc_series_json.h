// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Orthanc's answers about a series (JSON, already UTF-8) as SeriesTags. Pure; any thread.

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "eligibility/series_tags.h"

namespace spineseg {

/// The answers of Orthanc that a series' tags are made of, as text. `study_json` and `instance_tags_json` may
/// be empty; of instances the tags of all, or of one, are given.
struct SeriesAnswers {
    std::string series_json;     ///< GET /series/{id}
    std::string instances_json;  ///< GET /series/{id}/instances
    std::string study_json;      ///< GET /series/{id}/study
    std::vector<std::string>
        instance_tags_json;  ///< GET /instances/{id}/simplified-tags, in the order of instances_json
};

inline constexpr std::size_t kMaxInstances = 20000;

/// Orthanc's form of a time, "20261129T194112", which is UTC. nullopt for anything else.
std::optional<std::chrono::sys_time<std::chrono::milliseconds>> parse_last_update(const std::string& text);

/// The instances of GET /series/{id}/instances, each with the file's size and Orthanc's own id of it as its
/// content: what tells two files apart where no MD5 is at hand.
Result<std::vector<InstanceSummary>> parse_instances(const std::string& instances_json);

/// archive_unavailable when an answer is not what Orthanc's documentation says.
/// `words` are the site's, see core/image_words.h.
Result<SeriesTags> parse_series_tags(const SeriesAnswers& answers, const ImageWords& words = {});

}  // namespace spineseg
