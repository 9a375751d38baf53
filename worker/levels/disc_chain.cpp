// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/disc_chain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

namespace spineseg::levels {
namespace {

constexpr double kSmallestDisc = 0.2;    // ml: half a disc of a thin midline slab has more
constexpr double kSmallestShare = 0.06;  // of the median of the larger discs
constexpr double kSamePlane = 6.0;       // mm: a piece no farther from a disc's plane may be a part of it
constexpr double kNearPlane = 14.0;      // mm: nor one that lies beside it, of a disc that is split or tilted
constexpr double kOverlap = 0.3;         // of a piece's footprint: more lies over or under the disc
constexpr double kFootprint = 3.0;       // mm: size of a footprint's squares
constexpr double kTallest = 26.0;        // mm along the column: more is two discs with a bridge
constexpr double kHeightBin = 2.0;       // mm
constexpr double kBridge = 0.25;         // of the smaller disc's widest section: a bridge is thinner
constexpr double kFarInFront = 45.0;     // mm from a disc's back to the canal's front wall at most
constexpr double kBehindFront = 12.0;    // mm by which a disc's back may reach behind that wall
constexpr double kSideways = 45.0;       // mm from the disc's centre at most
constexpr double kOffColumn = 30.0;      // mm from the line through the other discs: no disc
constexpr double kWidthDoubt = 25.0;     // mm²: a slab of a few slices says nothing about a tilt to the side

struct Spread {
    double back = 0, up = 0, left = 0;  // variances
    double back_up = 0, left_up = 0;    // covariances
};

Spread spread_of(const Geometry& geometry, const Disc& disc, const Directions& d) {
    Spread s;
    for (const std::size_t voxel : disc.voxels) {
        const Vec3 offset = place_of(geometry, voxel) - disc.centre;
        const double back = dot(offset, d.posterior), up = dot(offset, d.cranial), left = dot(offset, d.left);
        s.back += back * back;
        s.up += up * up;
        s.left += left * left;
        s.back_up += back * up;
        s.left_up += left * up;
    }
    const double count = static_cast<double>(disc.voxels.size());
    for (double* value : {&s.back, &s.up, &s.left, &s.back_up, &s.left_up}) *value /= count;
    return s;
}

/// Extent between the 2nd and the 98th percentile along a direction.
double extent(const Geometry& geometry, const Disc& disc, const Vec3& direction) {
    std::vector<double> places;
    for (const std::size_t voxel : disc.voxels)
        places.push_back(dot(place_of(geometry, voxel) - disc.centre, direction));
    const auto at = [&](double share) {
        const auto place = static_cast<std::ptrdiff_t>(share * static_cast<double>(places.size() - 1));
        std::nth_element(places.begin(), places.begin() + place, places.end());
        return places[static_cast<std::size_t>(place)];
    };
    const double low = at(0.02);
    return at(0.98) - low;
}

/// The plane within the sagittal plane is where the disc is longest; across it, the slope of its voxels.
void fit_plane(const Geometry& geometry, const Directions& column, Disc& disc) {
    disc.centre = centroid_of(geometry, disc.voxels);
    const Spread s = spread_of(geometry, disc, column);
    const double angle = 0.5 * std::atan2(2 * s.back_up, s.back - s.up);
    const Vec3 posterior = std::cos(angle) * column.posterior + std::sin(angle) * column.cranial;
    const Vec3 upright = std::cos(angle) * column.cranial - std::sin(angle) * column.posterior;
    const double slope = s.left_up / (s.left + kWidthDoubt);
    disc.directions = directions_from(upright - slope * column.left, posterior);
    disc.depth = extent(geometry, disc, disc.directions.posterior);
    disc.millilitres = static_cast<double>(disc.voxels.size()) * voxel_millilitres(geometry);
}

using Square = std::pair<long, long>;

/// The squares that a disc covers when one looks along the column.
std::set<Square> footprint(const Geometry& geometry, const Directions& column, const VoxelSet& voxels) {
    std::set<Square> squares;
    for (const std::size_t voxel : voxels) {
        const Vec3 place = place_of(geometry, voxel);
        squares.insert({std::lround(dot(place, column.posterior) / kFootprint),
                        std::lround(dot(place, column.left) / kFootprint)});
    }
    return squares;
}

/// Beside each other, not one over the other.
bool side_by_side(const Geometry& geometry, const Directions& column, const Disc& a, const Disc& b) {
    const auto first = footprint(geometry, column, a.voxels);
    const auto second = footprint(geometry, column, b.voxels);
    const auto both = std::count_if(first.begin(), first.end(),
                                    [&](const Square& square) { return second.contains(square); });
    return static_cast<double>(both) <= kOverlap * static_cast<double>(std::min(first.size(), second.size()));
}

bool belongs_to(const Geometry& geometry, const Directions& column, const Disc& piece, const Disc& disc) {
    if (norm(piece.centre - disc.centre) > kSideways) return false;
    const double height = std::abs(disc.height_of(piece.centre));
    return height <= kSamePlane || (height <= kNearPlane && side_by_side(geometry, column, piece, disc));
}

/// Two discs that a bridge joins, taken apart where the piece is thinnest; else the piece as it is.
std::vector<VoxelSet> taken_apart(const Geometry& geometry, const Directions& column, VoxelSet piece) {
    std::map<long, std::size_t> sections;
    const auto bin_of = [&](std::size_t voxel) {
        return std::lround(dot(place_of(geometry, voxel), column.cranial) / kHeightBin);
    };
    for (const std::size_t voxel : piece) ++sections[bin_of(voxel)];
    const long low = sections.begin()->first, high = sections.rbegin()->first;
    if (static_cast<double>(high - low) * kHeightBin <= kTallest) return {std::move(piece)};
    long thinnest = 0;
    double least = kBridge;
    for (long bin = low + 1; bin < high; ++bin) {
        std::size_t below = 0, above = 0;
        for (const auto& [other, count] : sections) {
            std::size_t& widest = other < bin ? below : above;
            if (other != bin) widest = std::max(widest, count);
        }
        const auto here = sections.find(bin);
        const double count = here == sections.end() ? 0 : static_cast<double>(here->second);
        const double share = count / static_cast<double>(std::max<std::size_t>(1, std::min(below, above)));
        if (share >= least) continue;
        least = share;
        thinnest = bin;
    }
    if (least >= kBridge) return {std::move(piece)};
    std::vector<VoxelSet> parts(2);
    for (const std::size_t voxel : piece) parts[bin_of(voxel) < thinnest ? 0 : 1].push_back(voxel);
    std::vector<VoxelSet> discs;
    for (auto& part : parts)  // several bridges may follow each other
        for (auto& disc : taken_apart(geometry, column, std::move(part))) discs.push_back(std::move(disc));
    return discs;
}

/// Where the canal is known at a disc's height: the disc ends near its front wall.
bool lies_before_canal(const Disc& disc, const ColumnFrame& frame) {
    const auto front = frame.canal.front(dot(disc.centre, frame.directions.cranial));
    if (!front) return true;
    const double back = dot(disc.centre, frame.directions.posterior) + 0.5 * disc.depth;
    return *front - back <= kFarInFront && back - *front <= kBehindFront;
}

void join(const Geometry& geometry, const Directions& column, const Disc& piece, Disc& disc) {
    disc.voxels.insert(disc.voxels.end(), piece.voxels.begin(), piece.voxels.end());
    std::sort(disc.voxels.begin(), disc.voxels.end());
    fit_plane(geometry, column, disc);
}

/// Of the five largest; they come largest first.
double typical_millilitres(const std::vector<Disc>& discs) {
    return discs.empty() ? 0 : discs[std::min<std::size_t>(2, discs.size() - 1)].millilitres;
}

/// Distance from the straight line through the neighbours; 0 at the ends of the chain.
double off_column(const std::vector<Disc>& discs, std::size_t i) {
    if (i == 0 || i + 1 >= discs.size()) return 0;
    const Vec3 along = normalised(discs[i + 1].centre - discs[i - 1].centre);
    const Vec3 offset = discs[i].centre - discs[i - 1].centre;
    return norm(offset - dot(offset, along) * along);
}

void drop_strays(DiscChain& chain) {
    for (std::size_t i = 1; i + 1 < chain.discs.size();) {
        if (off_column(chain.discs, i) <= kOffColumn) {
            ++i;
            continue;
        }
        const auto& voxels = chain.discs[i].voxels;
        chain.strays.insert(chain.strays.end(), voxels.begin(), voxels.end());
        chain.discs.erase(chain.discs.begin() + static_cast<std::ptrdiff_t>(i));
    }
}

}  // namespace

Disc fit_disc(const Geometry& geometry, const Directions& column, VoxelSet voxels) {
    Disc disc{.voxels = std::move(voxels)};
    fit_plane(geometry, column, disc);
    return disc;
}

DiscChain find_discs(const Geometry& geometry, const VoxelSet& disc_voxels, const ColumnFrame& frame) {
    DiscChain chain;
    std::vector<VoxelSet> pieces;
    for (auto& voxels : pieces_of(geometry, disc_voxels))
        for (auto& part : taken_apart(geometry, frame.directions, std::move(voxels)))
            pieces.push_back(std::move(part));
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const VoxelSet& a, const VoxelSet& b) { return a.size() > b.size(); });
    for (auto& voxels : pieces) {
        Disc piece = fit_disc(geometry, frame.directions, std::move(voxels));
        const auto home = std::find_if(chain.discs.begin(), chain.discs.end(), [&](const Disc& disc) {
            return belongs_to(geometry, frame.directions, piece, disc);
        });
        if (home != chain.discs.end()) {
            join(geometry, frame.directions, piece, *home);
        } else if (lies_before_canal(piece, frame) &&
                   piece.millilitres >=
                       std::max(kSmallestDisc, kSmallestShare * typical_millilitres(chain.discs))) {
            chain.discs.push_back(std::move(piece));
        } else {
            chain.strays.insert(chain.strays.end(), piece.voxels.begin(), piece.voxels.end());
        }
    }
    const Vec3& up = frame.directions.cranial;
    std::sort(chain.discs.begin(), chain.discs.end(),
              [&](const Disc& a, const Disc& b) { return dot(a.centre, up) < dot(b.centre, up); });
    drop_strays(chain);
    return chain;
}

}  // namespace spineseg::levels
