// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/vertebra_partition.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spineseg::levels {
namespace {

constexpr double kUsualSpacing = 35.0;  // mm from one lumbar disc to the next
constexpr double kArchDrop =
    0.30;  // of the spacing: how much lower the border lies between spinous processes
constexpr double kDropBegins =
    12.0;                            // mm behind the canal's front wall: the joints, at the disc's own height
constexpr double kDropEnds = 30.0;   // mm behind it: the roots of the spinous processes
constexpr double kBehindDisc = 2.0;  // mm from a disc's back to where a canal would begin
constexpr double kWholeArch = 1.25;  // of the spacing: no arch is longer along the column

class Divider {
  public:
    Divider(const Geometry& geometry, const std::vector<Disc>& discs, const ColumnFrame& frame)
        : geometry_(geometry), discs_(discs), frame_(frame), spacing_(typical_spacing(discs)) {
        const Vec3& up = frame.directions.cranial;
        middles_.push_back(dot(discs.front().centre, up) - 0.5 * spacing_);
        for (std::size_t i = 0; i + 1 < discs.size(); ++i)
            middles_.push_back(0.5 * (dot(discs[i].centre, up) + dot(discs[i + 1].centre, up)));
        middles_.push_back(dot(discs.back().centre, up) + 0.5 * spacing_);
    }

    /// How far behind the front wall of the canal, negative in front of it.
    double behind_wall(const Vec3& place) const {
        const double height = dot(place, frame_.directions.cranial);
        const auto front = frame_.canal.front(height);
        return dot(place, frame_.directions.posterior) - (front ? *front : back_of_discs(height));
    }

    /// The space whose borders the point violates least, of those the nearest.
    std::size_t space_of(const Vec3& place, double behind) const {
        const double drop =
            kArchDrop * spacing_ * std::clamp((behind - kDropBegins) / (kDropEnds - kDropBegins), 0.0, 1.0);
        const double height = dot(place, frame_.directions.cranial);
        std::size_t best = 0;
        double least = std::numeric_limits<double>::max();
        for (std::size_t space = 0; space < middles_.size(); ++space) {
            double violation = 0;
            if (space > 0) violation = std::max(violation, -drop - discs_[space - 1].height_of(place));
            if (space < discs_.size()) violation = std::max(violation, discs_[space].height_of(place) + drop);
            const double cost = 10 * violation + std::abs(height - middles_[space]);
            if (cost >= least) continue;
            least = cost;
            best = space;
        }
        return best;
    }

    /// Where all of a piece of arch belongs: one space if it is short, else voxel by voxel.
    void divide_arch(const VoxelSet& piece, std::vector<Bone>& spaces) const {
        std::vector<std::size_t> chosen(piece.size());
        std::vector<std::size_t> votes(spaces.size());
        double low = std::numeric_limits<double>::max();
        double high = -low;
        for (std::size_t i = 0; i < piece.size(); ++i) {
            const Vec3 place = place_of(geometry_, piece[i]);
            const double height = dot(place, frame_.directions.cranial);
            low = std::min(low, height);
            high = std::max(high, height);
            chosen[i] = space_of(place, behind_wall(place));
            ++votes[chosen[i]];
        }
        const auto most =
            static_cast<std::size_t>(std::max_element(votes.begin(), votes.end()) - votes.begin());
        const bool one = high - low <= kWholeArch * spacing_ && 5 * votes[most] >= 3 * piece.size();
        for (std::size_t i = 0; i < piece.size(); ++i)
            spaces[one ? most : chosen[i]].arch.push_back(piece[i]);
    }

  private:
    /// Where no canal is labelled: just behind the nearest disc.
    double back_of_discs(double height) const {
        const Vec3& up = frame_.directions.cranial;
        const auto nearest =
            std::min_element(discs_.begin(), discs_.end(), [&](const Disc& a, const Disc& b) {
                return std::abs(dot(a.centre, up) - height) < std::abs(dot(b.centre, up) - height);
            });
        return dot(nearest->centre, frame_.directions.posterior) + 0.5 * nearest->depth + kBehindDisc;
    }

    const Geometry& geometry_;
    const std::vector<Disc>& discs_;
    const ColumnFrame& frame_;
    double spacing_;
    std::vector<double> middles_;  ///< height of each space's middle
};

}  // namespace

double typical_spacing(const std::vector<Disc>& discs) {
    std::vector<double> steps;
    for (std::size_t i = 0; i + 1 < discs.size(); ++i)
        steps.push_back(norm(discs[i + 1].centre - discs[i].centre));
    if (steps.empty()) return kUsualSpacing;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
    std::nth_element(steps.begin(), middle, steps.end());
    return *middle;
}

std::vector<Bone> divide_bone(const Geometry& geometry, const VoxelSet& bone, const std::vector<Disc>& discs,
                              const ColumnFrame& frame) {
    std::vector<Bone> spaces(discs.size() + 1);
    if (discs.empty()) return spaces;
    const Divider divider(geometry, discs, frame);
    VoxelSet arches;
    for (const std::size_t voxel : bone) {
        const Vec3 place = place_of(geometry, voxel);
        const double behind = divider.behind_wall(place);
        if (behind >= 0)
            arches.push_back(voxel);
        else
            spaces[divider.space_of(place, behind)].body.push_back(voxel);
    }
    for (const auto& piece : pieces_of(geometry, arches)) divider.divide_arch(piece, spaces);
    return spaces;
}

}  // namespace spineseg::levels
