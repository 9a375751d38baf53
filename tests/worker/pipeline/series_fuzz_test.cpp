// SPDX-License-Identifier: GPL-3.0-or-later
/// Bad input on the worker's own road, from the bytes of a job up to the model: ten thousand mutations of a
/// series that is good enough for the model, and real broken files. Nothing crashes, each answer comes in
/// bounded time, and what is not refused is the good series in all but its pixels' values. The seeds are
/// fixed: a failure repeats.

#include <gtest/gtest.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "tests/dicom/file_mutation.h"
#include "tests/dicom/sample_series.h"
#include "tests/worker/inference/small_bundle.h"
#include "worker/job/series_segmentation.h"
#include "worker/model_grid/to_model_grid.h"

namespace spineseg {
namespace series_fuzz_test {

using namespace dicom::testing;

constexpr int kMutations = 10000;
constexpr double kMostSeconds = 2;  ///< of processor time for one answer

double processor_seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// Five slices of 105 x 110 mm: as small as the model takes them.
Volume good_volume() {
    Geometry geometry = sagittal_geometry(42, 44, 5, 3);
    geometry.column_spacing = geometry.row_spacing = 2.5;
    return random_volume(geometry, 5);
}

InputPlan small_plan() {
    InputPlan plan;
    plan.spacing_mm = 2.5;
    plan.canvas_rows = plan.canvas_columns = 64;
    return plan;
}

TEST(SeriesFuzz, TenThousandMutationsAreRefusedOrHarmless) {
    const Files good = sample_files(good_volume());
    const Geometry geometry = read_good(good).volume.geometry;
    ASSERT_TRUE(prepare(read_good(good).volume, small_plan()));
    std::mt19937 random(20261122);
    int refused = 0, harmless = 0;
    double slowest = 0;
    for (int i = 0; i < kMutations; ++i) {
        Files files = good;
        auto& victim = files.bytes[static_cast<std::size_t>(i) % files.bytes.size()];
        // Half of the damage in the header, where it decides; a file is mostly pixels.
        if (i % 2 == 0) {
            std::vector<std::uint8_t> header(victim.begin(), victim.begin() + 1400);
            dicom::testing::mutate(header, random);
            header.insert(header.end(), victim.begin() + 1400, victim.end());
            victim = std::move(header);
        } else {
            dicom::testing::mutate(victim, random);
        }
        const double start = processor_seconds();
        const auto instances = files.instances();
        const auto series = dicom::read_series(instances);
        const auto prepared =
            series ? prepare(series->volume, small_plan()) : Result<PreparedVolume>(failure(series.error()));
        slowest = std::max(slowest, processor_seconds() - start);
        if (!prepared) {
            ASSERT_EQ(fate_of(prepared.error().code), JobFate::reject)
                << "mutation " << i << ": " << prepared.error().describe();
            ++refused;
            continue;
        }
        ++harmless;
        // Positions may have changed by as much as the checks tolerate, and no further.
        ASSERT_TRUE(same_grid(series->volume.geometry, geometry, 2.0)) << "mutation " << i;
        ASSERT_EQ(series->sources.size(), 5u) << "mutation " << i;
    }
    EXPECT_LT(slowest, kMostSeconds);
    // Both kinds occur, or the mutations would not reach the code that they are for.
    EXPECT_GT(refused, kMutations / 20);
    EXPECT_GT(harmless, kMutations / 20);
}

TEST(SeriesFuzz, RealBrokenFilesNeverYieldAResult) {
    if (shared_dicom_data().empty()) GTEST_SKIP() << "no shared data beside this checkout";
    const SmallBundle bundle;
    const auto segmenter =
        Segmenter::load(bundle.folder(), {.precision = Precision::float32, .threads = 1}).value();
    SeriesJobRunner runner(*segmenter);
    const auto outcome_of = [&](const std::vector<std::filesystem::path>& files) {
        JobInput input;
        for (const auto& file : files)
            input.instances.push_back({file.filename().string(), read_bytes(file)});
        const auto product = runner.run(input, [](const Progress& progress) {
            EXPECT_LE(progress.stage, Stage::reading);  // the model is never asked
            return true;
        });
        EXPECT_FALSE(product);
        return product ? std::string("a result") : std::string(to_string(product.error().code));
    };
    std::vector<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::directory_iterator(shared_dicom_data() / "broken")) {
        all.push_back(entry.path());
        const auto code = error_code_from_string(outcome_of({entry.path()}));
        ASSERT_TRUE(code) << entry.path();
        EXPECT_EQ(fate_of(*code), JobFate::reject) << entry.path();
    }
    EXPECT_GE(all.size(), 12u);
    EXPECT_NE(outcome_of(all), "a result");
    EXPECT_NE(outcome_of({}), "a result");
}

}  // namespace series_fuzz_test
}  // namespace spineseg
