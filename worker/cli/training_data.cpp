// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/training_data.h"

#include <algorithm>

#include "worker/formats/volume_file.h"
#include "worker/phantom/phantom.h"
#include "worker/preprocessor.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

Result<TrainingCase> training_case(std::string id, const Volume& image, const LabelMap& labels,
                                   const InputPlan& input) {
    auto prepared = prepare_case(image, labels, input);
    if (!prepared) return failure(prepared.error().code, id + ": " + prepared.error().detail);
    return TrainingCase{.id = std::move(id), .slices = prepared->slices, .labels = prepared->labels};
}

Result<TrainingCase> spider_case(const fs::path& image_file, const fs::path& data, const InputPlan& input) {
    const auto image = read_volume(image_file);
    if (!image) return failure(image.error());
    const auto labels = read_label_map(data / "masks" / image_file.filename());
    if (!labels) return failure(labels.error());
    return training_case(image_file.stem().string(), *image, *labels, input);
}

/// Half of the phantoms look like T1 or T2, half like nothing that a scanner makes: domain randomisation.
Result<TrainingCase> phantom_case(std::uint64_t seed, const InputPlan& input) {
    PhantomRequest request;
    request.seed = seed;
    request.contrast = seed % 2 == 1   ? PhantomContrast::random
                       : seed % 4 == 0 ? PhantomContrast::t2
                                       : PhantomContrast::t1;
    const auto phantom = make_phantom(request);
    if (!phantom) return failure(phantom.error());
    auto made = training_case("phantom-" + std::to_string(seed), phantom->image, phantom->labels, input);
    if (made) made->synthetic = true;
    return made;
}

bool contains(const std::vector<std::string>& list, const std::string& id) {
    return std::find(list.begin(), list.end(), id) != list.end();
}

}  // namespace

std::string case_id_of(const fs::path& image) {
    const std::string stem = image.stem().string();
    return stem.substr(0, stem.find('_'));
}

Result<std::vector<fs::path>> images_of(const fs::path& data, const std::string& id) {
    std::vector<fs::path> found;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(data / "images", error)) {
        const fs::path& file = entry.path();
        if (file.extension() == ".mha" && (id.empty() || case_id_of(file) == id)) found.push_back(file);
    }
    if (error) return failure(ErrorCode::file_not_found, (data / "images").string() + ": " + error.message());
    if (found.empty())
        return failure(ErrorCode::file_not_found,
                       "no " + (id.empty() ? "" : id + "_") + "*.mha in " + (data / "images").string());
    std::sort(found.begin(), found.end());
    return found;
}

Result<std::vector<TrainingCase>> load_training_cases(const TrainingDataRequest& request,
                                                      const InputPlan& input,
                                                      const std::function<void(const std::string&)>& report) {
    std::vector<fs::path> images;
    for (const auto& id : request.ids.empty() ? std::vector<std::string>{""} : request.ids) {
        const auto found = images_of(request.data, id);
        if (!found) return failure(found.error());
        images.insert(images.end(), found->begin(), found->end());
    }
    std::vector<TrainingCase> cases;
    const auto keep = [&](Result<TrainingCase> made) -> Result<void> {
        if (!made) return failure(made.error());
        report(made->id);
        cases.push_back(std::move(*made));
        return {};
    };
    for (const auto& image : images) {
        if (contains(request.exclude, case_id_of(image))) continue;
        if (auto kept = keep(spider_case(image, request.data, input)); !kept) return failure(kept.error());
    }
    for (int i = 0; i < request.phantoms; ++i)
        if (auto kept = keep(phantom_case(request.phantom_seed + static_cast<std::uint64_t>(i), input));
            !kept)
            return failure(kept.error());
    return cases;
}

}  // namespace spineseg
