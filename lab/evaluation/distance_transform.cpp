// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/distance_transform.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>

namespace spineseg {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

/// One line of squared distances: min over q of (spacing·(p − q))² + line[q], for every p.
class LowerEnvelope {
  public:
    LowerEnvelope(std::size_t longest, double spacing)
        : squared_spacing_(spacing * spacing), values_(longest), vertices_(longest), begins_(longest + 1) {}

    void apply(float* line, std::size_t count, std::size_t stride) {
        for (std::size_t i = 0; i < count; ++i) values_[i] = static_cast<double>(line[i * stride]);
        if (!build(count)) return;  // nothing on this line yet: it stays infinitely far
        std::size_t piece = 0;
        for (std::size_t p = 0; p < count; ++p) {
            const auto place = static_cast<double>(p);
            while (begins_[piece + 1] < place) ++piece;
            const double offset = place - static_cast<double>(vertices_[piece]);
            line[p * stride] =
                static_cast<float>(squared_spacing_ * offset * offset + values_[vertices_[piece]]);
        }
    }

  private:
    /// Where the parabolas of two vertices cross, in voxels; `right` is the later one.
    double crossing(std::size_t left, std::size_t right) const {
        const auto l = static_cast<double>(left);
        const auto r = static_cast<double>(right);
        return ((values_[right] - values_[left]) / squared_spacing_ + r * r - l * l) / (2.0 * (r - l));
    }

    /// False where every value is infinite.
    bool build(std::size_t count) {
        std::size_t pieces = 0;
        for (std::size_t q = 0; q < count; ++q) {
            if (values_[q] == kFar) continue;
            double begin = -kFar;
            while (pieces > 0) {
                begin = crossing(vertices_[pieces - 1], q);
                if (begin > begins_[pieces - 1]) break;
                --pieces;
                begin = -kFar;
            }
            vertices_[pieces] = q;
            begins_[pieces] = begin;
            ++pieces;
        }
        if (pieces == 0) return false;
        begins_[pieces] = kFar;
        return true;
    }

    double squared_spacing_;
    std::vector<double> values_;
    std::vector<std::size_t> vertices_;
    std::vector<double> begins_;  ///< of the piece that each vertex rules
};

}  // namespace

std::vector<float> distance_to(const Mask& mask, const Geometry& geometry) {
    if (mask.size() != geometry.voxel_count()) throw std::invalid_argument("a mask must fill its geometry");
    std::vector<float> distance(mask.size());
    std::transform(mask.begin(), mask.end(), distance.begin(), [](std::uint8_t inside) {
        return inside != 0 ? 0.0F : std::numeric_limits<float>::infinity();
    });
    const auto columns = static_cast<std::size_t>(geometry.columns);
    const auto rows = static_cast<std::size_t>(geometry.rows);
    const auto slices = static_cast<std::size_t>(geometry.slices);
    const std::size_t plane = columns * rows;
    LowerEnvelope along_columns(columns, geometry.column_spacing);
    for (std::size_t line = 0; line < rows * slices; ++line)
        along_columns.apply(distance.data() + line * columns, columns, 1);
    LowerEnvelope along_rows(rows, geometry.row_spacing);
    for (std::size_t slice = 0; slice < slices; ++slice)
        for (std::size_t column = 0; column < columns; ++column)
            along_rows.apply(distance.data() + slice * plane + column, rows, columns);
    LowerEnvelope along_slices(slices, geometry.slice_spacing);
    for (std::size_t pixel = 0; pixel < plane; ++pixel)
        along_slices.apply(distance.data() + pixel, slices, plane);
    for (float& value : distance) value = std::sqrt(value);
    return distance;
}

}  // namespace spineseg
