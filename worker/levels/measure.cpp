// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/measure.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "worker/levels/canal_diameter.h"
#include "worker/levels/interval_rule.h"
#include "worker/levels/measured_shape.h"
#include "worker/levels/named_column.h"
#include "worker/levels/soft_volume.h"

namespace spineseg {
namespace {

using namespace levels;

class Measurer {
  public:
    Measurer(const SpineLevels& levels, const StructureProbabilities* probability)
        : levels_(levels), probability_(probability), column_(named_column(levels)) {
        if (!column_.discs.empty()) fit_shapes();
    }

    std::vector<StructureMeasurements> all(Uncertainty uncertainty) const {
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
            for (auto& value : group.values)
                if (value.uncertainty && uncertainty == Uncertainty::interval)
                    value.uncertainty = interval_half(interval_terms(structure.structure, value.quantity),
                                                      value.quantity, value.value, *value.uncertainty);
            result.push_back(std::move(group));
        }
        return result;
    }

  private:
    static std::uint8_t disc_label(int ordinal) {
        return static_cast<std::uint8_t>(kFirstDiscLabel + ordinal - 1);
    }

    Seen seen(std::uint8_t label, Structure structure) const {
        Seen result{Field(levels_.labels, label), std::nullopt};
        if (probability_ != nullptr)
            result.probable.emplace(levels_.labels, label, probability_->of(structure));
        return result;
    }

    void fit_shapes() {
        for (const auto& s : levels_.structures) {
            if (s.structure == Structure::canal) continue;
            const bool body = s.structure == Structure::vertebra;
            if (body && !column_.lies_beside_a_disc(s.ordinal)) continue;
            const OwnFrame guess = body ? column_.body_frame(s.ordinal)
                                        : OwnFrame{column_.in_midline(column_.discs.at(s.ordinal).centre),
                                                   column_.discs.at(s.ordinal).directions};
            auto shape = measure_shape(seen(s.label, s.structure), s.structure, guess);
            if (shape) shapes_.emplace(s.label, *shape);
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
            volume.uncertainty = volume_uncertainty(levels_.labels, column_.voxels.at(structure.label),
                                                    probability_->of(structure.structure),
                                                    column_.frame.directions.left, kTight, kLoose);
        group.values.push_back(volume);
    }

    void measure_vertebra(const SpineStructure& structure, StructureMeasurements& group) const {
        add_shape(structure, group);
        if (structure.ordinal < 2) return;
        const MeasuredShape* upper = shape(structure.label);
        const MeasuredShape* lower = shape(static_cast<std::uint8_t>(structure.label - 1));
        if (upper == nullptr || lower == nullptr || !column_.discs.contains(structure.ordinal)) return;
        for (const auto& slip : measure_slip(*upper, *lower, disc_label(structure.ordinal)))
            group.values.push_back(slip);
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

    void measure_canal(const SpineStructure& structure, StructureMeasurements& group) const {
        const Seen canal = seen(structure.label, Structure::canal);
        for (auto disc = column_.discs.rbegin(); disc != column_.discs.rend(); ++disc) {
            auto diameter = measure_canal_diameter(canal, column_.frame, disc->second);
            if (!diameter) continue;
            diameter->at = disc_label(disc->first);
            group.values.push_back(*diameter);
        }
    }

    const SpineLevels& levels_;
    const StructureProbabilities* probability_;
    NamedColumn column_;
    std::map<std::uint8_t, MeasuredShape> shapes_;
};

}  // namespace

Result<std::vector<StructureMeasurements>> measure(const SpineLevels& levels,
                                                   const StructureProbabilities* probability,
                                                   Uncertainty uncertainty) {
    if (levels.labels.voxels.size() != levels.labels.geometry.voxel_count())
        return failure(ErrorCode::invalid_argument, "the label map has fewer voxels than its grid");
    if (probability != nullptr)
        for (const auto& map : probability->maps)
            if (!same_grid(map.geometry, levels.labels.geometry) ||
                map.voxels.size() != levels.labels.voxels.size())
                return failure(ErrorCode::invalid_argument,
                               "labels and probabilities lie on different grids");
    return Measurer(levels, probability).all(uncertainty);
}

}  // namespace spineseg
