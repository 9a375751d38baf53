// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/dataset_folder.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <tuple>

#include "worker/volume_files/nnunet_dataset.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

struct Layout {
    fs::path images, masks;
    LabelCode labels;
    std::string channel;  ///< what follows an image's name: "" or "_0000"
};

/// The first of these folders that is there; the original's scripts spell nnU-Net's in two ways.
fs::path existing(const fs::path& folder, std::initializer_list<const char*> names) {
    std::error_code ignored;
    for (const char* name : names)
        if (fs::is_directory(folder / name, ignored)) return folder / name;
    return {};
}

Result<Layout> layout_of(const fs::path& folder) {
    if (const auto images = existing(folder, {"images"}); !images.empty())
        return Layout{images, folder / "masks", LabelCode::spider(), ""};
    if (const auto images = existing(folder, {"imagesTr", "ImagesTr"}); !images.empty()) {
        const auto dataset = read_nnunet_dataset(folder / "dataset.json");
        if (!dataset) return failure(dataset.error());
        const auto masks = existing(folder, {"labelsTr", "LabelsTr"});
        return Layout{images, masks.empty() ? folder / "labelsTr" : masks, dataset->labels, "_0000"};
    }
    return failure(ErrorCode::file_not_found,
                   folder.string() + " has neither images/ (SPIDER's layout) nor imagesTr/ (nnU-Net's)");
}

/// The file's name without the ending of a volume; empty for other files.
std::string stem_of(const fs::path& file) {
    const std::string name = file.filename().string();
    for (const std::string_view ending : {".mha", ".nii.gz", ".nii"})
        if (name.size() > ending.size() && name.ends_with(ending) && !name.starts_with('.'))
            return name.substr(0, name.size() - ending.size());
    return "";
}

Result<std::map<std::string, fs::path>> volumes_in(const fs::path& folder) {
    std::map<std::string, fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(folder, error)) {
        const std::string stem = stem_of(entry.path());
        if (stem.empty()) continue;
        if (!found.emplace(stem, entry.path()).second)
            return failure(ErrorCode::invalid_argument,
                           folder.string() + " holds " + stem + " twice, in different formats; remove one");
    }
    if (error) return failure(ErrorCode::file_not_found, folder.string() + ": " + error.message());
    return found;
}

/// "2_t1" before "10_t1", as a person lists them.
bool before(const DatasetSeries& a, const DatasetSeries& b) {
    const auto key = [](const DatasetSeries& s) {
        const auto& patient = s.parsed.patient;
        const bool number = patient.find_first_not_of("0123456789") == std::string::npos;
        return std::tuple(!number, number ? patient.size() : 0, patient, s.name);
    };
    return key(a) < key(b);
}

}  // namespace

Result<std::vector<DatasetSeries>> series_in(const fs::path& folder) {
    const auto layout = layout_of(folder);
    if (!layout) return failure(layout.error());
    const auto images = volumes_in(layout->images);
    if (!images) return failure(images.error());
    auto masks = volumes_in(layout->masks);
    if (!masks) return failure(masks.error());
    std::vector<DatasetSeries> series;
    for (const auto& [stem, image] : *images) {
        if (!stem.ends_with(layout->channel))
            return failure(ErrorCode::invalid_argument,
                           image.string() + ": nnU-Net's images end in _0000, and one channel is read");
        const std::string name = stem.substr(0, stem.size() - layout->channel.size());
        const auto mask = masks->find(name);
        if (mask == masks->end())
            return failure(ErrorCode::file_not_found,
                           image.string() + " has no mask " + (layout->masks / name).string() + ".*");
        series.push_back({name, parse_case_name(name), image, mask->second, layout->labels});
        masks->erase(mask);
    }
    if (!masks->empty())
        return failure(ErrorCode::file_not_found, masks->begin()->second.string() + " has no image " +
                                                      (layout->images / masks->begin()->first).string() +
                                                      layout->channel + ".*");
    if (series.empty())
        return failure(ErrorCode::file_not_found, layout->images.string() + " holds no volume");
    std::sort(series.begin(), series.end(), before);
    return series;
}

Result<std::vector<DatasetSeries>> series_in(const std::vector<fs::path>& folders) {
    std::vector<DatasetSeries> all;
    std::map<std::string, fs::path> seen;
    for (const auto& folder : folders) {
        auto series = series_in(folder);
        if (!series) return failure(series.error());
        for (auto& one : *series) {
            const auto [first, fresh] = seen.emplace(one.name, one.image);
            if (!fresh)
                return failure(ErrorCode::invalid_argument, one.image.string() + " and " +
                                                                first->second.string() +
                                                                " have the same name; rename one of them");
            all.push_back(std::move(one));
        }
    }
    return all;
}

bool listed(const std::vector<std::string>& entries, const CaseName& name) {
    return std::any_of(entries.begin(), entries.end(),
                       [&](const auto& entry) { return names_case(parse_case_name(entry), name); });
}

}  // namespace spineseg
