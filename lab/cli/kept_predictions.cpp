// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/kept_predictions.h"

#include <cmath>
#include <optional>
#include <system_error>

#include "lab/cli/evaluation_cases.h"
#include "lab/evaluation/reader_gap.h"
#include "worker/cli/loaded_model.h"
#include "worker/cli/progress_line.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/phantom/phantom.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;
namespace {

/// Probabilities are kept as numbers 0 to 255.
Volume as_volume(const Grid<std::uint8_t>& map) {
    return {map.geometry, std::vector<float>(map.voxels.begin(), map.voxels.end())};
}

Result<Grid<std::uint8_t>> read_probability(const fs::path& file) {
    const auto volume = read_volume(file);
    if (!volume) return failure(volume.error());
    Grid<std::uint8_t> map{volume->geometry, {}};
    map.voxels.reserve(volume->voxels.size());
    for (const float value : volume->voxels) {
        if (!(value >= 0 && value <= 255))
            return failure(ErrorCode::file_unreadable, file.string() + " holds other values than 0 to 255");
        map.voxels.push_back(static_cast<std::uint8_t>(std::lround(value)));
    }
    return map;
}

class KeptPredictions {
  public:
    KeptPredictions(const PredictedCases& cases, Segmenter& segmenter)
        : request_(cases.request), pipeline_(segmenter) {
        if (cases.results.empty()) return;
        const auto number = [](const std::optional<int>& value) {
            return value ? std::to_string(*value) : std::string("-");
        };
        folder_ = fs::path(cases.results) /
                  (segmenter.manifest().digest().substr(0, 12) + "_" + number(request_.samples) + "_" +
                   number(request_.steps) + "_" + std::to_string(request_.seed));
    }

    Result<KeptPrediction> of(const std::string& name, const Volume& image) {
        if (!folder_.empty() && fs::exists(folder_ / name / "uncertainty.mha")) return read(folder_ / name);
        ProgressLine line(name);
        auto run = pipeline_.run(image, request_, [&](const Progress& p) { return line.show(p); });
        if (!run) return failure(run.error());
        KeptPrediction prediction{std::move(run->labels), std::move(run->uncertainty),
                                  std::move(run->probability)};
        if (folder_.empty()) return prediction;
        if (auto written = write(prediction, folder_ / name); !written) return failure(written.error());
        return prediction;
    }

  private:
    static std::string file_of(Structure structure) {
        return std::string("probability-") + to_string(structure) + ".mha";
    }

    static Result<KeptPrediction> read(const fs::path& folder) {
        auto labels = read_label_map(folder / "labels.mha");
        if (!labels) return failure(labels.error());
        auto uncertainty = read_volume(folder / "uncertainty.mha");
        if (!uncertainty) return failure(uncertainty.error());
        KeptPrediction prediction{std::move(*labels), std::move(*uncertainty), {}};
        for (int s = 0; s < kStructures; ++s) {
            auto map = read_probability(folder / file_of(static_cast<Structure>(s)));
            if (!map) return failure(map.error());
            prediction.probability.maps[static_cast<std::size_t>(s)] = std::move(*map);
        }
        return prediction;
    }

    /// The file that says that all are there comes last.
    static Result<void> write(const KeptPrediction& prediction, const fs::path& folder) {
        std::error_code error;
        fs::create_directories(folder, error);
        if (error) return failure(ErrorCode::file_unwritable, folder.string() + ": " + error.message());
        auto written = write_mha(prediction.labels, folder / "labels.mha");
        for (int s = 0; s < kStructures && written; ++s) {
            const auto structure = static_cast<Structure>(s);
            written = write_mha(as_volume(prediction.probability.of(structure)), folder / file_of(structure));
        }
        if (!written) return written;
        return write_mha(prediction.uncertainty, folder / "uncertainty.mha");
    }

    SegmentRequest request_;
    Pipeline pipeline_;
    fs::path folder_;
};

Result<PredictedCase> predict_image(const PredictedCases& cases, const SelectedFile& file,
                                    KeptPredictions& kept) {
    const fs::path masks = cases.masks.empty() ? fs::path(cases.data) / "masks" : fs::path(cases.masks);
    const auto image = read_volume(file.image);
    if (!image) return failure(image.error());
    const auto upright = as_sagittal_stack(*image);
    if (!upright) return failure(upright.error());
    const auto truth = read_label_map(masks / file.image.filename());
    if (!truth) return failure(truth.error());
    auto drawn = as_sagittal_stack(*truth);
    if (!drawn) return failure(drawn.error());
    auto prediction = kept.of(file.image.stem().string(), *upright);
    if (!prediction) return failure(prediction.error());
    return PredictedCase{file.id, false, std::move(*prediction), std::move(*drawn), {}};
}

/// The truth is drawn twice as fine, so that its borders are no worse than a tenth of a millimetre.
Result<PredictedCase> predict_phantom(int seed, KeptPredictions& kept) {
    PhantomRequest request{.seed = static_cast<std::uint64_t>(seed)};
    auto phantom = make_phantom(request);
    if (!phantom) return failure(phantom.error());
    request.columns *= 2;
    request.rows *= 2;
    request.pixel_spacing *= 0.5;
    auto fine = make_phantom(request);
    if (!fine) return failure(fine.error());
    auto prediction = kept.of("phantom-" + std::to_string(seed), phantom->image);
    if (!prediction) return failure(prediction.error());
    return PredictedCase{"phantom " + std::to_string(seed), true, std::move(*prediction),
                         with_reader_gap(fine->labels), std::move(phantom->parts)};
}

}  // namespace

void add_predicted_cases_options(CLI::App& command, PredictedCases& cases) {
    auto* data = command.add_option("--data", cases.data, "Folder with images/ and masks/");
    command.add_option("--ids", cases.ids, "Cases of --data, e.g. 18,55,98")->delimiter(',')->needs(data);
    command
        .add_option("--masks", cases.masks,
                    "Folder of the masks, which may lie on a finer grid (default: DATA/masks)")
        ->needs(data);
    command.add_option("--phantoms", cases.phantoms, "As many phantoms besides, seeds 0, 1, ...")
        ->check(CLI::Range(0, 1000));
    command.add_option("--results", cases.results,
                       "Folder that keeps what the model said, to be used again with the same model");
    add_model_options(command, cases.model);
    command.add_option("--samples", cases.request.samples, "Samples of the ensemble (default: the model's)")
        ->check(CLI::Range(0, 64));
    command.add_option("--seed", cases.request.seed, "Seed of the noise")->capture_default_str();
}

Result<void> visit_predictions(const PredictedCases& cases,
                               const std::function<Result<void>(const PredictedCase&)>& visit) {
    const auto segmenter = load_model(cases.model);
    if (!segmenter) return failure(segmenter.error());
    KeptPredictions kept(cases, **segmenter);
    CaseSelection selection;
    selection.data = cases.data;
    selection.ids = cases.ids;
    const auto files = select_files(selection);
    if (!files) return failure(files.error());
    for (const auto& file : *files) {
        const auto one = predict_image(cases, file, kept);
        if (!one) return failure(one.error().code, file.image.string() + ": " + one.error().detail);
        if (auto visited = visit(*one); !visited) return visited;
    }
    for (int seed = 0; seed < cases.phantoms; ++seed) {
        const auto one = predict_phantom(seed, kept);
        if (!one) return failure(one.error());
        if (auto visited = visit(*one); !visited) return visited;
    }
    return {};
}

}  // namespace spineseg
