// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/levels/spoilt_labels.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "worker/levels/column_frame.h"
#include "worker/levels/disc_chain.h"

namespace spineseg::testing {
namespace {

using levels::Directions;
using levels::Disc;
using levels::VoxelSet;

constexpr auto kCanal = static_cast<std::uint8_t>(Label::canal);
constexpr auto kDisc = static_cast<std::uint8_t>(Label::disc);
constexpr auto kBone = static_cast<std::uint8_t>(Label::vertebra);

VoxelSet of_level(const LabelMap& levels, int number) {
    VoxelSet voxels;
    for (std::size_t i = 0; i < levels.voxels.size(); ++i)
        if (levels.voxels[i] == number) voxels.push_back(i);
    return voxels;
}

levels::ColumnFrame frame_of(const LabelMap& truth) {
    VoxelSet discs;
    for (std::size_t i = 0; i < truth.voxels.size(); ++i)
        if (truth.voxels[i] > kCanal) discs.push_back(i);
    return levels::find_column_frame(truth.geometry, of_level(truth, kCanal), discs);
}

Disc disc_of(const LabelMap& truth, int ordinal) {
    return levels::fit_disc(truth.geometry, frame_of(truth).directions, of_level(truth, 200 + ordinal));
}

/// The voxels of a vertebra in front of the canal, and their centre.
struct Body {
    VoxelSet voxels;
    Vec3 centre{};
    Directions directions;
};

Body body_of(const LabelMap& truth, int ordinal) {
    const auto frame = frame_of(truth);
    Body body;
    body.directions = frame.directions;
    for (const std::size_t voxel : of_level(truth, ordinal)) {
        const Vec3 place = levels::place_of(truth.geometry, voxel);
        const auto front = frame.canal.front(dot(place, frame.directions.cranial));
        if (!front || dot(place, frame.directions.posterior) < *front) body.voxels.push_back(voxel);
    }
    body.centre = levels::centroid_of(truth.geometry, body.voxels);
    return body;
}

}  // namespace

double Dice::between(double low, double high) {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return low + (high - low) * static_cast<double>(state_ >> 11) / 9007199254740992.0;
}

int Dice::number(int low, int high) {
    return std::min(high, low + static_cast<int>(between(0, high - low + 1)));
}

void SpoiltLabels::cut_body(int ordinal) {
    const Body body = body_of(levels, ordinal);
    for (const std::size_t voxel : body.voxels) {
        const Vec3 place = levels::place_of(levels.geometry, voxel);
        const bool even = levels::cell_of(levels.geometry, voxel)[2] % 2 == 0;
        if (even && std::abs(dot(place - body.centre, body.directions.cranial)) < 3) labels.voxels[voxel] = 0;
    }
}

void SpoiltLabels::join_bodies(int disc_ordinal) {
    const Disc disc = disc_of(levels, disc_ordinal);
    const int middle = levels::cell_of(levels.geometry, disc.voxels[disc.voxels.size() / 2])[2];
    for (const std::size_t voxel : disc.voxels) {
        const Vec3 place = levels::place_of(levels.geometry, voxel);
        const bool front = dot(place - disc.centre, disc.directions.posterior) < -0.2 * disc.depth;
        if (front && levels::cell_of(levels.geometry, voxel)[2] == middle) labels.voxels[voxel] = kBone;
    }
}

void SpoiltLabels::weaken_body(int ordinal, double share, Dice& dice) {
    const Body body = body_of(levels, ordinal);
    // What is left lies together: the voxels nearest to a point of the body.
    const Vec3 seed = levels::place_of(
        levels.geometry,
        body.voxels[static_cast<std::size_t>(dice.number(0, static_cast<int>(body.voxels.size()) - 1))]);
    VoxelSet order = body.voxels;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return norm(levels::place_of(levels.geometry, a) - seed) <
               norm(levels::place_of(levels.geometry, b) - seed);
    });
    for (auto i = static_cast<std::size_t>(share * static_cast<double>(order.size())); i < order.size(); ++i)
        labels.voxels[order[i]] = 0;
}

void SpoiltLabels::remove_disc(int ordinal) {
    for (const std::size_t voxel : of_level(levels, 200 + ordinal)) labels.voxels[voxel] = 0;
}

void SpoiltLabels::drill_hole(int ordinal, double radius_mm) {
    const Body body = body_of(levels, ordinal);
    for (const std::size_t voxel : body.voxels)
        if (norm(levels::place_of(levels.geometry, voxel) - body.centre) < radius_mm)
            labels.voxels[voxel] = 0;
}

void SpoiltLabels::bridge_discs(int ordinal) {
    const Body body = body_of(levels, ordinal);
    const int middle = levels::cell_of(levels.geometry, body.voxels[body.voxels.size() / 2])[2];
    for (const std::size_t voxel : body.voxels) {
        const Vec3 place = levels::place_of(levels.geometry, voxel) - body.centre;
        if (levels::cell_of(levels.geometry, voxel)[2] == middle &&
            std::abs(dot(place, body.directions.posterior) + 8) < 2)
            labels.voxels[voxel] = kDisc;
    }
    // The labelled gap between bone and disc belongs to the bridge.
    const Geometry& g = labels.geometry;
    for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel) {
        const Vec3 place = levels::place_of(g, voxel) - body.centre;
        if (levels::cell_of(g, voxel)[2] == middle && labels.voxels[voxel] == 0 &&
            std::abs(dot(place, body.directions.posterior) + 8) < 2 &&
            std::abs(dot(place, body.directions.cranial)) < 18)
            labels.voxels[voxel] = kDisc;
    }
}

void SpoiltLabels::add_piece(Label label, const Vec3& offset, const Vec3& half_axes) {
    const Vec3 centre = disc_of(levels, 1).centre + offset;
    for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel) {
        const Vec3 d = levels::place_of(labels.geometry, voxel) - centre;
        double sum = 0;
        for (std::size_t i = 0; i < 3; ++i) sum += d[i] * d[i] / (half_axes[i] * half_axes[i]);
        if (sum <= 1 && labels.voxels[voxel] == 0) labels.voxels[voxel] = static_cast<std::uint8_t>(label);
    }
}

void SpoiltLabels::add_sacral_disc(double depth_share, double turned) {
    const Disc lowest = disc_of(levels, 1);
    const double angle = turned * std::numbers::pi / 180.0;
    const Directions& d = lowest.directions;
    const Vec3 back = std::cos(angle) * d.posterior - std::sin(angle) * d.cranial;
    const Vec3 up = std::cos(angle) * d.cranial + std::sin(angle) * d.posterior;
    const Vec3 centre = lowest.centre - 28.0 * d.cranial + 4.0 * d.posterior;
    for (std::size_t voxel = 0; voxel < labels.voxels.size(); ++voxel) {
        const Vec3 offset = levels::place_of(labels.geometry, voxel) - centre;
        if (std::abs(dot(offset, back)) <= 0.5 * depth_share * lowest.depth &&
            std::abs(dot(offset, up)) <= 2.5 && std::abs(dot(offset, d.left)) <= 12 &&
            labels.voxels[voxel] == 0)
            labels.voxels[voxel] = kDisc;
    }
}

void SpoiltLabels::bend_aside(double millimetres) {
    const Geometry& g = labels.geometry;
    const SpoiltLabels straight = *this;
    for (int row = 0; row < g.rows; ++row) {
        const double along = std::sin(std::numbers::pi * row / g.rows);
        const int shift = static_cast<int>(std::lround(millimetres * along / g.slice_spacing));
        for (int slice = 0; slice < g.slices; ++slice)
            for (int column = 0; column < g.columns; ++column) {
                const int from = slice - shift;
                const bool inside = from >= 0 && from < g.slices;
                labels.at(column, row, slice) = inside ? straight.labels.at(column, row, from) : 0;
                levels.at(column, row, slice) = inside ? straight.levels.at(column, row, from) : 0;
            }
    }
}

void SpoiltLabels::empty_slice(int slice) {
    for (int row = 0; row < labels.geometry.rows; ++row)
        for (int column = 0; column < labels.geometry.columns; ++column) labels.at(column, row, slice) = 0;
}

}  // namespace spineseg::testing
