// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/levels/measured_shape.h"

#include <cmath>

namespace spineseg::levels {
namespace {

constexpr std::array kBodyShares{0.10, 0.50, 0.90};
constexpr std::array kDiscShares{0.20, 0.50, 0.80};
constexpr std::array kHeights{Quantity::anterior_height, Quantity::middle_height, Quantity::posterior_height};

std::optional<double> quadrature(std::optional<double> a, std::optional<double> b) {
    if (!a || !b) return std::nullopt;
    return std::hypot(*a, *b);
}

/// Coordinate of a back wall along the bisector.
Estimate wall(const MeasuredShape& shape, int endplate, const Vec3& backward) {
    return shape.seen.measured(Quantity::slip,
                               [&](const Field& field, double threshold) -> std::optional<double> {
                                   const auto place = shape.profile.back_wall(field, endplate, threshold);
                                   if (!place) return std::nullopt;
                                   return dot(*place, backward);
                               });
}

}  // namespace

Estimate estimate(Quantity quantity, std::optional<double> value, std::optional<double> loose,
                  std::optional<double> tight) {
    if (!value) return std::nullopt;
    Measurement result{.quantity = quantity, .value = *value};
    if (loose && tight) result.uncertainty = 0.5 * std::abs(*loose - *tight);
    return result;
}

std::optional<MeasuredShape> measure_shape(const Seen& seen, Structure structure, const OwnFrame& guess) {
    const bool body = structure == Structure::vertebra;
    const auto profile = Profile::fit(seen.labelled, guess, body ? kFarthestOfBody : kFarthestOfDisc);
    if (!profile) return std::nullopt;
    MeasuredShape shape{*profile, seen, {}};
    for (std::size_t i = 0; i < kHeights.size(); ++i)
        shape.heights[i] = seen.measured(kHeights[i], [&](const Field& field, double threshold) {
            return profile->height(field, (body ? kBodyShares : kDiscShares)[i], threshold);
        });
    return shape;
}

std::vector<Measurement> measure_slip(const MeasuredShape& upper, const MeasuredShape& lower,
                                      std::uint8_t disc) {
    const Vec3 backward =
        normalised(upper.profile.frame().directions.posterior + lower.profile.frame().directions.posterior);
    const auto above = wall(upper, -1, backward);
    const auto below = wall(lower, +1, backward);
    if (!above || !below) return {};
    Measurement slip{.quantity = Quantity::slip, .value = below->value - above->value, .at = disc};
    slip.uncertainty = quadrature(above->uncertainty, below->uncertainty);
    Measurement percent = slip;
    percent.quantity = Quantity::slip_percent;
    const double scale = 100.0 / lower.profile.upper_depth();
    percent.value *= scale;
    if (percent.uncertainty) *percent.uncertainty *= scale;
    return {slip, percent};
}

}  // namespace spineseg::levels
