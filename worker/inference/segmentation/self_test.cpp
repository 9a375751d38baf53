// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/segmentation/self_test.h"

#include <torch/torch.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>

#include "core/digest.h"
#include "core/volume.h"
#include "worker/inference/bundle/bundle_conversion.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/inference/storage/bundle_file.h"
#include "worker/inference/storage/safetensors.h"

namespace spineseg {
namespace {

namespace fs = std::filesystem;

constexpr const char* kSelfTestFile = "self-test.safetensors";
constexpr std::uint64_t kSelfTestSeed = 1;
/// Probabilities are stored as whole multiples of this: half the bytes of float32, and 1.5e-5 of error.
constexpr double kProbabilityUnit = 1.0 / 32767;

struct SelfTestCase {
    SliceStack slices;
    SegmentRequest request;
    torch::Tensor presegmentation;  ///< float32 [N,3,H,W]
    torch::Tensor probability;      ///< the same
};

torch::Tensor stored_probability(const torch::Tensor& probability) {
    return probability.div(kProbabilityUnit).round().to(torch::kInt16).contiguous();
}
torch::Tensor read_probability(const torch::Tensor& stored) {
    return stored.to(torch::kFloat32).mul(kProbabilityUnit);
}

SafeTensors content_of(const SelfTestCase& one) {
    SafeTensors content;
    content.tensors["intensities"] = one.slices.intensities.round().to(torch::kInt16).contiguous();
    content.tensors["presegmentation"] = stored_probability(one.presegmentation);
    content.tensors["probability"] = stored_probability(one.probability);
    content.metadata["samples"] = std::to_string(one.request.samples.value_or(0));
    content.metadata["seed"] = std::to_string(one.request.seed);
    char spacing[32];
    std::snprintf(spacing, sizeof spacing, "%.17g", one.slices.slice_spacing_mm);
    content.metadata["slice_spacing_mm"] = spacing;
    return content;
}

template <typename Number>
bool read_metadata(const SafeTensors& content, const char* name, Number& number) {
    const auto found = content.metadata.find(name);
    if (found == content.metadata.end()) return false;
    const char* end = found->second.data() + found->second.size();
    const auto read = std::from_chars(found->second.data(), end, number);
    return read.ec == std::errc() && read.ptr == end;
}

bool has_shapes_of_self_test(const TensorMap& tensors) {
    for (const char* name : {"intensities", "presegmentation", "probability"}) {
        const auto found = tensors.find(name);
        if (found == tensors.end() || found->second.scalar_type() != torch::kInt16) return false;
    }
    const auto& image = tensors.at("intensities");
    if (image.dim() != 3 || tensors.size() != 3) return false;
    const std::vector<std::int64_t> maps{image.size(0), kStructures, image.size(1), image.size(2)};
    return tensors.at("presegmentation").sizes() == maps && tensors.at("probability").sizes() == maps;
}

Result<SelfTestCase> read_self_test(const fs::path& bundle_folder, const BundleFile& file) {
    const auto bytes = verified_bytes(bundle_folder, file);
    if (!bytes) return failure(bytes.error());
    const std::string path = (bundle_folder / file.file).string();
    const auto content = parse_safetensors(*bytes);
    if (!content) return failure(content.error().code, path + ": " + content.error().detail);
    SelfTestCase one;
    int samples = 0;
    if (!has_shapes_of_self_test(content->tensors) || !read_metadata(*content, "samples", samples) ||
        !read_metadata(*content, "seed", one.request.seed) ||
        !read_metadata(*content, "slice_spacing_mm", one.slices.slice_spacing_mm))
        return failure(ErrorCode::model_invalid,
                       path + " is no self-test; make it again with `spineseg-lab self-test --write`");
    one.request.samples = samples;
    one.slices.intensities = content->tensors.at("intensities").to(torch::kFloat32);
    one.slices.inside = torch::ones(one.slices.intensities.sizes(), torch::kBool);
    one.presegmentation = read_probability(content->tensors.at("presegmentation"));
    one.probability = read_probability(content->tensors.at("probability"));
    return one;
}

/// NaN is as far away as can be.
MapAgreement agreement_of(const torch::Tensor& found, const torch::Tensor& expected) {
    const auto difference = torch::nan_to_num((found - expected).abs(), 1.0, 1.0, 1.0);
    return {difference.mean().item<double>(), difference.max().item<double>()};
}

bool is_within(const MapAgreement& found, const MapAgreement& bound) {
    return found.mean <= bound.mean && found.largest <= bound.largest;
}

std::string describe_agreement(const char* map, const MapAgreement& found, const MapAgreement& bound) {
    char text[160];
    std::snprintf(text, sizeof text,
                  "%s differs by %.2g on average (at most %.2g) and by %.2g at most (%.2g)", map, found.mean,
                  bound.mean, found.largest, bound.largest);
    return text;
}

void judge(SelfTestReport& report) {
    const bool passed = is_within(report.presegmentation, report.bounds.presegmentation) &&
                        is_within(report.probability, report.bounds.probability);
    report.outcome.state = passed ? SelfTestState::passed : SelfTestState::failed;
    report.outcome.detail =
        describe_agreement("the presegmentation", report.presegmentation, report.bounds.presegmentation) +
        ", " + describe_agreement("the result", report.probability, report.bounds.probability);
}

Result<Consensus> compute_self_test(Segmenter& segmenter, const SelfTestCase& one) {
    try {
        return segmenter.segment(one.slices, one.request, nullptr);
    } catch (const std::exception& error) {  // LibTorch's: a driver or a library that does not fit
        const std::string message = error.what();
        return failure(ErrorCode::self_test_failed, message.substr(0, message.find('\n')));
    }
}

}  // namespace

Result<SelfTestReport> run_self_test(Segmenter& segmenter, const fs::path& bundle_folder) {
    SelfTestReport report;
    const auto& file = segmenter.manifest().self_test;
    if (!file) {
        report.outcome = {SelfTestState::absent, "the bundle carries no self-test"};
        return report;
    }
    const auto one = read_self_test(bundle_folder, *file);
    if (!one) return failure(one.error());
    report.bounds = self_test_bounds(segmenter.precision());
    const auto begin = std::chrono::steady_clock::now();
    const auto found = compute_self_test(segmenter, *one);
    report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (!found) {
        report.outcome = {SelfTestState::failed, "the networks do not run here: " + found.error().describe()};
        return report;
    }
    report.presegmentation = agreement_of(found->presegmentation, one->presegmentation);
    report.probability = agreement_of(found->probability, one->probability);
    judge(report);
    return report;
}

Result<void> write_self_test(Segmenter& segmenter, const fs::path& bundle_folder, const SliceStack& slices) {
    if (segmenter.device() != "cpu" || segmenter.precision() != Precision::float32)
        return failure(ErrorCode::invalid_configuration,
                       "a self-test is made on a CPU in float32: take --device cpu --precision float32");
    ModelManifest manifest = segmenter.manifest();
    SelfTestCase one;
    one.slices = slices;
    one.slices.intensities = slices.intensities.round();
    one.request = {.samples = std::min(1, manifest.diffusion.samples), .steps = {}, .seed = kSelfTestSeed};
    const auto expected = segmenter.segment(one.slices, one.request, nullptr);
    if (!expected) return failure(expected.error());
    one.presegmentation = expected->presegmentation;
    one.probability = expected->probability.clamp(0.0, 1.0);
    const SafeTensors content = content_of(one);
    if (auto written = write_safetensors(bundle_folder / kSelfTestFile, content); !written) return written;
    manifest.self_test = BundleFile{kSelfTestFile, sha256_hex(safetensors_bytes(content))};
    return write_manifest(bundle_folder, manifest);
}

SelfTestBounds self_test_bounds(Precision precision) {
    // Measured with both shipped models and three phantoms (2026-11-29, AMD EPYC with AVX512-BF16, LibTorch 1.13):
    // in float32, AVX-512, AVX2 and SSE4.1 differ by no more than the file's rounding, 1.7e-5; in bfloat16,
    // multiplied in hardware or emulated, by 2.9e-4 on average and 0.06 at most. float32 leaves room for the TF32 of
    // a GPU, whose rounding is an eighth of bfloat16's.
    if (precision == Precision::bfloat16) return {{2e-3, 0.2}, {2e-3, 0.2}};
    return {{2e-4, 0.02}, {2e-4, 0.02}};
}

}  // namespace spineseg
