// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/degradation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstdlib>
#include <numbers>

#include "core/split_mix.h"
#include "lab/evaluation/degraded_view.h"

namespace spineseg {
namespace {

constexpr std::array<std::string_view, 12> kKinds{"motion", "ghost",  "noise",       "blur",
                                                  "clip",   "region", "lean",        "small",
                                                  "metal",  "lost",   "upside_down", "front_to_back"};
constexpr double kMotionMm = 30.0;
constexpr double kGhostMm = 15.0;
constexpr double kNoiseShare = 0.5;
constexpr double kBlurMm = 6.0;
constexpr double kLeanDegrees = 35.0;
constexpr double kSmallestSize = 0.6;
constexpr double kMetalMm = 15.0;
constexpr double kRimMm = 2.0;
constexpr double kLostShare = 0.5;

struct Random : SplitMix64 {
    using SplitMix64::SplitMix64;
    /// Box and Muller's transform.
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }
};

/// What line k of the phase encoding sees of a displacement of d rows is multiplied by exp(−2πi k d / N): the
/// same for the whole image, so the damaged image is the whole one convolved along the rows with one kernel.
std::vector<std::complex<double>> displacement_kernel(const std::vector<double>& rows_by_line) {
    const std::size_t n = rows_by_line.size();
    std::vector<std::complex<double>> kernel(n);
    for (std::size_t k = 0; k < n; ++k) {
        // Frequencies lie symmetric about zero; the middle of the measurement is the middle of k-space.
        const double frequency = static_cast<double>(k) - static_cast<double>(n / 2);
        for (std::size_t row = 0; row < n; ++row) {
            const double phase = 2.0 * std::numbers::pi * frequency *
                                 (static_cast<double>(row) - rows_by_line[k]) / static_cast<double>(n);
            kernel[row] += std::polar(1.0 / static_cast<double>(n), phase);
        }
    }
    return kernel;
}

/// Magnitude of the circular convolution of every column with the kernel.
void convolve_rows(Volume& image, const std::vector<std::complex<double>>& kernel) {
    const Geometry& g = image.geometry;
    const auto rows = static_cast<std::size_t>(g.rows);
    const auto columns = static_cast<std::size_t>(g.columns);
    std::vector<float> real(rows * columns);
    std::vector<float> imaginary(rows * columns);
    for (int slice = 0; slice < g.slices; ++slice) {
        float* plane = image.voxels.data() + g.index(0, 0, slice);
        std::fill(real.begin(), real.end(), 0.0F);
        std::fill(imaginary.begin(), imaginary.end(), 0.0F);
        for (std::size_t to = 0; to < rows; ++to) {
            for (std::size_t from = 0; from < rows; ++from) {
                const auto& factor = kernel[(to + rows - from) % rows];
                const auto re = static_cast<float>(factor.real());
                const auto im = static_cast<float>(factor.imag());
                for (std::size_t c = 0; c < columns; ++c) {
                    real[to * columns + c] += re * plane[from * columns + c];
                    imaginary[to * columns + c] += im * plane[from * columns + c];
                }
            }
        }
        for (std::size_t i = 0; i < real.size(); ++i) plane[i] = std::hypot(real[i], imaginary[i]);
    }
}

/// Counted from the place of the middle line: that decides where the image lies, and the truth lies there.
std::vector<double> jumps(std::size_t lines, double most, Random& random) {
    std::vector<double> place(lines);
    double now = 0.0;
    std::size_t until = 0;
    for (std::size_t line = 0; line < lines; ++line) {
        if (line == until) {
            now = random.uniform(-most, most);
            until =
                line + 1 + static_cast<std::size_t>(random.uniform(0.15, 0.35) * static_cast<double>(lines));
        }
        place[line] = now;
    }
    const double middle = place[lines / 2];
    for (double& rows : place) rows -= middle;
    return place;
}

std::vector<double> breaths(std::size_t lines, double most, Random& random) {
    const double period = random.uniform(4.0, 9.0);  // lines
    const double phase = random.uniform(0.0, 2.0 * std::numbers::pi);
    std::vector<double> place(lines);
    for (std::size_t line = 0; line < lines; ++line)
        place[line] =
            0.5 * most * std::sin(2.0 * std::numbers::pi * static_cast<double>(line) / period + phase);
    return place;
}

void add_rician_noise(Volume& image, double strength, Random& random) {
    if (image.voxels.empty()) return;
    std::vector<float> sorted = image.voxels;
    const auto bright =
        sorted.begin() + static_cast<std::ptrdiff_t>(0.99 * static_cast<double>(sorted.size()));
    std::nth_element(sorted.begin(), bright, sorted.end());
    const double deviation = strength * kNoiseShare * static_cast<double>(*bright);
    for (float& value : image.voxels)
        value = static_cast<float>(std::hypot(static_cast<double>(value) + deviation * random.normal(),
                                              deviation * random.normal()));
}

std::vector<double> gaussian(double deviation) {
    const auto reach = static_cast<int>(std::ceil(3.0 * deviation));
    std::vector<double> weights;
    double sum = 0.0;
    for (int i = -reach; i <= reach; ++i) {
        weights.push_back(std::exp(-0.5 * (i / deviation) * (i / deviation)));
        sum += weights.back();
    }
    for (double& weight : weights) weight /= sum;
    return weights;
}

/// Along one axis of a plane; edges repeat.
void smooth_lines(float* first, int count, std::ptrdiff_t stride, const std::vector<double>& weights) {
    const int reach = static_cast<int>(weights.size() / 2);
    std::vector<double> line(static_cast<std::size_t>(count));
    for (int i = 0; i < count; ++i)
        line[static_cast<std::size_t>(i)] = static_cast<double>(first[i * stride]);
    for (int i = 0; i < count; ++i) {
        double sum = 0.0;
        for (int j = -reach; j <= reach; ++j)
            sum += weights[static_cast<std::size_t>(j + reach)] *
                   line[static_cast<std::size_t>(std::clamp(i + j, 0, count - 1))];
        first[i * stride] = static_cast<float>(sum);
    }
}

void blur(Volume& image, double strength) {
    const Geometry& g = image.geometry;
    const double deviation_mm = strength * kBlurMm / (2.0 * std::sqrt(2.0 * std::numbers::ln2));
    const auto by_column = gaussian(std::max(1e-3, deviation_mm / g.column_spacing));
    const auto by_row = gaussian(std::max(1e-3, deviation_mm / g.row_spacing));
    for (int slice = 0; slice < g.slices; ++slice) {
        float* plane = image.voxels.data() + g.index(0, 0, slice);
        for (int r = 0; r < g.rows; ++r)
            smooth_lines(plane + static_cast<std::ptrdiff_t>(r) * g.columns, g.columns, 1, by_column);
        for (int c = 0; c < g.columns; ++c) smooth_lines(plane + c, g.rows, g.columns, by_row);
    }
}

/// A cylinder along the slices, dark with a bright rim, around a voxel that the truth labels.
void put_metal(DegradedSeries& series, double strength, Random& random) {
    const Geometry& g = series.image.geometry;
    std::vector<std::size_t> labelled;
    for (std::size_t i = 0; i < series.truth.voxels.size(); ++i)
        if (series.truth.voxels[i] != 0) labelled.push_back(i);
    if (labelled.empty()) return;
    const auto drawn =
        labelled[static_cast<std::size_t>(random.uniform() * static_cast<double>(labelled.size()))];
    const auto place = drawn % g.slice_voxel_count();
    const auto columns = static_cast<std::size_t>(g.columns);
    const auto column = static_cast<int>(place % columns), row = static_cast<int>(place / columns);
    const float white = *std::max_element(series.image.voxels.begin(), series.image.voxels.end());
    for (int k = 0; k < g.slices; ++k)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c) {
                const double distance =
                    std::hypot((c - column) * g.column_spacing, (r - row) * g.row_spacing) -
                    strength * kMetalMm;
                if (distance <= 0) {
                    series.image.at(c, r, k) = 0.0F;
                    series.truth.at(c, r, k) = 0;
                } else if (distance <= kRimMm && c > column) {
                    series.image.at(c, r, k) = white;
                }
            }
}

/// Slices next to each other, around the middle one, without signal. The truth stays: they should have been found.
void lose_slices(Volume& image, double strength) {
    const Geometry& g = image.geometry;
    const int lost = std::max(1, static_cast<int>(std::lround(strength * kLostShare * g.slices)));
    const int first = (g.slices - lost) / 2;
    std::fill_n(image.voxels.begin() + static_cast<std::ptrdiff_t>(g.index(0, 0, first)),
                static_cast<std::size_t>(lost) * g.slice_voxel_count(), 0.0F);
}

}  // namespace

std::vector<std::string> degradation_kinds() {
    return {kKinds.begin(), kKinds.end()};
}

std::string_view to_string(DegradationKind kind) {
    return kKinds.at(static_cast<std::size_t>(kind));
}

std::optional<DegradationKind> degradation_kind_from_string(std::string_view name) {
    const auto found = std::find(kKinds.begin(), kKinds.end(), name);
    if (found == kKinds.end()) return std::nullopt;
    return static_cast<DegradationKind>(found - kKinds.begin());
}

Result<Degradation> parse_degradation(std::string_view text) {
    const auto colon = text.find(':');
    const auto kind = degradation_kind_from_string(text.substr(0, colon));
    if (!kind) {
        std::string names;
        for (const auto name : kKinds) names += (names.empty() ? "" : ", ") + std::string(name);
        return failure(ErrorCode::invalid_argument,
                       "degradation \"" + std::string(text) + "\": the kinds are " + names);
    }
    Degradation degradation{.kind = *kind};
    if (colon == std::string_view::npos) return degradation;
    const std::string number(text.substr(colon + 1));
    char* end = nullptr;
    degradation.strength = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0' || !(degradation.strength >= 0.0 && degradation.strength <= 1.0))
        return failure(ErrorCode::invalid_argument,
                       "degradation \"" + std::string(text) + "\": the strength must be 0 to 1");
    return degradation;
}

Result<DegradedSeries> degrade(const Volume& image, const LabelMap& truth, const Degradation& degradation) {
    if (!same_grid(image.geometry, truth.geometry, 0.05) || image.voxels.size() != truth.voxels.size())
        return failure(ErrorCode::invalid_argument, "image and truth do not lie on the same grid");
    const double strength = degradation.strength;
    if (!(strength >= 0.0 && strength <= 1.0))
        return failure(ErrorCode::invalid_argument, "the strength must be 0 to 1");
    if (strength == 0.0) return DegradedSeries{image, truth};
    Random random(degradation.seed);
    const auto rows = static_cast<std::size_t>(image.geometry.rows);
    const double row_mm = image.geometry.row_spacing;
    DegradedSeries result{image, truth};
    switch (degradation.kind) {
        case DegradationKind::motion:
            convolve_rows(result.image,
                          displacement_kernel(jumps(rows, 0.5 * strength * kMotionMm / row_mm, random)));
            return result;
        case DegradationKind::ghost:
            convolve_rows(result.image,
                          displacement_kernel(breaths(rows, strength * kGhostMm / row_mm, random)));
            return result;
        case DegradationKind::noise:
            add_rician_noise(result.image, strength, random);
            return result;
        case DegradationKind::blur:
            blur(result.image, strength);
            return result;
        case DegradationKind::clip:
            return clipped(image, truth, strength, random);
        case DegradationKind::region:
            return moved_to_belly(image, truth, strength);
        case DegradationKind::lean:
            return turned(image, truth, (random.uniform() < 0.5 ? -1 : 1) * strength * kLeanDegrees, 1);
        case DegradationKind::small:
            return turned(image, truth, 0, 1 - strength * (1 - kSmallestSize));
        case DegradationKind::metal:
            put_metal(result, strength, random);
            return result;
        case DegradationKind::lost:
            lose_slices(result.image, strength);
            return result;
        case DegradationKind::upside_down:
            return upside_down(image, truth);
        case DegradationKind::front_to_back:
            return front_to_back(image, truth);
    }
    return failure(ErrorCode::internal, "a kind of degradation without a case");
}

}  // namespace spineseg
