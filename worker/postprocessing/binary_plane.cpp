// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/binary_plane.h"

#include <algorithm>

namespace spineseg {
namespace {

enum class Connected { by_edges, by_corners_too };

/// Collects the pixels of `value` around `start`, which is one, and marks them.
class Flood {
  public:
    Flood(const BinaryPlane& plane, std::uint8_t value, Connected connected)
        : plane_(plane), value_(value), connected_(connected), seen_(plane.pixels.size()) {}

    bool open(std::size_t pixel) const { return !seen_[pixel] && plane_.pixels[pixel] == value_; }

    const std::vector<std::size_t>& collect(std::size_t start) {
        piece_.assign(1, start);
        seen_[start] = true;
        for (std::size_t next = 0; next < piece_.size(); ++next) {
            const int row = static_cast<int>(piece_[next]) / plane_.columns;
            const int column = static_cast<int>(piece_[next]) % plane_.columns;
            for (int r = std::max(0, row - 1); r <= std::min(plane_.rows - 1, row + 1); ++r) {
                for (int c = std::max(0, column - 1); c <= std::min(plane_.columns - 1, column + 1); ++c) {
                    if (connected_ == Connected::by_edges && r != row && c != column) continue;
                    visit(static_cast<std::size_t>(r) * static_cast<std::size_t>(plane_.columns) +
                          static_cast<std::size_t>(c));
                }
            }
        }
        return piece_;
    }

  private:
    void visit(std::size_t pixel) {
        if (!open(pixel)) return;
        seen_[pixel] = true;
        piece_.push_back(pixel);
    }

    const BinaryPlane& plane_;
    std::uint8_t value_;
    Connected connected_;
    std::vector<bool> seen_;
    std::vector<std::size_t> piece_;
};

bool on_border(const BinaryPlane& plane, std::size_t pixel) {
    const auto columns = static_cast<std::size_t>(plane.columns);
    const std::size_t row = pixel / columns;
    const std::size_t column = pixel % columns;
    return row == 0 || column == 0 || row + 1 == static_cast<std::size_t>(plane.rows) ||
           column + 1 == columns;
}

}  // namespace

void fill_holes(BinaryPlane& plane) {
    BinaryPlane filled = plane;
    std::fill(filled.pixels.begin(), filled.pixels.end(), std::uint8_t{1});
    Flood outside(plane, 0, Connected::by_edges);
    for (std::size_t pixel = 0; pixel < plane.pixels.size(); ++pixel) {
        if (!on_border(plane, pixel) || !outside.open(pixel)) continue;
        for (const std::size_t open : outside.collect(pixel)) filled.pixels[open] = 0;
    }
    plane = std::move(filled);
}

void drop_small_pieces(BinaryPlane& plane, std::size_t minimum) {
    if (minimum <= 1) return;
    const BinaryPlane before = plane;
    Flood pieces(before, 1, Connected::by_corners_too);
    for (std::size_t pixel = 0; pixel < before.pixels.size(); ++pixel) {
        if (!pieces.open(pixel)) continue;
        const auto& piece = pieces.collect(pixel);
        if (piece.size() >= minimum) continue;
        for (const std::size_t lost : piece) plane.pixels[lost] = 0;
    }
}

}  // namespace spineseg
