// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/column_pieces.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <numeric>
#include <unordered_map>

#include "worker/levels/column_frame.h"
#include "worker/levels/components.h"

namespace spineseg {
namespace {

using namespace levels;

constexpr double kCell = 3.0;         // mm: pieces are compared as cubes of this size
constexpr double kCanalLevel = 20.0;  // mm of height within which a disc tells where the canal may lie
constexpr double kThickSlices = 2.2;  // of the slice spacing: an empty slice between does not part pieces
constexpr int kCellBits = 20;         // of a coordinate in a key
constexpr std::int64_t kCellOffset = 1 << (kCellBits - 1);

struct Piece {
    Label label = Label::background;
    VoxelSet voxels;
    Vec3 centre{};
    std::vector<std::array<int, 3>> cells;
};

std::int64_t key_of(const std::array<int, 3>& cell) {
    std::int64_t key = 0;
    for (const int coordinate : cell) key = (key << kCellBits) | (coordinate + kCellOffset);
    return key;
}

std::vector<std::array<int, 3>> cells_of(const Geometry& geometry, const VoxelSet& voxels) {
    std::vector<std::array<int, 3>> cells;
    for (const std::size_t voxel : voxels) {
        const Vec3 place = place_of(geometry, voxel);
        cells.push_back({static_cast<int>(std::floor(place[0] / kCell)),
                         static_cast<int>(std::floor(place[1] / kCell)),
                         static_cast<int>(std::floor(place[2] / kCell))});
    }
    std::sort(cells.begin(), cells.end());
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
    return cells;
}

std::vector<Piece> all_pieces(const LabelMap& labels) {
    std::vector<Piece> pieces;
    for (const Label label : {Label::vertebra, Label::canal, Label::disc}) {
        for (auto& voxels : pieces_of(labels.geometry, voxels_of(labels, label))) {
            Piece piece{label, std::move(voxels), {}, {}};
            piece.centre = centroid_of(labels.geometry, piece.voxels);
            piece.cells = cells_of(labels.geometry, piece.voxels);
            pieces.push_back(std::move(piece));
        }
    }
    return pieces;
}

/// The way to every cube within a distance, or the way back.
std::vector<std::array<int, 3>> steps_within(double distance) {
    const int most = static_cast<int>(std::ceil(distance / kCell));
    std::vector<std::array<int, 3>> steps;
    for (int x = 0; x <= most; ++x)
        for (int y = -most; y <= most; ++y)
            for (int z = -most; z <= most; ++z)
                if (std::array{x, y, z} > std::array{0, 0, 0} &&
                    kCell * std::sqrt(static_cast<double>(x * x + y * y + z * z)) <= distance)
                    steps.push_back({x, y, z});
    return steps;
}

/// The cubes of a piece that have a neighbour outside of it. Of two pieces, the cubes that lie nearest to each other are
/// among these.
std::vector<std::array<int, 3>> border_of(const std::vector<std::array<int, 3>>& cells) {
    std::vector<std::array<int, 3>> border;
    const auto has = [&](int x, int y, int z) {
        return std::binary_search(cells.begin(), cells.end(), std::array{x, y, z});
    };
    for (const auto& [x, y, z] : cells)
        if (!has(x - 1, y, z) || !has(x + 1, y, z) || !has(x, y - 1, z) || !has(x, y + 1, z) ||
            !has(x, y, z - 1) || !has(x, y, z + 1))
            border.push_back({x, y, z});
    return border;
}

/// Which pieces are one group.
class Groups {
  public:
    Groups(const std::vector<Piece>& pieces, double joined) : parent_(pieces.size()) {
        std::iota(parent_.begin(), parent_.end(), std::size_t{0});
        std::unordered_map<std::int64_t, std::size_t> owner;  // one piece for each cube is enough
        for (std::size_t i = 0; i < pieces.size(); ++i)
            for (const auto& cell : pieces[i].cells) {
                const auto [place, added] = owner.emplace(key_of(cell), i);
                if (!added) join(place->second, i);
            }
        const auto steps = steps_within(joined);
        for (std::size_t i = 0; i < pieces.size(); ++i)
            for (const auto& cell : border_of(pieces[i].cells))
                for (const auto& step : steps) {
                    const auto found =
                        owner.find(key_of({cell[0] + step[0], cell[1] + step[1], cell[2] + step[2]}));
                    if (found != owner.end() && found->second != i) join(found->second, i);
                }
    }

    std::size_t of(std::size_t piece) const {
        while (parent_[piece] != piece) piece = parent_[piece];
        return piece;
    }

  private:
    void join(std::size_t a, std::size_t b) {
        const std::size_t from = of(a), to = of(b);
        if (from != to) parent_[from] = to;
    }
    std::vector<std::size_t> parent_;
};

/// The group with the most voxels.
std::size_t largest_group(const std::vector<Piece>& pieces, const Groups& groups) {
    std::map<std::size_t, std::size_t> sizes;
    for (std::size_t i = 0; i < pieces.size(); ++i) sizes[groups.of(i)] += pieces[i].voxels.size();
    return std::max_element(sizes.begin(), sizes.end(),
                            [](const auto& a, const auto& b) { return a.second < b.second; })
        ->first;
}

/// Of the pieces that `wanted` accepts; ascending.
template <typename Wanted>
VoxelSet voxels_where(const std::vector<Piece>& pieces, const Wanted& wanted) {
    VoxelSet voxels;
    for (const Piece& piece : pieces)
        if (wanted(piece)) voxels.insert(voxels.end(), piece.voxels.begin(), piece.voxels.end());
    std::sort(voxels.begin(), voxels.end());
    return voxels;
}

double distance_between(const Piece& piece, const std::vector<const Piece*>& column) {
    double least = 1e30;
    for (const Piece* other : column)
        for (const auto& a : piece.cells)
            for (const auto& b : other->cells) {
                const double x = a[0] - b[0], y = a[1] - b[1], z = a[2] - b[2];
                least = std::min(least, x * x + y * y + z * z);
            }
    return kCell * std::sqrt(least);
}

bool beside_canal(const Piece& piece, const ColumnFrame& frame, const ColumnReach& reach) {
    const double height = dot(piece.centre, frame.directions.cranial);
    const auto front = frame.canal.front(height);
    const auto centre = frame.canal.centre(height);
    if (!front || !centre) return false;
    const double behind = dot(piece.centre, frame.directions.posterior) - *front;
    const double aside = std::abs(dot(piece.centre - *centre, frame.directions.left));
    return behind >= -reach.in_front && behind <= reach.behind && aside <= reach.beside;
}

/// A canal lies behind the discs of its height.
bool before_discs(const Piece& canal, const std::vector<Piece>& pieces, std::size_t largest_disc,
                  const Directions& directions) {
    const double height = dot(canal.centre, directions.cranial);
    double least = kCanalLevel;
    const Piece* nearest = nullptr;
    for (const Piece& piece : pieces) {
        if (piece.label != Label::disc || 4 * piece.voxels.size() < largest_disc) continue;
        const double away = std::abs(dot(piece.centre, directions.cranial) - height);
        if (away >= least) continue;
        least = away;
        nearest = &piece;
    }
    return nearest != nullptr && dot(canal.centre - nearest->centre, directions.posterior) < 0;
}

class StrayFinder {
  public:
    StrayFinder(const LabelMap& labels, const ColumnReach& reach)
        : reach_(reach),
          pieces_(all_pieces(labels)),
          groups_(pieces_, std::max(reach.joined, kThickSlices * labels.geometry.slice_spacing)) {
        if (pieces_.empty()) return;
        column_ = largest_group(pieces_, groups_);
        for (std::size_t i = 0; i < pieces_.size(); ++i) {
            const Piece& piece = pieces_[i];
            if (groups_.of(i) == column_) in_column_.push_back(&piece);
            if (piece.label == Label::disc) largest_disc_ = std::max(largest_disc_, piece.voxels.size());
            if (piece.label == Label::canal && groups_.of(i) == column_ &&
                (canal_ == nullptr || piece.voxels.size() > canal_->voxels.size()))
                canal_ = &piece;
        }
        const VoxelSet discs =
            voxels_where(pieces_, [](const Piece& piece) { return piece.label == Label::disc; });
        frame_ = find_column_frame(labels.geometry, canal_ == nullptr ? VoxelSet{} : canal_->voxels, discs);
    }

    VoxelSet strays() const {
        return voxels_where(pieces_, [this](const Piece& piece) { return is_stray(piece); });
    }

  private:
    bool is_stray(const Piece& piece) const {
        if (piece.label == Label::canal && &piece != canal_ &&
            before_discs(piece, pieces_, largest_disc_, frame_.directions))
            return true;
        if (groups_.of(static_cast<std::size_t>(&piece - pieces_.data())) == column_) return false;
        return !beside_canal(piece, frame_, reach_) || distance_between(piece, in_column_) > reach_.farthest;
    }

    ColumnReach reach_;
    std::vector<Piece> pieces_;
    Groups groups_;
    std::size_t column_ = 0;
    std::vector<const Piece*> in_column_;
    const Piece* canal_ = nullptr;  ///< the largest piece of canal in the column
    std::size_t largest_disc_ = 0;
    ColumnFrame frame_;
};

}  // namespace

std::size_t drop_strays(LabelMap& labels, const ColumnReach& reach) {
    const VoxelSet strays = StrayFinder(labels, reach).strays();
    for (const std::size_t voxel : strays) labels.voxels[voxel] = 0;
    return strays.size();
}

}  // namespace spineseg
