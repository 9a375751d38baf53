// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/training_data.h"

#include <torch/types.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "lab/cli/grid_difference.h"
#include "lab/evaluation/patient_alignment.h"
#include "lab/evaluation/prepared_case.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

/// Any structure where it applies, background elsewhere.
using Marked = LabelMap;

Result<TrainingCase> training_case(std::string name, const Volume& image, const LabelMap& labels,
                                   const InputPlan& input) {
    auto prepared = prepare_case(image, labels, input);
    if (!prepared) return failure(prepared.error());
    return TrainingCase{.id = std::move(name), .slices = prepared->slices, .shares = prepared->shares};
}

/// float16 [N, 1, H, W]: which share of each pixel is marked. Undefined where nothing is.
Result<torch::Tensor> marked_share(const Volume& image, const Marked& marked, const InputPlan& input) {
    if (std::all_of(marked.voxels.begin(), marked.voxels.end(), [](auto voxel) { return voxel == 0; }))
        return torch::Tensor();
    const auto prepared = prepare_case(image, marked, input);
    if (!prepared) return failure(prepared.error());
    return prepared->shares.sum(1, /*keepdim=*/true);
}

Result<void> take_out(TrainingCase& made, const Volume& image, const Marked& cut, const InputPlan& input) {
    const auto share = marked_share(image, cut, input);
    if (!share) return failure(share.error());
    if (!share->defined()) return {};
    const torch::Tensor gone = share->select(1, 0).gt(0);
    made.slices.inside = made.slices.inside.logical_and(gone.logical_not());
    made.slices.intensities.masked_fill_(gone, 0);
    made.shares.masked_fill_(gone.unsqueeze(1), 0);
    return {};
}

/// An image with its labels on one grid, stored in any axis order, each by its own header.
struct LabelledImage {
    Volume image;
    LabelMap labels;
    Marked cut;      ///< what the network shall not see, beside what lies outside the image anyway
    Marked unknown;  ///< what nobody has labelled
};

Result<LabelledImage> read_labelled(const DatasetSeries& series, PartialVertebrae partial) {
    auto image = read_volume(series.image);
    if (!image) return failure(image.error());
    const auto numbers = read_volume(series.mask);
    if (!numbers) return failure(numbers.error());
    auto labels = fold_labels(*numbers, series.labels);
    if (!labels) return failure(labels.error().code, series.mask.string() + ": " + labels.error().detail);
    Marked cut{numbers->geometry, std::vector<std::uint8_t>(numbers->voxels.size())};
    if (partial == PartialVertebrae::cut) cut = partly_visible_vertebrae(*numbers);
    return LabelledImage{std::move(*image), std::move(*labels), std::move(cut),
                         ignored_voxels(*numbers, series.labels)};
}

Error naming(const fs::path& file, const Error& error) {
    return {error.code, file.string() + ": " + error.detail};
}

/// Both stored alike, where both are sagittal; then their grids can be compared.
Result<void> store_alike(LabelledImage& c, const DatasetSeries& series) {
    if (!is_nearly_sagittal(c.image.geometry) || !is_nearly_sagittal(c.labels.geometry)) return {};
    auto image = as_sagittal_stack(c.image);
    if (!image) return failure(naming(series.image, image.error()));
    auto labels = as_sagittal_stack(c.labels);
    if (!labels) return failure(naming(series.mask, labels.error()));
    for (Marked* marked : {&c.cut, &c.unknown})
        *marked = *as_sagittal_stack(*marked);  // the labels' own grid
    c.image = std::move(*image);
    c.labels = std::move(*labels);
    return {};
}

Result<void> align(LabelledImage& c) {
    auto aligned = aligned_with_patient(c.image, c.labels);
    if (!aligned) return failure(aligned.error());
    const auto cut = aligned_with_patient(c.image, c.cut);
    if (!cut) return failure(cut.error());
    auto unknown = aligned_with_patient(c.image, c.unknown);
    if (!unknown) return failure(unknown.error());
    c = {std::move(aligned->image), std::move(aligned->labels), std::move(aligned->outside),
         std::move(unknown->labels)};
    for (std::size_t i = 0; i < c.cut.voxels.size(); ++i) c.cut.voxels[i] |= cut->labels.voxels[i];
    return {};
}

Result<TrainingCase> phantom_case(std::uint64_t seed, const InputPlan& input) {
    const auto phantom = training_phantom(seed);
    if (!phantom) return failure(phantom.error());
    auto made = training_case("phantom-" + std::to_string(seed), phantom->image, phantom->labels, input);
    if (made) made->synthetic = true;
    return made;
}

bool begins_with(const std::string& text, const std::string& start) {
    const auto same = [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); };
    return text.size() >= start.size() && std::equal(start.begin(), start.end(), text.begin(), same);
}

Result<SpiderTable> table_of(const TrainingDataRequest& request) {
    if (!request.overview.empty()) return read_spider_table(request.overview);
    std::error_code ignored;
    for (const auto& folder : request.data)
        if (fs::exists(folder / "overview.csv", ignored)) return read_spider_table(folder / "overview.csv");
    return failure(
        ErrorCode::invalid_argument,
        "choosing by manufacturer or field strength needs SPIDER's overview.csv; give it with --overview");
}

Result<void> keep_by_scanner(std::vector<DatasetSeries>& series, const TrainingDataRequest& request) {
    const auto& filter = request.filter;
    if (filter.manufacturer.empty() && !filter.field_strength) return {};
    const auto table = table_of(request);
    if (!table) return failure(table.error());
    for (const auto& one : series)
        if (!table->contains(one.name))
            return failure(ErrorCode::invalid_argument,
                           "the overview.csv does not list the series " + one.name);
    std::erase_if(series, [&](const auto& one) {
        const SpiderSeries& facts = table->at(one.name);
        return !begins_with(facts.manufacturer, filter.manufacturer) ||
               (filter.field_strength &&
                (!facts.field_strength || std::abs(*facts.field_strength - *filter.field_strength) > 0.05));
    });
    return {};
}

}  // namespace

Result<Phantom> training_phantom(std::uint64_t seed) {
    PhantomRequest request;
    request.seed = seed;
    request.contrast = seed % 2 == 1   ? PhantomContrast::random
                       : seed % 4 == 0 ? PhantomContrast::t2
                                       : PhantomContrast::t1;
    return make_phantom(request);
}

Result<std::vector<fs::path>> images_of(const fs::path& data, const std::string& id) {
    TrainingDataRequest request{.data = {data}};
    if (!id.empty()) request.filter.ids = {id};
    const auto series = chosen_series(request);
    if (!series) return failure(series.error());
    std::vector<fs::path> images;
    for (const auto& one : *series) images.push_back(one.image);
    return images;
}

Result<std::vector<DatasetSeries>> chosen_series(const TrainingDataRequest& request) {
    auto series = series_in(request.data);
    if (!series) return failure(series.error());
    const auto& filter = request.filter;
    for (const auto& entry : filter.ids) {
        const bool there = std::any_of(series->begin(), series->end(),
                                       [&](const auto& one) { return listed({entry}, one.parsed); });
        if (!there)
            return failure(ErrorCode::not_found,
                           "there is no image of " + entry + " in " + request.data.front().string() +
                               (request.data.size() > 1 ? " and the other folders" : ""));
    }
    std::erase_if(*series, [&](const auto& one) {
        return (!filter.ids.empty() && !listed(filter.ids, one.parsed)) ||
               listed(filter.exclude, one.parsed) ||
               (filter.contrast && one.parsed.contrast != filter.contrast);
    });
    if (auto kept = keep_by_scanner(*series, request); !kept) return failure(kept.error());
    if (series->empty())
        return failure(ErrorCode::not_found, "no series is left by --ids, --exclude and the filters");
    return series;
}

Result<TrainingCase> read_training_case(const DatasetSeries& series, const TrainingDataRequest& request,
                                        const InputPlan& input) {
    auto c = read_labelled(series, request.partial);
    if (!c) return failure(c.error());
    if (auto alike = store_alike(*c, series); !alike) return failure(alike.error());
    if (const auto difference =
            grid_difference(c->image.geometry, c->labels.geometry, request.header_tolerance_mm))
        return failure(ErrorCode::invalid_argument, series.image.string() + " and its mask " +
                                                        series.mask.string() +
                                                        " do not lie on the same grid: " + *difference);
    c->labels.geometry = c->cut.geometry = c->unknown.geometry = c->image.geometry;
    if (!is_nearly_sagittal(c->image.geometry))
        if (auto aligned = align(*c); !aligned) return failure(naming(series.image, aligned.error()));
    auto made = training_case(series.name, c->image, c->labels, input);
    if (!made) return failure(naming(series.image, made.error()));
    if (auto taken = take_out(*made, c->image, c->cut, input); !taken)
        return failure(naming(series.image, taken.error()));
    const auto unknown = marked_share(c->image, c->unknown, input);
    if (!unknown) return failure(naming(series.image, unknown.error()));
    made->unknown = *unknown;
    return made;
}

Result<std::vector<TrainingCase>> load_training_cases(const TrainingDataRequest& request,
                                                      const InputPlan& input,
                                                      const std::function<void(const std::string&)>& report) {
    const auto series = chosen_series(request);
    if (!series) return failure(series.error());
    std::vector<TrainingCase> cases;
    const auto keep = [&](Result<TrainingCase> made) -> Result<void> {
        if (!made) return failure(made.error());
        report(made->id);
        cases.push_back(std::move(*made));
        return {};
    };
    for (const auto& one : *series)
        if (auto kept = keep(read_training_case(one, request, input)); !kept) return failure(kept.error());
    for (int i = 0; i < request.phantoms; ++i)
        if (auto kept = keep(phantom_case(request.phantom_seed + static_cast<std::uint64_t>(i), input));
            !kept)
            return failure(kept.error());
    return cases;
}

}  // namespace spineseg
