// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/explain/series_files.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "core/image_file_name.h"
#include "dicom/read/header_values.h"
#include "dicom/read/series.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{512} << 20;

Result<void> collect(const fs::path& path, std::vector<fs::path>& files) {
    std::error_code error;
    if (!fs::exists(path, error))
        return failure(ErrorCode::file_not_found, path.string() + " does not exist");
    const auto add = [&](const fs::path& file) {
        if (is_image_file_name(file.filename().string())) files.push_back(file);
        return files.size() <= kMaxExplainedFiles;
    };
    bool fits = true;
    if (!fs::is_directory(path, error)) {
        fits = add(path);
    } else {
        fs::recursive_directory_iterator it(path, error), end;
        for (; !error && fits && it != end; it.increment(error))
            if (it->is_regular_file(error)) fits = add(it->path());
        if (error) return failure(ErrorCode::file_unreadable, path.string() + ": " + error.message());
    }
    if (!fits)
        return failure(ErrorCode::invalid_argument,
                       path.string() + ": more than " + std::to_string(kMaxExplainedFiles) + " files");
    return {};
}

std::string value_of(const dicom::HeaderValues& header, std::string_view keyword) {
    const auto found = std::find_if(header.values.begin(), header.values.end(),
                                    [&](const auto& value) { return value.first == keyword; });
    return found == header.values.end() ? std::string() : found->second;
}

SurveyedInstance surveyed(const fs::path& file, const dicom::HeaderValues& header) {
    return {file.filename().string(),
            header.sop_instance_uid,
            header.sop_class_uid,
            value_of(header, "SeriesDescription"),
            value_of(header, "ProtocolName"),
            value_of(header, "BodyPartExamined"),
            header.frames};
}

void add_instance(const dicom::HeaderValues& header, SeriesTags& tags) {
    tags.instances.push_back({{},
                              header.sop_instance_uid,
                              parse_orientation(value_of(header, "ImageOrientationPatient")),
                              parse_position(value_of(header, "ImagePositionPatient"))});
}

void take_values(const dicom::HeaderValues& header, SeriesTags& tags) {
    tags.patient = read_patient({.age = value_of(header, "PatientAge"),
                                 .birth_date = value_of(header, "PatientBirthDate"),
                                 .study_date = value_of(header, "StudyDate"),
                                 .size = value_of(header, "PatientSize"),
                                 .weight = value_of(header, "PatientWeight")});
    for (const auto& [keyword, value] : header.values) tags.take(keyword, value);
}

Result<dicom::HeaderValues> header_of(const fs::path& file, const ImageWords& words, bool* stray = nullptr) {
    const auto bytes = read_file(file);
    if (!bytes) return failure(bytes.error());
    const dicom::InstanceBytes instance{file.filename().string(), *bytes};
    if (stray != nullptr) *stray = dicom::is_stray_file(instance);
    return dicom::read_header_values(instance, words);
}

/// What `segment` would say of a folder: a damaged file is the fault of the series beside it.
void blame_damaged_files(FoundFiles& found) {
    std::map<fs::path, std::vector<SeriesFiles*>> folders;
    for (auto& series : found.series)
        for (const auto& file : series.files) {
            auto& there = folders[file.parent_path()];
            if (there.empty() || there.back() != &series) there.push_back(&series);
        }
    for (const auto& [file, error, stray] : found.unreadable) {
        const auto folder = folders.find(file.parent_path());
        if (stray || folder == folders.end() || folder->second.size() != 1) continue;
        auto& fault = folder->second.front()->fault;
        if (!fault) fault = error;
    }
}

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const fs::path& file) {
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error) return failure(ErrorCode::file_unreadable, file.string() + ": " + error.message());
    if (size > kMaxFileBytes)
        return failure(ErrorCode::file_unreadable, file.string() + " is larger than 512 MiB");
    std::vector<std::uint8_t> bytes(size);
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
        return failure(ErrorCode::file_unreadable, file.string() + " cannot be read");
    return bytes;
}

Result<FoundFiles> find_series(const std::vector<fs::path>& paths, const ImageWords& words) {
    std::vector<fs::path> files;
    for (const auto& path : paths)
        if (auto collected = collect(path, files); !collected) return failure(collected.error());
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());

    FoundFiles found;
    std::map<std::string, std::size_t> places;
    std::vector<std::vector<SurveyedInstance>> surveys;
    for (const auto& file : files) {
        bool stray = false;
        const auto header = header_of(file, words, &stray);
        if (!header) {
            found.unreadable.push_back({file, header.error(), stray});
            continue;
        }
        const auto [place, is_new] = places.emplace(header->series_instance_uid, found.series.size());
        if (is_new) surveys.emplace_back();
        surveys[place->second].push_back(surveyed(file, *header));
        if (is_new) found.series.emplace_back().tags.series_instance_uid = header->series_instance_uid;
        auto& series = found.series[place->second];
        add_instance(*header, series.tags);
        series.files.push_back(file);
    }
    for (std::size_t i = 0; i < found.series.size(); ++i) {
        auto& series = found.series[i];
        series.tags.survey = survey_series(surveys[i]);
        const auto representative = header_of(series.files[series.tags.survey->representative], words);
        if (representative) take_values(*representative, series.tags);
    }
    blame_damaged_files(found);
    return found;
}

}  // namespace spineseg
