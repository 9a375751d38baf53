// SPDX-License-Identifier: GPL-3.0-or-later
/// Seconds per stage of one series through a model bundle, as the worker runs it, on the phantom.
/// usage: spineseg_bench_series BUNDLE [SLICES]

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tools/bench/peak_memory.h"
#include "worker/inference/networks/compute_process.h"
#include "worker/inference/segmentation/segmenter.h"
#include "worker/inference/segmentation/stage_convolutions.h"
#include "worker/phantom/phantom.h"
#include "worker/pipeline/pipeline.h"

namespace {

using namespace spineseg;

[[noreturn]] void give_up(const Error& error) {
    std::fprintf(stderr, "%s\n", error.describe().c_str());
    std::exit(1);
}

void run_once(Segmenter& segmenter, const Volume& volume) {
    const auto start = std::chrono::steady_clock::now();
    const auto result =
        Pipeline(segmenter).run(volume, SegmentRequest{}, [](const Progress&) { return true; });
    const double total = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (!result) give_up(result.error());
    const int slices = volume.geometry.slices;
    std::printf("  %d slices, %d samples x %d steps: %.2f s, %.0f ms a slice\n", slices,
                *result->used.samples, *result->used.steps, total, 1e3 * total / slices);
    for (const auto& [stage, seconds] : result->seconds)
        std::printf("    %-20s %8.2f s %8.0f ms a slice\n", stage.c_str(), seconds, 1e3 * seconds / slices);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2 || argc > 3) {
        std::fprintf(stderr, "usage: %s BUNDLE [SLICES]\n", argv[0]);
        return 2;
    }
    prepare_compute_process(argv);
    PhantomRequest request;
    if (argc == 3) request.slices = std::atoi(argv[2]);
    const auto phantom = make_phantom(request);
    if (!phantom) give_up(phantom.error());
    auto segmenter = Segmenter::load(argv[1]);
    if (!segmenter) give_up(segmenter.error());
    const auto& manifest = (*segmenter)->manifest();
    std::printf("series, model %s %s, %s\n", manifest.id.c_str(), manifest.version.c_str(),
                (*segmenter)->describe_device().c_str());
    std::printf("  convolutions: %s\n", (*segmenter)->convolutions().describe().c_str());
    run_once(**segmenter, phantom->image);  // the first run also warms the heap and oneDNN's kernels
    run_once(**segmenter, phantom->image);
    std::printf("  peak memory of this process %.2f GiB\n", peak_memory_mib() / 1024);
    return 0;
}
