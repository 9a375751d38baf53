// SPDX-License-Identifier: GPL-3.0-or-later
/// Seconds and memory of everything around the model on one core: a series of 20 slices of 512 x 640 read
/// from memory, levels found and measured, and every result object written. The target is 0.5 s and 300 MB
/// for reading and all objects; the colour pictures, which are off unless configured, are counted apart.
/// usage: spineseg_bench_dicom

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "dicom/read/series.h"
#include "dicom/write/mr_series_writer.h"
#include "dicom/write/pmap/parametric_map_writer.h"
#include "dicom/write/result_file.h"
#include "dicom/write/sc/picture_writer.h"
#include "dicom/write/seg/segmentation_writer.h"
#include "dicom/write/sr/report_writer.h"
#include "tools/bench/peak_memory.h"
#include "worker/drawing/slice_drawing.h"
#include "worker/levels/find_levels.h"
#include "worker/levels/measure.h"

namespace {

using namespace spineseg;

constexpr double kTargetSeconds = 0.5;
constexpr double kTargetMib = 300e6 / (1 << 20);
constexpr int kRuns = 5;

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "%s\n", error.describe().c_str());
    std::exit(1);
}

Geometry sagittal(int columns, int rows, int slices) {
    Geometry g;
    g.columns = columns;
    g.rows = rows;
    g.slices = slices;
    g.origin = {-40, -150, 180};
    g.row_direction = {0, 1, 0};
    g.column_direction = {0, 0, -1};
    g.slice_direction = {-1, 0, 0};
    g.column_spacing = g.row_spacing = 0.55;
    g.slice_spacing = 4;
    return g;
}

/// What a job has in its hands when the model has ended.
struct Scene {
    std::vector<std::vector<std::uint8_t>> files;
    LabelMap labels;
    Volume uncertainty;
    StructureProbabilities probability;
    dicom::Provenance provenance;
};

/// What the steps of a run hand on.
struct Product {
    dicom::Series series;
    SpineLevels levels;
    std::vector<StructureMeasurements> measurements;
    std::vector<dicom::ResultFile> cited;
};

std::vector<std::vector<std::uint8_t>> write_series(const Volume& volume) {
    const auto folder =
        std::filesystem::temp_directory_path() / ("spineseg-bench-" + std::to_string(getpid()));
    const auto written = dicom::write_mr_series(volume, {}, folder);
    if (!written) give_up(written.error());
    std::vector<std::vector<std::uint8_t>> files;
    for (const auto& file : *written) {
        std::ifstream stream(file, std::ios::binary);
        files.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
    }
    std::filesystem::remove_all(folder);
    return files;
}

/// Seven vertebrae with discs beneath them and a canal behind, all of them boxes, through the whole stack.
std::uint8_t label_at(const Geometry& g, int column, int row) {
    const double y = g.column_spacing * column;
    const double z = g.row_spacing * row;
    if (y > 150 && y < 166) return 100;
    if (y < 110 || y > 146) return 0;
    const double level = std::fmod(z - 15, 42);
    if (z < 15 || z > 15 + 7 * 42) return 0;
    return level < 30 ? 1 : level > 32 && level < 40 ? 201 : 0;
}

/// A column in every slice, and a map that is nowhere constant: as large as results can be.
Scene make_scene() {
    const Geometry geometry = sagittal(512, 640, 20);
    Volume image{geometry, std::vector<float>(geometry.voxel_count())};
    Scene scene;
    scene.labels = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    scene.uncertainty = {geometry, std::vector<float>(geometry.voxel_count())};
    for (auto& map : scene.probability.maps) map = scene.labels;
    const std::size_t plane = geometry.slice_voxel_count();
    for (std::size_t i = 0; i < image.voxels.size(); ++i) {
        image.voxels[i] = static_cast<float>(i * 2654435761u % 4096);
        const auto pixel = static_cast<int>(i % plane);
        scene.labels.voxels[i] = label_at(geometry, pixel % geometry.columns, pixel / geometry.columns);
        scene.uncertainty.voxels[i] = static_cast<float>(i * 40503u % 1000) / 1000;
    }
    scene.files = write_series(image);
    scene.provenance.model_id = "bench";
    scene.provenance.model_version = "1";
    scene.provenance.model_digest = std::string(64, '0');
    scene.provenance.software_version = "bench";
    scene.provenance.made.utc = Timestamp(std::chrono::seconds(1'795'342'272));
    return scene;
}

/// One line of the table. A new kind of result object is one more of these.
struct Step {
    const char* name;
    bool always;  ///< false: only where it is configured
    std::function<Result<std::size_t>(const Scene&, Product&)> bytes;
};

std::size_t size_of(const std::vector<dicom::ResultFile>& files) {
    std::size_t bytes = 0;
    for (const auto& file : files) bytes += file.dicom.size();
    return bytes;
}

Result<std::size_t> read(const Scene& scene, Product& product) {
    std::vector<dicom::InstanceBytes> instances;
    for (const auto& file : scene.files) instances.push_back({"slice", file});
    auto series = dicom::read_series(instances);
    if (!series) return failure(series.error());
    product.series = std::move(*series);
    return instances.size() * scene.files.front().size();
}

Result<std::size_t> find_and_measure(const Scene& scene, Product& product) {
    auto levels = find_levels(scene.labels, &scene.uncertainty);
    if (!levels) return failure(levels.error());
    product.levels = std::move(*levels);
    auto measurements = measure(product.levels, &scene.probability);
    if (!measurements) return failure(measurements.error());
    product.measurements = std::move(*measurements);
    return std::size_t{0};
}

Result<std::size_t> write_levels(const Scene& scene, Product& product) {
    auto files = dicom::write_segmentation(product.series, product.levels, scene.provenance);
    if (!files) return failure(files.error());
    product.cited = std::move(*files);
    return size_of(product.cited);
}

Result<std::size_t> write_map(const Scene& scene, Product& product) {
    auto file = dicom::write_parametric_map(product.series, scene.uncertainty, scene.provenance);
    if (!file) return failure(file.error());
    const std::size_t bytes = file->dicom.size();
    product.cited.push_back(std::move(*file));
    return bytes;
}

Result<std::size_t> write_report(const Scene& scene, Product& product) {
    const auto file =
        dicom::write_report(product.series, {product.levels, product.measurements, std::nullopt},
                            product.cited, scene.provenance);
    if (!file) return failure(file.error());
    return file->dicom.size();
}

Result<std::size_t> write_pictures(const Scene& scene, Product& product) {
    auto drawn = draw_contours(product.series.volume, product.levels, {"bench 1"});
    if (!drawn) return failure(drawn.error());
    std::vector<dicom::SlicePicture> pictures;
    for (auto& one : *drawn) pictures.push_back({one.slice, one.scale, std::move(one.rgb)});
    const auto files =
        dicom::write_pictures(product.series, ResultKind::contours, pictures, scene.provenance);
    if (!files) return failure(files.error());
    return size_of(*files);
}

const std::vector<Step>& steps() {
    static const std::vector<Step> all{
        {"read series", true, read},
        {"find levels, measure", true, find_and_measure},
        {"write Segmentation", true, write_levels},
        {"write Parametric Map", true, write_map},
        {"write report", true, write_report},
        {"write contour pictures", false, write_pictures},
    };
    return all;
}

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of every step.
std::vector<double> run_once(const Scene& scene, std::vector<std::size_t>& bytes) {
    Product product;
    std::vector<double> seconds;
    bytes.clear();
    for (const auto& step : steps()) {
        Result<std::size_t> written = 0;
        seconds.push_back(seconds_of([&] { written = step.bytes(scene, product); }));
        if (!written) give_up(written.error());
        bytes.push_back(*written);
    }
    return seconds;
}

}  // namespace

int main() {
    const Scene scene = make_scene();
    const bool reset = reset_peak_memory();
    std::vector<std::vector<double>> runs;
    std::vector<std::size_t> bytes;
    for (int run = 0; run < kRuns; ++run) runs.push_back(run_once(scene, bytes));
    std::printf("dicom, 20 slices of 512 x 640, median of %d runs on one core\n", kRuns);
    double total = 0;
    for (std::size_t step = 0; step < steps().size(); ++step) {
        std::vector<double> seconds;
        for (const auto& run : runs) seconds.push_back(run[step]);
        std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
        if (steps()[step].always) total += seconds[kRuns / 2];
        std::printf("  %-24s %7.3f s %8.1f MiB%s\n", steps()[step].name, seconds[kRuns / 2],
                    static_cast<double>(bytes[step]) / (1 << 20),
                    steps()[step].always ? "" : "  (not counted)");
    }
    std::printf("  %-24s %7.3f s = %.2f of the %.1f s aimed at\n", "all", total, total / kTargetSeconds,
                kTargetSeconds);
    std::printf("  %-24s %7.0f MiB = %.2f of the %.0f MiB aimed at%s\n", "peak memory", peak_memory_mib(),
                peak_memory_mib() / kTargetMib, kTargetMib, reset ? "" : " (making the input included)");
    return 0;
}
