// SPDX-License-Identifier: GPL-3.0-or-later
/// Seconds and memory of everything around the model on one core: a series of 20 slices of 512 x 640 read
/// from memory, and every result object written. The target is 0.5 s and 300 MB for all of it. usage:
/// spineseg_bench_dicom

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "dicom/mr_series_writer.h"
#include "dicom/result_writer.h"
#include "dicom/series.h"
#include "tools/bench/peak_memory.h"

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
    dicom::Provenance provenance;
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

/// Blocks of every label in most slices, and a map that is nowhere constant: as large as results can be.
Scene make_scene() {
    const Geometry geometry = sagittal(512, 640, 20);
    Volume image{geometry, std::vector<float>(geometry.voxel_count())};
    Scene scene;
    scene.labels = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    scene.uncertainty = {geometry, std::vector<float>(geometry.voxel_count())};
    constexpr std::uint8_t kLabels[] = {0, 1, 201, 100};
    for (std::size_t i = 0; i < image.voxels.size(); ++i) {
        image.voxels[i] = static_cast<float>(i * 2654435761u % 4096);
        scene.labels.voxels[i] = kLabels[i / 97 % 4];
        scene.uncertainty.voxels[i] = static_cast<float>(i * 40503u % 1000) / 1000;
    }
    scene.files = write_series(image);
    scene.provenance.model_id = "bench";
    scene.provenance.model_version = "1";
    scene.provenance.model_digest = std::string(64, '0');
    scene.provenance.software_version = "bench";
    return scene;
}

/// One line of the table. A new kind of result object is one more of these.
struct Step {
    const char* name;
    std::function<Result<std::size_t>(const Scene&, const dicom::Series&)> bytes;
};

Result<std::size_t> size_of(const Result<dicom::ResultFile>& file) {
    if (!file) return failure(file.error());
    return file->dicom.size();
}

const std::vector<Step>& objects() {
    static const std::vector<Step> steps{
        {"write Segmentation",
         [](const Scene& scene, const dicom::Series& series) {
             return size_of(dicom::write_segmentation(series, scene.labels, scene.provenance));
         }},
        {"write Parametric Map",
         [](const Scene& scene, const dicom::Series& series) {
             return size_of(dicom::write_parametric_map(series, scene.uncertainty, scene.provenance));
         }},
    };
    return steps;
}

double seconds_of(const std::function<void()>& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Of every step, reading first.
std::vector<double> run_once(const Scene& scene, std::vector<std::size_t>& bytes) {
    std::vector<dicom::InstanceBytes> instances;
    for (const auto& file : scene.files) instances.push_back({"slice", file});
    std::vector<double> seconds;
    Result<dicom::Series> series = failure(ErrorCode::internal, "");
    seconds.push_back(seconds_of([&] { series = dicom::read_series(instances); }));
    if (!series) give_up(series.error());
    bytes.assign(1, instances.size() * scene.files.front().size());
    for (const auto& step : objects()) {
        Result<std::size_t> written = 0;
        seconds.push_back(seconds_of([&] { written = step.bytes(scene, *series); }));
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
    for (std::size_t step = 0; step <= objects().size(); ++step) {
        std::vector<double> seconds;
        for (const auto& run : runs) seconds.push_back(run[step]);
        std::nth_element(seconds.begin(), seconds.begin() + kRuns / 2, seconds.end());
        total += seconds[kRuns / 2];
        std::printf("  %-24s %7.3f s %8.1f MiB\n", step == 0 ? "read series" : objects()[step - 1].name,
                    seconds[kRuns / 2], static_cast<double>(bytes[step]) / (1 << 20));
    }
    std::printf("  %-24s %7.3f s = %.2f of the %.1f s aimed at\n", "all", total, total / kTargetSeconds,
                kTargetSeconds);
    std::printf("  %-24s %7.0f MiB = %.2f of the %.0f MiB aimed at%s\n", "peak memory", peak_memory_mib(),
                peak_memory_mib() / kTargetMib, kTargetMib, reset ? "" : " (making the input included)");
    return 0;
}
