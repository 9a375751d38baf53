// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/levels/block_spine.h"

#include <cmath>
#include <cstdint>
#include <numbers>

namespace spineseg::testing {
namespace {

double radians(double degrees) {
    return degrees * std::numbers::pi / 180.0;
}

/// A wedge in its place: symmetrical about its own midplane.
struct Placed {
    Wedge wedge;
    double y = 0, z = 0;  ///< centre
    double lean = 0;      ///< radians: cranial is (sin, cos) in (y, z)
    std::uint8_t number = 0;
    Label label = Label::background;

    double half_height(double back) const {
        return 0.25 * (wedge.front + wedge.back) + 0.5 * (wedge.back - wedge.front) * back / wedge.depth;
    }
};

/// Half the angle between a wedge's two faces.
double half_angle(const Wedge& wedge) {
    return std::atan(0.5 * (wedge.back - wedge.front) / wedge.depth);
}

std::vector<Placed> place(const BlockSpine& spine) {
    std::vector<Placed> column;
    double y = 0, z = 0;                         // middle of the face reached
    double lean = -radians(spine.sacral_slope);  // normal of that face
    const auto stack = [&](const Wedge& wedge, double forward, Label label, std::uint8_t number) {
        // The lower face leans by half_angle against the midplane: thicker in front turns the column
        // backwards.
        const double half = half_angle(wedge);
        const double own = lean - half;
        const double height = 0.25 * (wedge.front + wedge.back);
        y += height * std::sin(own) - forward * std::cos(own);
        z += height * std::cos(own) + forward * std::sin(own);
        column.push_back({wedge, y, z, own, number, label});
        y += height * std::sin(own);
        z += height * std::cos(own);
        lean = own - half;
    };
    std::uint8_t ordinal = 1;
    for (const auto& level : spine.levels) {
        // The shift lies in the disc's midplane: half of it before the disc would move the disc, so the body
        // takes it.
        stack(level.disc, 0, Label::disc, static_cast<std::uint8_t>(200 + ordinal));
        stack(level.body, level.slip, Label::vertebra, ordinal);
        ++ordinal;
    }
    return column;
}

struct Found {
    Label label = Label::background;
    std::uint8_t number = 0;
};

Found structure_at(const BlockSpine& spine, const std::vector<Placed>& column, const Vec3& p) {
    for (std::size_t i = 0; i < column.size(); ++i) {
        const Placed& s = column[i];
        const double dy = p[1] - s.y, dz = p[2] - s.z;
        const double up = dy * std::sin(s.lean) + dz * std::cos(s.lean);
        const double back = dy * std::cos(s.lean) - dz * std::sin(s.lean);
        const double half = s.half_height(back);
        const bool below_all =
            i == 0 && up < 0 && up > -30;  // the canal runs on behind the sacrum and upwards
        const bool above_all = i + 1 == column.size() && up > 0 && up < 40;
        if (std::abs(up) > half && !below_all && !above_all) continue;
        const double behind = (back - 0.5 * s.wedge.depth - spine.canal_gap) / (0.5 * spine.canal_depth) - 1;
        const double beside = p[0] / (0.5 * spine.canal_width);
        if (behind * behind + beside * beside <= 1) return {Label::canal, 100};
        if (std::abs(up) <= half && std::abs(back) <= 0.5 * s.wedge.depth &&
            std::abs(p[0]) <= spine.half_width)
            return {s.label, s.number};
    }
    return {};
}

Vec3 turned(Vec3 v, const std::array<double, 3>& turns) {
    for (std::size_t axis = 0; axis < 3; ++axis) {
        const std::size_t a = (axis + 1) % 3, b = (axis + 2) % 3;
        const double c = std::cos(radians(turns[axis])), s = std::sin(radians(turns[axis]));
        const double va = v[a] * c - v[b] * s;
        v[b] = v[a] * s + v[b] * c;
        v[a] = va;
    }
    return v;
}

}  // namespace

BlockSpine BlockSpine::usual() {
    BlockSpine spine;
    spine.levels = {{{13, 7, 33}, {28, 24, 34}, 0}, {{13, 8, 34}, {28, 26, 34}, 0},
                    {{11, 8, 34}, {27, 27, 34}, 0}, {{10, 8, 33}, {26, 27, 33}, 0},
                    {{9, 7, 32}, {25, 26, 32}, 0},  {{7, 6, 31}, {24, 25, 31}, 0},
                    {{6, 5.5, 30}, {22, 23, 30}, 0}};
    return spine;
}

Geometry stack_about(const BlockSpine& spine, double column_mm, double row_mm, double slice_mm, int slices,
                     const std::array<double, 3>& turns) {
    const auto column = place(spine);
    double low_z = 1e9, high_z = -1e9, low_y = 1e9, high_y = -1e9;
    for (const auto& s : column) {
        low_z = std::min(low_z, s.z);
        high_z = std::max(high_z, s.z);
        low_y = std::min(low_y, s.y);
        high_y = std::max(high_y, s.y);
    }
    Geometry g;
    g.row_direction = turned({0, 1, 0}, turns);
    g.column_direction = turned({0, 0, -1}, turns);
    g.slice_direction = turned({-1, 0, 0}, turns);
    g.column_spacing = column_mm;
    g.row_spacing = row_mm;
    g.slice_spacing = slice_mm;
    g.columns = static_cast<int>((high_y - low_y + 120) / column_mm);
    g.rows = static_cast<int>((high_z - low_z + 110) / row_mm);
    g.slices = slices;
    const Vec3 centre{0, 0.5 * (low_y + high_y) + 5, 0.5 * (low_z + high_z)};
    g.origin = centre - g.position(0.5 * (g.columns - 1), 0.5 * (g.rows - 1), 0.5 * (g.slices - 1));
    return g;
}

DrawnSpine draw(const BlockSpine& spine, const Geometry& geometry) {
    const auto column = place(spine);
    DrawnSpine drawn{{geometry, {}}, {geometry, {}}};
    for (int slice = 0; slice < geometry.slices; ++slice)
        for (int row = 0; row < geometry.rows; ++row)
            for (int c = 0; c < geometry.columns; ++c) {
                const Found found = structure_at(spine, column, geometry.position(c, row, slice));
                drawn.labels.voxels.push_back(static_cast<std::uint8_t>(found.label));
                drawn.levels.voxels.push_back(found.number);
            }
    return drawn;
}

}  // namespace spineseg::testing
