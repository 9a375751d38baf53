// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/measure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

#include "worker/levels/named_column.h"
#include "worker/levels/profile.h"
#include "worker/levels/ray.h"
#include "worker/levels/soft_volume.h"
#include "worker/levels/vertebra_partition.h"

namespace spineseg {
namespace {

using namespace levels;

constexpr double kBorder = 0.5;
constexpr double kLoose = 0.25;     // probability of the outer border
constexpr double kTight = 0.75;     // of the inner one
constexpr double kFarthest = 45.0;  // mm from a body's centre to any of its borders
constexpr double kFarthestOfDisc = 30.0;
constexpr double kCanalHalf = 8.0;    // mm along the canal for its direction
constexpr double kCanalWindow = 2.0;  // mm along the canal over which its diameter is averaged
constexpr std::array kBodyShares{0.10, 0.50, 0.90};
constexpr std::array kDiscShares{0.20, 0.50, 0.80};
constexpr std::array kHeights{Quantity::anterior_height, Quantity::middle_height, Quantity::posterior_height};

using Estimate = std::optional<Measurement>;

/// A measured length with half the difference between loose and tight border.
Estimate estimate(Quantity quantity, std::optional<double> value, std::optional<double> loose,
                  std::optional<double> tight) {
    if (!value) return std::nullopt;
    Measurement result{.quantity = quantity, .value = *value};
    if (loose && tight) result.uncertainty = 0.5 * std::abs(*loose - *tight);
    return result;
}

std::optional<double> quadrature(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) return std::nullopt;
    return std::hypot(*a, *b);
}

/// A structure as it was labelled and, where there are probabilities, as the ensemble sees it.
struct Seen {
    Field labelled;
    std::optional<Field> probable;

    template <typename Length>
    Estimate measured(Quantity quantity, const Length& length) const {
        if (!probable) return estimate(quantity, length(labelled, kBorder), std::nullopt, std::nullopt);
        return estimate(quantity, length(labelled, kBorder), length(*probable, kLoose),
                        length(*probable, kTight));
    }
};

struct MeasuredShape {
    Profile profile;
    Seen seen;
    std::array<Estimate, 3> heights;
};

class Measurer {
  public:
    Measurer(const SpineLevels& levels, const StructureProbabilities* probability)
        : levels_(levels), geometry_(levels.labels.geometry), probability_(probability) {
        NamedColumn named = named_column(levels);
        column_ = std::move(named.frame);
        voxels_ = std::move(named.voxels);
        discs_ = std::move(named.discs);
        if (discs_.empty()) return;
        for (const auto& [ordinal, disc] : discs_) chain_.push_back(disc);
        fit_shapes();
    }

    std::vector<StructureMeasurements> all() const {
        std::vector<StructureMeasurements> result;
        for (const auto& structure : levels_.structures) {
            StructureMeasurements group{.label = structure.label, .values = {}};
            switch (structure.structure) {
                case Structure::vertebra:
                    measure_vertebra(structure, group);
                    break;
                case Structure::disc:
                    measure_disc(structure, group);
                    break;
                case Structure::canal:
                    measure_canal(structure, group);
                    break;
            }
            result.push_back(std::move(group));
        }
        return result;
    }

  private:
    Seen seen(std::uint8_t label, Structure structure) const {
        Seen result{Field(levels_.labels, label), std::nullopt};
        if (probability_ != nullptr)
            result.probable.emplace(levels_.labels, label, probability_->of(structure));
        return result;
    }

    /// Moved to the side until it lies in the midline, which the canal shows.
    Vec3 in_midline(const Vec3& place) const {
        const auto centre = column_.canal.centre(dot(place, column_.directions.cranial));
        if (!centre) return place;
        return place + dot(*centre - place, column_.directions.left) * column_.directions.left;
    }

    /// A body's frame as its discs suggest it.
    OwnFrame guess_body(int ordinal) const {
        const auto below = discs_.find(ordinal);
        const auto above = discs_.find(ordinal + 1);
        const double half = 0.5 * typical_spacing(chain_);
        if (below != discs_.end() && above != discs_.end()) {
            const Directions d =
                directions_from(below->second.directions.cranial + above->second.directions.cranial,
                                below->second.directions.posterior + above->second.directions.posterior);
            return {in_midline(0.5 * (below->second.centre + above->second.centre)), d};
        }
        if (below != discs_.end())
            return {in_midline(below->second.centre + half * below->second.directions.cranial),
                    below->second.directions};
        return {in_midline(above->second.centre - half * above->second.directions.cranial),
                above->second.directions};
    }

    void fit_shapes() {
        for (const auto& s : levels_.structures) {
            if (s.structure == Structure::canal) continue;
            const bool body = s.structure == Structure::vertebra;
            if (body && !discs_.contains(s.ordinal) && !discs_.contains(s.ordinal + 1)) continue;
            const Seen as = seen(s.label, s.structure);
            const OwnFrame guess =
                body ? guess_body(s.ordinal)
                     : OwnFrame{in_midline(discs_.at(s.ordinal).centre), discs_.at(s.ordinal).directions};
            auto profile = Profile::fit(as.labelled, guess, body ? kFarthest : kFarthestOfDisc);
            if (!profile) continue;
            MeasuredShape shape{*profile, as, {}};
            for (std::size_t i = 0; i < 3; ++i)
                shape.heights[i] = as.measured(kHeights[i], [&](const Field& field, double threshold) {
                    return profile->height(field, (body ? kBodyShares : kDiscShares)[i], threshold);
                });
            shapes_.emplace(s.label, std::move(shape));
        }
    }

    const MeasuredShape* shape(std::uint8_t label) const {
        const auto found = shapes_.find(label);
        return found == shapes_.end() ? nullptr : &found->second;
    }

    void add_shape(const SpineStructure& structure, StructureMeasurements& group) const {
        const MeasuredShape* own = shape(structure.label);
        if (own != nullptr) {
            for (const auto& height : own->heights)
                if (height) group.values.push_back(*height);
            const auto depth = own->seen.measured(Quantity::depth, [&](const Field& field, double threshold) {
                return own->profile.depth(field, threshold);
            });
            if (depth) group.values.push_back(*depth);
        }
        if (!structure.whole) return;
        Measurement volume{.quantity = Quantity::volume, .value = 1000 * structure.millilitres};
        if (probability_ != nullptr)
            volume.uncertainty = volume_uncertainty(levels_.labels, voxels_.at(structure.label),
                                                    probability_->of(structure.structure),
                                                    column_.directions.left, kTight, kLoose);
        group.values.push_back(volume);
    }

    void measure_vertebra(const SpineStructure& structure, StructureMeasurements& group) const {
        add_shape(structure, group);
        if (structure.ordinal < 2) return;
        const MeasuredShape* upper = shape(structure.label);
        const MeasuredShape* lower = shape(static_cast<std::uint8_t>(structure.label - 1));
        if (upper == nullptr || lower == nullptr || !discs_.contains(structure.ordinal)) return;
        add_slip(*upper, *lower, static_cast<std::uint8_t>(kFirstDiscLabel + structure.ordinal - 1), group);
    }

    /// Coordinate of a back wall along the bisector.
    static Estimate wall(const MeasuredShape& shape, int endplate, const Vec3& backward) {
        return shape.seen.measured(Quantity::slip,
                                   [&](const Field& field, double threshold) -> std::optional<double> {
                                       const auto place = shape.profile.back_wall(field, endplate, threshold);
                                       if (!place) return std::nullopt;
                                       return dot(*place, backward);
                                   });
    }

    static void add_slip(const MeasuredShape& upper, const MeasuredShape& lower, std::uint8_t disc,
                         StructureMeasurements& group) {
        const Vec3 backward = normalised(upper.profile.frame().directions.posterior +
                                         lower.profile.frame().directions.posterior);
        const auto above = wall(upper, -1, backward);
        const auto below = wall(lower, +1, backward);
        if (!above || !below) return;
        Measurement slip{.quantity = Quantity::slip, .value = below->value - above->value, .at = disc};
        slip.uncertainty = quadrature(above->uncertainty, below->uncertainty);
        Measurement percent = slip;
        percent.quantity = Quantity::slip_percent;
        const double scale = 100.0 / lower.profile.upper_depth();
        percent.value *= scale;
        if (percent.uncertainty) *percent.uncertainty *= scale;
        group.values.push_back(slip);
        group.values.push_back(percent);
    }

    void measure_disc(const SpineStructure& structure, StructureMeasurements& group) const {
        add_shape(structure, group);
        const MeasuredShape* own = shape(structure.label);
        if (own == nullptr) return;
        double disc_sum = 0, disc_doubt = 0;
        bool doubted = true;
        for (const auto& height : own->heights) {
            if (!height) return;
            disc_sum += height->value;
            disc_doubt += height->uncertainty.value_or(0);
            doubted = doubted && height->uncertainty.has_value();
        }
        std::vector<Measurement> bodies;
        for (const int ordinal : {structure.ordinal, structure.ordinal - 1}) {
            const MeasuredShape* body = ordinal > 0 ? shape(static_cast<std::uint8_t>(ordinal)) : nullptr;
            if (body != nullptr && body->heights[1]) bodies.push_back(*body->heights[1]);
        }
        if (bodies.empty()) return;
        double body_sum = 0, body_doubt = 0;
        for (const auto& body : bodies) {
            body_sum += body.value;
            body_doubt = std::hypot(body_doubt, body.uncertainty.value_or(0));
            doubted = doubted && body.uncertainty.has_value();
        }
        Measurement index{.quantity = Quantity::disc_height_index};
        index.value = (disc_sum / 3) / (body_sum / static_cast<double>(bodies.size()));
        if (doubted)
            index.uncertainty = index.value * std::hypot(disc_doubt / disc_sum, body_doubt / body_sum);
        group.values.push_back(index);
    }

    /// Where a disc's midplane meets the canal.
    std::optional<Vec3> canal_at(const Disc& disc) const {
        const Vec3& up = column_.directions.cranial;
        double height = dot(disc.centre, up);
        std::optional<Vec3> centre;
        for (int step = 0; step < 4; ++step) {
            centre = column_.canal.centre(height);
            if (!centre) return std::nullopt;
            // The profile's centre stands in the middle of a bin; move along the canal to the asked height.
            *centre = *centre + (height - dot(*centre, up)) * up;
            height -= disc.height_of(*centre);
        }
        return centre;
    }

    void measure_canal(const SpineStructure& structure, StructureMeasurements& group) const {
        const Seen canal = seen(structure.label, Structure::canal);
        for (auto disc = discs_.rbegin(); disc != discs_.rend(); ++disc) {
            const auto middle = canal_at(disc->second);
            if (!middle) continue;
            const Vec3& up = column_.directions.cranial;
            const double height = dot(*middle, up);
            const auto above = column_.canal.centre(height + kCanalHalf);
            const auto below = column_.canal.centre(height - kCanalHalf);
            const Vec3 along = above && below && norm(*above - *below) > kCanalHalf ? *above - *below : up;
            const Directions d = directions_from(along, column_.directions.posterior);
            auto diameter =
                canal.measured(Quantity::canal_diameter, [&](const Field& field, double threshold) {
                    return diameter_across(field, *middle, d, threshold);
                });
            if (!diameter) continue;
            diameter->at = static_cast<std::uint8_t>(kFirstDiscLabel + disc->first - 1);
            group.values.push_back(*diameter);
        }
    }

    static std::optional<double> diameter_across(const Field& field, const Vec3& middle, const Directions& d,
                                                 double threshold) {
        double sum = 0;
        for (const double offset : {-kCanalWindow, 0.0, kCanalWindow}) {
            const Vec3 start = middle + offset * d.cranial;
            const auto front = reach(field, start, -1.0 * d.posterior, threshold, kFarthestOfDisc);
            const auto back = reach(field, start, d.posterior, threshold, kFarthestOfDisc);
            if (!front || !back) return std::nullopt;
            sum += *front + *back;
        }
        return sum / 3;
    }

    const SpineLevels& levels_;
    const Geometry& geometry_;
    const StructureProbabilities* probability_;
    ColumnFrame column_;
    std::map<std::uint8_t, VoxelSet> voxels_;
    std::map<int, Disc> discs_;  ///< by ordinal
    std::vector<Disc> chain_;    ///< the same, from below
    std::map<std::uint8_t, MeasuredShape> shapes_;
};

}  // namespace

Result<std::vector<StructureMeasurements>> measure(const SpineLevels& levels,
                                                   const StructureProbabilities* probability) {
    if (levels.labels.voxels.size() != levels.labels.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map has fewer voxels than its grid");
    if (probability != nullptr)
        for (const auto& map : probability->maps)
            if (!same_grid(map.geometry, levels.labels.geometry) ||
                map.voxels.size() != levels.labels.voxels.size())
                return failure(ErrorCode::invalid_argument,
                               "labels and probabilities lie on different grids");
    return Measurer(levels, probability).all();
}

}  // namespace spineseg
