// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/sagittal_view.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>

namespace spineseg {
namespace {

/// What increasing x, y and slice of the display should point to: posterior, inferior, the patient's left.
constexpr std::array<Vec3, 3> kWanted{{{0, 1, 0}, {0, 0, -1}, {1, 0, 0}}};

}  // namespace

SagittalView::SagittalView(const Geometry& geometry) : geometry_(geometry) {
    const std::array<Vec3, 3> directions{geometry.row_direction, geometry.column_direction,
                                         geometry.slice_direction};
    const std::array<int, 3> sizes{geometry.columns, geometry.rows, geometry.slices};
    const std::array<double, 3> spacings{geometry.column_spacing, geometry.row_spacing,
                                         geometry.slice_spacing};
    std::array<std::size_t, 3> order{0, 1, 2};
    std::array<std::size_t, 3> best = order;
    double best_match = -1;
    do {
        double match = 0;
        for (std::size_t i = 0; i < 3; ++i) match += std::abs(dot(directions[order[i]], kWanted[i]));
        if (match > best_match) {
            best_match = match;
            best = order;
        }
    } while (std::next_permutation(order.begin(), order.end()));
    for (std::size_t i = 0; i < 3; ++i) {
        const std::size_t storage = best[i];
        const bool flipped = dot(directions[storage], kWanted[i]) < 0;
        axes_[i] = {.storage = storage,
                    .flipped = flipped,
                    .size = sizes[storage],
                    .spacing = spacings[storage],
                    .direction = (flipped ? -1.0 : 1.0) * directions[storage]};
    }
}

double SagittalView::aspect() const {
    return (axes_[0].size * axes_[0].spacing) / (axes_[1].size * axes_[1].spacing);
}

std::size_t SagittalView::index(int x, int y, int slice) const {
    const std::array<int, 3> display{x, y, slice};
    std::array<int, 3> voxel{};
    for (std::size_t i = 0; i < 3; ++i) {
        voxel[axes_[i].storage] = axes_[i].flipped ? axes_[i].size - 1 - display[i] : display[i];
    }
    return geometry_.index(voxel[0], voxel[1], voxel[2]);
}

/// PS3.3 C.7.6.1.1.1, Patient Orientation: the letters of the components, the greatest first.
std::string SagittalView::letters(double sign, std::size_t axis) const {
    constexpr double kWorthNaming = 0.2;  // about 12 degrees
    constexpr std::array<std::array<char, 2>, 3> kLetters{{{'R', 'L'}, {'A', 'P'}, {'F', 'H'}}};
    const Vec3 direction = sign * axes_[axis].direction;
    std::array<std::size_t, 3> order{0, 1, 2};
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return std::abs(direction[a]) > std::abs(direction[b]); });
    std::string text;
    for (const std::size_t i : order) {
        if (std::abs(direction[i]) > kWorthNaming) text += kLetters[i][direction[i] > 0 ? 1 : 0];
    }
    return text;
}

std::string SagittalView::position(int slice) const {
    std::array<double, 3> voxel{};
    const std::array<double, 3> display{0.5 * (width() - 1), 0.5 * (height() - 1),
                                        static_cast<double>(slice)};
    for (std::size_t i = 0; i < 3; ++i) {
        voxel[axes_[i].storage] = axes_[i].flipped ? axes_[i].size - 1 - display[i] : display[i];
    }
    const double x = geometry_.position(voxel[0], voxel[1], voxel[2])[0];
    return (x >= 0 ? "L " : "R ") + std::to_string(std::lround(std::abs(x))) + " mm";
}

int SagittalView::midline(const LabelMap& labels) const {
    const int middle = slices() / 2;
    int best = middle;
    std::ptrdiff_t most = 0;
    for (int slice = 0; slice < slices(); ++slice) {
        const auto picture = slice_of(labels, slice);
        const auto count =
            std::count_if(picture.values.begin(), picture.values.end(), [](std::uint8_t value) {
                return value == static_cast<std::uint8_t>(Label::vertebra) ||
                       value == static_cast<std::uint8_t>(Label::canal);
            });
        const bool nearer = std::abs(slice - middle) < std::abs(best - middle);
        if (count > most || (count == most && count > 0 && nearer)) {
            most = count;
            best = slice;
        }
    }
    return best;
}

}  // namespace spineseg
