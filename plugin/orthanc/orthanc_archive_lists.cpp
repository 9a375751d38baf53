// SPDX-License-Identifier: GPL-3.0-or-later
// What the plugin looks up in the archive: pages of all series, what has a UID, and what Orthanc's index keeps for us: two
// texts, and a mark at results. The rest of OrthancArchive is in orthanc_archive.cpp.
#include "plugin/orthanc/orthanc_archive.h"

#include <set>

#include "plugin/archive/study_answers.h"
#include "plugin/orthanc/orthanc_buffer.h"
#include "plugin/rest/request_values.h"

namespace spineseg {
namespace {

/// Of metadata and of global properties Orthanc reserves the numbers below 1024. "SP", and for properties the one behind it.
constexpr int kMarkNumber = 0x5350;

std::string uri_of_mark(const std::string& orthanc_instance_id) {
    return "/instances/" + orthanc_instance_id + "/metadata/" + std::to_string(kMarkNumber);
}

std::int32_t global_property(ArchiveNote note) {
    return note == ArchiveNote::judged ? 0x5350 : 0x5351;
}

}  // namespace

Result<std::vector<SeriesGlance>> OrthancArchive::series_page(std::int64_t since, int limit) {
    const auto answer =
        get("/series?expand&since=" + std::to_string(since) + "&limit=" + std::to_string(limit));
    if (!answer) return failure(answer.error());
    return parse_series_page(*answer);
}

Result<ResultTags> OrthancArchive::result_tags(const std::string& id) {
    if (!is_orthanc_id(id)) return failure(ErrorCode::not_found, "not an id of Orthanc");
    const auto answer = get("/instances/" + id + "/simplified-tags");
    if (!answer) return failure(answer.error());
    return parse_result_tags(*answer);
}

Result<std::vector<FoundResource>> OrthancArchive::find_identifier(const std::string& uid) {
    const std::string uri = "/tools/lookup";
    if (uid.empty() || uid.find_first_not_of("0123456789.") != std::string::npos)
        return failure(ErrorCode::invalid_argument, "no UID");
    OrthancBuffer answer(context_);
    const auto code = OrthancPluginRestApiPost(context_, answer.out(), uri.c_str(), uid.data(),
                                               static_cast<std::uint32_t>(uid.size()));
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    auto found = parse_found_resources(std::string(answer.view()));
    if (!found) return found;
    for (const auto& resource : *found)
        if (!is_orthanc_id(resource.orthanc_id))
            return failure(ErrorCode::archive_unavailable, uri + " answered what was not expected");
    return found;
}

Result<std::vector<std::string>> OrthancArchive::instances_of(const std::string& uid) {
    if (uid.empty() || uid.find_first_not_of("0123456789.") != std::string::npos)
        return std::vector<std::string>{};
    const auto found = find_identifier(uid);
    if (!found) return failure(found.error());
    std::set<std::string> instances;
    for (const auto& resource : *found)
        if (resource.level == FoundResource::Level::instance) instances.insert(resource.orthanc_id);
    return std::vector<std::string>(instances.begin(), instances.end());
}

Result<void> OrthancArchive::verify_instance(const std::string& id) {
    if (!is_orthanc_id(id)) return failure(ErrorCode::not_found, "not an id of Orthanc");
    const auto answer = get("/instances/" + id);
    return answer ? check_stored_file(storage_, *answer) : Result<void>(failure(answer.error()));
}

/// Orthanc with CheckRevisions overwrites nothing unless it is told the revision: what is there is not written again.
Result<void> OrthancArchive::mark_result(const std::string& id, const std::string& source_series_uid) {
    const auto present = marked_source(id);
    if (!present) return failure(present.error());
    if (*present == source_series_uid) return {};
    const auto uri = uri_of_mark(id);
    OrthancBuffer answer(context_);
    const auto code = OrthancPluginRestApiPut(context_, answer.out(), uri.c_str(), source_series_uid.data(),
                                              static_cast<std::uint32_t>(source_series_uid.size()));
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    return {};
}

Result<std::string> OrthancArchive::marked_source(const std::string& id) {
    if (!is_orthanc_id(id)) return failure(ErrorCode::not_found, "not an id of Orthanc");
    auto text = get(uri_of_mark(id));
    if (!text && text.error().code == ErrorCode::not_found) return std::string();
    return text;
}

Result<std::string> OrthancArchive::remembered(ArchiveNote note) {
    const OrthancString text(context_, OrthancPluginGetGlobalProperty(context_, global_property(note), ""));
    if (!text)
        return failure(ErrorCode::archive_unavailable, "Orthanc's index does not give a global property");
    return std::string(text.view());
}

Result<void> OrthancArchive::remember(ArchiveNote note, const std::string& text) {
    const auto code = OrthancPluginSetGlobalProperty(context_, global_property(note), text.c_str());
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, "a global property"));
    return {};
}

}  // namespace spineseg
