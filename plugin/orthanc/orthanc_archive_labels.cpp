// SPDX-License-Identifier: GPL-3.0-or-later
// Our labels of series and studies. Orthanc has labels since 1.12; before, one text of metadata lists ours. The rest of
// OrthancArchive is in orthanc_archive.cpp.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "plugin/orthanc/orthanc_archive.h"
#include "plugin/orthanc/orthanc_buffer.h"
#include "plugin/rest/request_values.h"

namespace spineseg {
namespace {

constexpr std::string_view kOurs = "spineseg-";
/// Of metadata Orthanc reserves the numbers below 1024. The one behind that of orthanc_archive_lists.cpp.
constexpr int kLabelsNumber = 0x5351;
constexpr std::size_t kMostLabels = 1000;

std::string uri_of(FoundResource::Level level, const std::string& id) {
    return (level == FoundResource::Level::study ? "/studies/" : "/series/") + id;
}
std::string uri_of_text(FoundResource::Level level, const std::string& id) {
    return uri_of(level, id) + "/metadata/" + std::to_string(kLabelsNumber);
}

/// What a list in JSON has of ours.
Result<std::vector<std::string>> ours_of(const std::string& answer, const std::string& uri) {
    const auto list = nlohmann::json::parse(answer, nullptr, false);
    if (!list.is_array() || list.size() > kMostLabels)
        return failure(ErrorCode::archive_unavailable, uri + " answered what was not expected");
    std::vector<std::string> ours;
    for (const auto& label : list)
        if (label.is_string() && label.get_ref<const std::string&>().starts_with(kOurs))
            ours.push_back(label.get<std::string>());
    return ours;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const auto cut = std::min(text.find(','), text.size());
        if (cut > 0) parts.emplace_back(text.substr(0, cut));
        text.remove_prefix(std::min(cut + 1, text.size()));
    }
    return parts;
}

std::string joined(const std::vector<std::string>& labels) {
    std::string text;
    for (const auto& label : labels) text += (text.empty() ? "" : ",") + label;
    return text;
}

bool has(const std::vector<std::string>& labels, const std::string& label) {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
}

/// Of the answer to a GET of metadata; empty where it has none. With CheckRevisions Orthanc wants it back.
std::string revision_of(std::string_view headers) {
    const auto parsed = nlohmann::json::parse(headers, nullptr, false);
    for (const char* name : {"ETag", "etag"})
        if (parsed.is_object() && parsed.contains(name) && parsed[name].is_string())
            return parsed[name].get<std::string>();
    return {};
}

}  // namespace

bool OrthancArchive::has_labels() const {
    return OrthancPluginCheckVersionAdvanced(context_, 1, 12, 0) != 0;
}

Result<std::vector<std::string>> OrthancArchive::labels(FoundResource::Level level, const std::string& id) {
    if (!is_orthanc_id(id)) return failure(ErrorCode::not_found, "not an id of Orthanc");
    const auto uri = has_labels() ? uri_of(level, id) + "/labels" : uri_of_text(level, id);
    const auto answer = get(uri);
    if (has_labels()) return answer ? ours_of(*answer, uri) : failure(answer.error());
    // A series without this text and a series that is not there are both "unknown".
    if (!answer && answer.error().code == ErrorCode::not_found) return std::vector<std::string>{};
    return answer ? Result<std::vector<std::string>>(split(*answer)) : failure(answer.error());
}

Result<void> OrthancArchive::set_labels(FoundResource::Level level, const std::string& id,
                                        const std::vector<std::string>& wanted) {
    const auto present = labels(level, id);
    if (!present) return failure(present.error());
    if (!has_labels()) {
        if (*present == wanted) return {};
        const auto method = wanted.empty() ? OrthancPluginHttpMethod_Delete : OrthancPluginHttpMethod_Put;
        return change(method, uri_of_text(level, id), joined(wanted));
    }
    const auto each = [&](OrthancPluginHttpMethod method, const std::vector<std::string>& those,
                          const std::vector<std::string>& but_not) -> Result<void> {
        for (const auto& label : those) {
            if (has(but_not, label)) continue;
            if (auto changed = change(method, uri_of(level, id) + "/labels/" + label, ""); !changed)
                return changed;
        }
        return {};
    };
    const auto removed = each(OrthancPluginHttpMethod_Delete, *present, wanted);
    return removed ? each(OrthancPluginHttpMethod_Put, wanted, *present) : removed;
}

/// The plain calls of the SDK cannot send a revision.
Result<void> OrthancArchive::change(OrthancPluginHttpMethod method, const std::string& uri,
                                    const std::string& body) const {
    std::uint16_t status = 0;
    std::string revision;
    if (!has_labels()) {
        OrthancBuffer text(context_), headers(context_);
        const auto code = OrthancPluginCallRestApi(context_, text.out(), headers.out(), &status,
                                                   OrthancPluginHttpMethod_Get, uri.c_str(), 0, nullptr,
                                                   nullptr, nullptr, 0, 0);
        if (code == OrthancPluginErrorCode_Success) revision = revision_of(headers.view());
    }
    const char* key = "If-Match";
    const char* value = revision.c_str();
    OrthancBuffer answer(context_), headers(context_);
    const auto code = OrthancPluginCallRestApi(context_, answer.out(), headers.out(), &status, method,
                                               uri.c_str(), revision.empty() ? 0 : 1, &key, &value,
                                               body.data(), static_cast<std::uint32_t>(body.size()), 0);
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    if (status == 404) return failure(ErrorCode::not_found, uri + " does not exist");
    if (status != 200)
        return failure(ErrorCode::archive_unavailable,
                       uri + " answered with status " + std::to_string(status));
    return {};
}

}  // namespace spineseg
