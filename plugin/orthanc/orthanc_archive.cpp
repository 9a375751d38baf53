// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/orthanc/orthanc_archive.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <string_view>

#include "plugin/archive/orthanc_series_json.h"
#include "plugin/archive/study_answers.h"
#include "plugin/orthanc/orthanc_buffer.h"
#include "plugin/orthanc/orthanc_re_encoding.h"

namespace spineseg {
namespace {

using nlohmann::json;

/// More instances than MaxInstances may ever allow are not segmented; they need not be looked at one by one.
constexpr std::size_t kMostSurveyed = 2000;

bool is_surveyed(const std::string& modality, std::size_t instances) {
    return modality == "MR" && instances <= kMostSurveyed;
}

/// Orthanc cannot write, or not use its index: full or broken disks, locks. Nothing is wrong with what was asked.
bool is_storage_fault(OrthancPluginErrorCode code) {
    constexpr std::array kFaults{OrthancPluginErrorCode_FullStorage, OrthancPluginErrorCode_CannotWriteFile,
                                 OrthancPluginErrorCode_FileStorageCannotWrite,
                                 OrthancPluginErrorCode_Database, OrthancPluginErrorCode_DatabaseUnavailable};
    return std::find(kFaults.begin(), kFaults.end(), code) != kFaults.end() ||
           (code >= OrthancPluginErrorCode_SQLiteNotOpened &&
            code <= OrthancPluginErrorCode_SQLiteTransactionBegin);
}

/// Orthanc's public ids are 40 hexadecimal digits in five groups; nothing else may enter a path.
bool is_id(const std::string& id) {
    return id.size() == 44 && id.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

tl::unexpected<Error> no_such_id() {
    return failure(ErrorCode::not_found, "not an id of Orthanc");
}
tl::unexpected<Error> unexpected_answer(const std::string& uri) {
    return failure(ErrorCode::archive_unavailable, uri + " answered what was not expected");
}

std::string text_at(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const json& object, const char* key) {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

json parse(const std::string& text) {
    return json::parse(text, nullptr, false);
}

}  // namespace

Error OrthancArchive::error_of(OrthancPluginErrorCode code, const std::string& uri) {
    if (code == OrthancPluginErrorCode_UnknownResource || code == OrthancPluginErrorCode_InexistentItem ||
        code == OrthancPluginErrorCode_InexistentFile)
        return {ErrorCode::not_found, uri + " does not exist"};
    const auto number = std::to_string(static_cast<int>(code));
    if (is_storage_fault(code))
        return {ErrorCode::storage_full,
                "Orthanc's storage or index is full, broken or locked (error " + number + ")"};
    return {ErrorCode::archive_unavailable, uri + " failed with Orthanc's error " + number};
}

Result<std::string> OrthancArchive::get(const std::string& uri) const {
    OrthancBuffer answer(context_);
    const auto code = OrthancPluginRestApiGet(context_, answer.out(), uri.c_str());
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    return std::string(answer.view());
}

Result<std::vector<std::string>> OrthancArchive::series_ids(std::int64_t since, int limit) {
    const std::string uri = "/series?since=" + std::to_string(since) + "&limit=" + std::to_string(limit);
    const auto answer = get(uri);
    if (!answer) return failure(answer.error());
    const json page = parse(*answer);
    if (!page.is_array()) return unexpected_answer(uri);
    std::vector<std::string> ids;
    for (const auto& id : page) {
        if (!id.is_string() || !is_id(id.get_ref<const std::string&>())) return unexpected_answer(uri);
        ids.push_back(id.get<std::string>());
    }
    return ids;
}

Result<SeriesTags> OrthancArchive::series(const std::string& id, const ImageWords& words) {
    if (!is_id(id)) return no_such_id();
    SeriesAnswers answers;
    const auto take = [&](const std::string& uri, std::string& into) -> Result<void> {
        auto text = get(uri);
        if (!text) return failure(text.error());
        into = std::move(*text);
        return {};
    };
    if (auto taken = take("/series/" + id, answers.series_json); !taken) return failure(taken.error());
    if (auto taken = take("/series/" + id + "/instances", answers.instances_json); !taken)
        return failure(taken.error());
    if (auto taken = take("/series/" + id + "/study", answers.study_json); !taken)
        return failure(taken.error());
    auto tags = parse_series_tags(answers, words);
    if (!tags || tags->instances.empty()) return tags;
    auto instances = std::move(tags->instances);
    const auto modality = tags->value("Modality");
    if (auto taken = take_contents(modality, instances); !taken) return failure(taken.error());
    // Of MR every instance is asked what it shows; of anything else, and of more instances than are ever
    // segmented, one.
    std::vector<std::string> asked;
    const bool all = is_surveyed(modality, instances.size());
    for (std::size_t i = 0; all && i < instances.size(); ++i) asked.push_back(instances[i].orthanc_id);
    if (!all) asked.push_back(instances[instances.size() / 2].orthanc_id);
    for (const auto& instance : asked)
        if (auto taken = take("/instances/" + instance + "/simplified-tags",
                              answers.instance_tags_json.emplace_back());
            !taken)
            return failure(taken.error());
    tags = parse_series_tags(answers, words);
    if (tags) tags->instances = std::move(instances);
    return tags;
}

/// The MD5 of every instance's file, from Orthanc's index. Where that has none (StoreMD5ForAttachments is
/// false), and in series that are not surveyed, size and id of the file stay, which change with every
/// storing.
Result<void> OrthancArchive::take_contents(const std::string& modality,
                                           std::vector<InstanceSummary>& instances) const {
    if (!is_surveyed(modality, instances.size())) return {};
    for (auto& instance : instances) {
        if (!is_id(instance.orthanc_id)) return no_such_id();
        const auto md5 = get("/instances/" + instance.orthanc_id + "/attachments/dicom/md5");
        if (!md5 && md5.error().code != ErrorCode::not_found) return failure(md5.error());
        if (md5 && !md5->empty()) instance.content = *md5;
    }
    return {};
}

Result<std::string> OrthancArchive::fingerprint(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const auto series = get("/series/" + id);
    if (!series) return failure(series.error());
    const auto list = get("/series/" + id + "/instances");
    if (!list) return failure(list.error());
    auto instances = parse_instances(*list);
    if (!instances) return failure(instances.error());
    const json answer = parse(*series);
    const auto tags = answer.is_object() ? answer.find("MainDicomTags") : answer.end();
    const auto modality = tags != answer.end() ? text_at(*tags, "Modality") : std::string();
    if (auto taken = take_contents(modality, *instances); !taken) return failure(taken.error());
    SeriesTags summary;
    summary.instances = std::move(*instances);
    return summary.fingerprint();
}

Result<bool> OrthancArchive::holds_series(const std::string& id) {
    const auto study = study_of_series(id);
    if (!study && study.error().code == ErrorCode::not_found) return false;
    if (!study) return failure(study.error());
    return true;
}

Result<std::string> OrthancArchive::study_of_series(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const std::string uri = "/series/" + id;
    const auto answer = get(uri);
    if (!answer) return failure(answer.error());
    auto study = text_at(parse(*answer), "ParentStudy");
    if (!is_id(study)) return unexpected_answer(uri);
    return study;
}

Result<std::vector<ListedSeries>> OrthancArchive::series_of_study(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const auto answer = get("/studies/" + id + "/series");
    if (!answer) return failure(answer.error());
    return parse_listed_series(*answer);
}

Result<std::vector<std::string>> OrthancArchive::referenced_series(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const auto answer = get("/instances/" + id + "/simplified-tags");
    if (!answer) return failure(answer.error());
    return parse_referenced_series(*answer);
}

Result<std::vector<std::uint8_t>> OrthancArchive::read_instance(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    OrthancBuffer file(context_);
    const auto code = OrthancPluginGetDicomForInstance(context_, file.out(), id.c_str());
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, "/instances/" + id + "/file"));
    const auto bytes = file.view();
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

Result<std::vector<std::uint8_t>> OrthancArchive::read_little_endian(const std::string& id) {
    auto bytes = read_instance(id);
    if (!bytes) return bytes;
    const auto syntax = get("/instances/" + id + "/metadata/TransferSyntax");
    return syntax && is_other_encoding(*syntax) ? re_encoded(context_, *bytes) : bytes;
}

Result<StoredInstance> OrthancArchive::store_instance(std::span<const std::uint8_t> dicom) {
    const std::string uri = "/instances";
    if (dicom.empty() || dicom.size() > std::numeric_limits<std::uint32_t>::max())
        return failure(ErrorCode::invalid_argument, "a result of " + std::to_string(dicom.size()) + " bytes");
    OrthancBuffer answer(context_);
    const auto code = OrthancPluginRestApiPost(context_, answer.out(), uri.c_str(), dicom.data(),
                                               static_cast<std::uint32_t>(dicom.size()));
    if (code == OrthancPluginErrorCode_BadFileFormat)
        return failure(ErrorCode::invalid_argument, "Orthanc cannot read the result as DICOM");
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    const json stored = parse(std::string(answer.view()));
    const auto status = text_at(stored, "Status");
    StoredInstance instance{text_at(stored, "ID"), text_at(stored, "ParentSeries"),
                            text_at(stored, "ParentStudy"), status == "AlreadyStored"};
    if (status == "FilteredOut")
        return failure(ErrorCode::invalid_argument, "a filter of Orthanc refuses the result");
    if ((status != "Success" && status != "AlreadyStored") || !is_id(instance.instance_id))
        return unexpected_answer(uri);
    return instance;
}

Result<void> OrthancArchive::delete_instance(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const std::string uri = "/instances/" + id;
    const auto code = OrthancPluginRestApiDelete(context_, uri.c_str());
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    return {};
}

Result<std::string> OrthancArchive::forward(const Destination& destination,
                                            const std::vector<std::string>& orthanc_instance_ids) {
    const bool modality = destination.kind == Destination::Kind::modality;
    const std::string uri = modality ? "/modalities/" + destination.name + "/store"
                                     : "/dicom-web/servers/" + destination.name + "/stow";
    const std::string body = json{{"Resources", orthanc_instance_ids}, {"Synchronous", false}}.dump();
    OrthancBuffer answer(context_);
    // After the plugins: the DICOMweb routes are one's own.
    const auto code = OrthancPluginRestApiPostAfterPlugins(context_, answer.out(), uri.c_str(), body.data(),
                                                           static_cast<std::uint32_t>(body.size()));
    if (code != OrthancPluginErrorCode_Success) return failure(error_of(code, uri));
    auto id = text_at(parse(std::string(answer.view())), "ID");
    if (id.empty()) return unexpected_answer(uri);
    return id;
}

Result<std::string> OrthancArchive::series_of_instance(const std::string& id) {
    if (!is_id(id)) return no_such_id();
    const std::string uri = "/instances/" + id;
    const auto answer = get(uri);
    if (!answer) return failure(answer.error());
    auto series = text_at(parse(*answer), "ParentSeries");
    if (!is_id(series)) return unexpected_answer(uri);
    return series;
}

Result<ArchiveChanges> OrthancArchive::changes(std::int64_t after, int limit) {
    const std::string uri = "/changes?since=" + std::to_string(after) + "&limit=" + std::to_string(limit);
    const auto answer = get(uri);
    if (!answer) return failure(answer.error());
    const json page = parse(*answer);
    if (!page.is_object() || !page.contains("Changes") || !page["Changes"].is_array())
        return unexpected_answer(uri);
    ArchiveChanges changes;
    for (const auto& row : page["Changes"])
        changes.changes.push_back({number_at(row, "Seq"), text_at(row, "ChangeType"), text_at(row, "ID")});
    changes.last = std::max(after, number_at(page, "Last"));
    const auto done = page.find("Done");
    changes.done = done == page.end() || !done->is_boolean() || done->get<bool>();
    return changes;
}

Result<std::int64_t> OrthancArchive::last_change() {
    const auto answer = get("/changes?last");
    if (!answer) return failure(answer.error());
    const json page = parse(*answer);
    if (!page.is_object()) return unexpected_answer("/changes?last");
    return number_at(page, "Last");
}

std::string OrthancArchive::version() const {
    return context_->orthancVersion;
}

}  // namespace spineseg
