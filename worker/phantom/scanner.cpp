// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/scanner.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include "core/vertebra_parts.h"
#include "worker/phantom/random.h"

namespace spineseg::phantom {
namespace {

constexpr int kInPlane = 2;  // samples per voxel along a row and along a column
constexpr int kThrough = 3;  // and through the slice, whose thickness is 90 % of the spacing
constexpr double kThickness = 0.9;

struct VoxelSum {
    float signal = 0;
    std::uint32_t tissues = 0;   ///< one bit for each tissue that was met
    std::array<int, 3> votes{};  ///< vertebra, canal, disc
    std::array<int, 3> level{};  ///< of each, the most frequent one (Boyer and Moore's vote)
    std::array<int, 3> lead{};   ///< votes by which it leads
    int arch = 0;                ///< of the vertebra's votes
};

/// Places of the structures in a VoxelSum.
constexpr std::array kVoted{Label::vertebra, Label::canal, Label::disc};

void add(VoxelSum& sum, const Sample& sample, const Brightness& brightness) {
    const Finding& found = sample.finding;
    const float own = brightness[static_cast<std::size_t>(found.tissue)] * found.factor;
    const float other = brightness[static_cast<std::size_t>(found.other)];
    sum.signal += own + (other - own) * found.share_of_other;
    sum.tissues |= std::uint32_t{1} << static_cast<unsigned>(found.tissue);
    const auto place = std::find(kVoted.begin(), kVoted.end(), sample.label);
    if (place == kVoted.end()) return;
    const auto structure = static_cast<std::size_t>(place - kVoted.begin());
    ++sum.votes[structure];
    sum.arch += static_cast<int>(sample.arch);
    if (sum.lead[structure] == 0) sum.level[structure] = sample.level;
    sum.lead[structure] += sum.level[structure] == sample.level ? 1 : -1;
}

struct Majority {
    Label label = Label::background;
    std::uint8_t level = 0;  ///< SPIDER's number
    std::uint8_t part = 0;   ///< of a vertebra
};

std::uint8_t spider_number(Label label, int level) {
    const auto base = static_cast<int>(label);
    return static_cast<std::uint8_t>(label == Label::canal ? base : base + level - 1);
}

/// The structure that fills most of the voxel, if the structures together fill at least half of it.
Majority majority(const VoxelSum& sum, int samples) {
    const auto most =
        static_cast<std::size_t>(std::max_element(sum.votes.begin(), sum.votes.end()) - sum.votes.begin());
    const int labelled = sum.votes[0] + sum.votes[1] + sum.votes[2];
    if (2 * labelled < samples) return {};
    Majority found{kVoted[most], spider_number(kVoted[most], sum.level[most])};
    if (found.label == Label::vertebra)
        found.part =
            part_label(2 * sum.arch > sum.votes[0] ? VertebraPart::arch : VertebraPart::body, sum.level[0]);
    return found;
}

/// Where a slice's results go.
struct SliceOut {
    std::span<float> signal;
    std::span<std::uint8_t> labels;
    std::span<std::uint8_t> levels;
    std::span<std::uint8_t> parts;
};

/// Places within a voxel at which it is sampled, in voxels from its centre.
using Offsets = std::vector<Vec3>;

Offsets offsets(int in_plane) {
    Offsets result;
    for (int k = 0; k < kThrough; ++k) {
        for (int j = 0; j < in_plane; ++j) {
            for (int i = 0; i < in_plane; ++i) {
                result.push_back({(i + 0.5) / in_plane - 0.5, (j + 0.5) / in_plane - 0.5,
                                  ((k + 0.5) / kThrough - 0.5) * kThickness});
            }
        }
    }
    return result;
}

/// One slice, first with few samples a voxel, then with many wherever a voxel or its neighbours are not all
/// one tissue.
class SliceSampler {
  public:
    SliceSampler(const Body& body, const Geometry& geometry, const Brightness& brightness)
        : body_(body), geometry_(geometry), brightness_(brightness), voxels_(geometry.slice_voxel_count()) {}

    void sample(int slice, const SliceOut& out) {
        for_each_voxel([&](int column, int row, std::size_t i) {
            voxels_[i] = sample_voxel(column, row, slice, coarse_);
        });
        for_each_voxel([&](int column, int row, std::size_t i) {
            const bool mixed = is_mixed(column, row);
            const VoxelSum sum = mixed ? sample_voxel(column, row, slice, fine_) : voxels_[i];
            const std::size_t samples = mixed ? fine_.size() : coarse_.size();
            out.signal[i] = sum.signal / static_cast<float>(samples);
            const Majority found = majority(sum, static_cast<int>(samples));
            out.labels[i] = static_cast<std::uint8_t>(found.label);
            out.levels[i] = found.level;
            out.parts[i] = found.part;
        });
    }

  private:
    template <typename Action>
    void for_each_voxel(const Action& action) const {
        std::size_t i = 0;
        for (int row = 0; row < geometry_.rows; ++row) {
            for (int column = 0; column < geometry_.columns; ++column, ++i) action(column, row, i);
        }
    }

    VoxelSum sample_voxel(int column, int row, int slice, const Offsets& where) const {
        VoxelSum sum;
        for (const Vec3& d : where) {
            const Vec3 p = geometry_.position(column + d[0], row + d[1], slice + d[2]);
            add(sum, body_.at(p[0], p[1], p[2]), brightness_);
        }
        return sum;
    }

    bool is_mixed(int column, int row) const {
        const std::uint32_t tissue = voxels_[geometry_.index(column, row, 0)].tissues;
        if (!std::has_single_bit(tissue)) return true;
        for (int r = std::max(row - 1, 0); r <= std::min(row + 1, geometry_.rows - 1); ++r) {
            for (int c = std::max(column - 1, 0); c <= std::min(column + 1, geometry_.columns - 1); ++c) {
                if (voxels_[geometry_.index(c, r, 0)].tissues != tissue) return true;
            }
        }
        return false;
    }

    const Body& body_;
    const Geometry& geometry_;
    const Brightness& brightness_;
    const Offsets coarse_ = offsets(1);
    const Offsets fine_ = offsets(kInPlane);
    std::vector<VoxelSum> voxels_;
};

/// Blurs within each slice as the finite k-space of an acquisition does.
void blur_in_plane(Volume& volume) {
    constexpr float kSide = 0.09F;
    const Geometry& g = volume.geometry;
    const auto pass = [&](std::size_t start, std::size_t count, std::size_t stride) {
        float before = volume.voxels[start];
        for (std::size_t i = 0; i < count; ++i) {
            float& here = volume.voxels[start + i * stride];
            const float after = i + 1 < count ? volume.voxels[start + (i + 1) * stride] : here;
            const float value = here;
            here = (1 - 2 * kSide) * value + kSide * (before + after);
            before = value;
        }
    };
    for (int slice = 0; slice < g.slices; ++slice) {
        const auto columns = static_cast<std::size_t>(g.columns);
        for (int row = 0; row < g.rows; ++row) pass(g.index(0, row, slice), columns, 1);
        for (int column = 0; column < g.columns; ++column) {
            pass(g.index(column, 0, slice), static_cast<std::size_t>(g.rows), columns);
        }
    }
}

struct Coil {
    double reach;        ///< mm below the back's skin at which sensitivity has fallen to a half
    double correction;   ///< 0: raw, 1: fully normalised by the scanner
    double top, bottom;  ///< sensitivity at the ends of the field of view
    double saturation;   ///< signal left in front of the saturation slab
    double slab;         ///< mm in front of L3's centre at which it begins
    std::array<double, 4> wave;
};

Coil draw_coil(std::uint64_t seed) {
    Random random(seed, Random::Stream::coil);
    Coil coil{};
    coil.reach = random.uniform(75, 120);
    coil.correction = random.uniform(0.55, 0.95);
    coil.top = random.uniform(0.7, 0.95);
    coil.bottom = random.uniform(0.65, 0.95);
    coil.saturation = random.chance(0.6) ? random.uniform(0.12, 0.4) : 1.0;
    coil.slab = random.uniform(30, 42);
    for (double& w : coil.wave) w = random.uniform(-0.06, 0.06);
    return coil;
}

double sensitivity(const Coil& coil, double depth, const Vec3& p, double relative_row) {
    const double raw = 1.3 / (1 + (depth / coil.reach) * (depth / coil.reach));
    const double receive = std::pow(raw, 1 - coil.correction);
    const double end = relative_row < 0 ? coil.top : coil.bottom;
    const double r2 = relative_row * relative_row;
    const double fade = 1 - (1 - end) * r2 * r2 * r2;
    const double y = p[1] / 100;
    const double z = p[2] / 100;
    const double wave = 1 + coil.wave[0] * z + coil.wave[1] * z * z + coil.wave[2] * y + coil.wave[3] * y * z;
    const double edge = 1 / (1 + std::exp((p[1] + coil.slab + 0.12 * p[2]) / -3.0));
    return receive * fade * wave * (coil.saturation + (1 - coil.saturation) * edge);
}

}  // namespace

Geometry grid_of(const PhantomRequest& request) {
    const double angle = request.tilt_degrees * std::numbers::pi / 180.0;
    Geometry g{.columns = request.columns,
               .rows = request.rows,
               .slices = request.slices,
               .row_direction = {-std::sin(angle), std::cos(angle), 0},
               .column_direction = {0, 0, -1},
               .slice_direction = {-std::cos(angle), -std::sin(angle), 0},
               .column_spacing = request.pixel_spacing,
               .row_spacing = request.pixel_spacing,
               .slice_spacing = request.slice_spacing};
    // The technologist centres the column, not to the millimetre.
    Random random(request.seed, Random::Stream::anatomy, 1);
    const Vec3 centre{random.uniform(-1.5, 1.5), random.uniform(2, 16),
                      random.uniform(-16, 12) + request.up_mm};
    const Vec3 half = g.position(0.5 * (g.columns - 1), 0.5 * (g.rows - 1), 0.5 * (g.slices - 1));
    g.origin = centre - half;
    return g;
}

Exposure expose(const Body& body, const Geometry& geometry, const Brightness& brightness) {
    Exposure result{.signal = {geometry, std::vector<float>(geometry.voxel_count())},
                    .labels = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())},
                    .levels = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())},
                    .parts = {geometry, std::vector<std::uint8_t>(geometry.voxel_count())}};
    SliceSampler sampler(body, geometry, brightness);
    const std::size_t per_slice = geometry.slice_voxel_count();
    for (int slice = 0; slice < geometry.slices; ++slice) {
        const std::size_t begin = geometry.index(0, 0, slice);
        sampler.sample(slice, {std::span(result.signal.voxels).subspan(begin, per_slice),
                               std::span(result.labels.voxels).subspan(begin, per_slice),
                               std::span(result.levels.voxels).subspan(begin, per_slice),
                               std::span(result.parts.voxels).subspan(begin, per_slice)});
    }
    blur_in_plane(result.signal);
    return result;
}

void apply_coil(Volume& signal, const Body& body, std::uint64_t seed) {
    const Coil coil = draw_coil(seed);
    const Geometry& g = signal.geometry;
    std::size_t index = 0;
    for (int slice = 0; slice < g.slices; ++slice) {
        for (int row = 0; row < g.rows; ++row) {
            const double relative = g.rows > 1 ? 2.0 * row / (g.rows - 1) - 1 : 0.0;
            for (int column = 0; column < g.columns; ++column, ++index) {
                const Vec3 p = g.position(column, row, slice);
                const double depth = std::max(body.surroundings().back_skin(p[0], p[2]) - p[1], 0.0);
                signal.voxels[index] *= static_cast<float>(sensitivity(coil, depth, p, relative));
            }
        }
    }
}

void add_rician_noise(Volume& signal, double sigma, std::uint64_t seed) {
    Random random(seed, Random::Stream::noise);
    for (float& voxel : signal.voxels) {
        // Box and Muller: one draw gives both channels.
        const double radius = sigma * std::sqrt(-2 * std::log(1 - random.uniform(0, 1)));
        const double angle = random.uniform(0, 2 * std::numbers::pi);
        voxel = std::round(
            static_cast<float>(std::hypot(voxel + radius * std::cos(angle), radius * std::sin(angle))));
    }
}

}  // namespace spineseg::phantom
