// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/model_grid/axis_filter.h"

#include <algorithm>
#include <cmath>

namespace spineseg {
namespace {

std::vector<float> resample_columns(std::span<const float> plane, std::size_t rows,
                                    const AxisFilter& filter) {
    const auto inputs = static_cast<std::size_t>(filter.inputs());
    const auto outputs = static_cast<std::size_t>(filter.outputs());
    std::vector<float> result(rows * outputs);
    for (std::size_t row = 0; row < rows; ++row) {
        const float* source = plane.data() + row * inputs;
        for (std::size_t out = 0; out < outputs; ++out) {
            const auto weights = filter.weights(static_cast<int>(out));
            const float* first = source + filter.first_input(static_cast<int>(out));
            float sum = 0.0F;
            for (std::size_t i = 0; i < weights.size(); ++i) sum += weights[i] * first[i];
            result[row * outputs + out] = sum;
        }
    }
    return result;
}

std::vector<float> resample_rows(std::span<const float> plane, std::size_t columns,
                                 const AxisFilter& filter) {
    const auto outputs = static_cast<std::size_t>(filter.outputs());
    std::vector<float> result(outputs * columns, 0.0F);
    for (std::size_t out = 0; out < outputs; ++out) {
        const auto weights = filter.weights(static_cast<int>(out));
        const auto first = static_cast<std::size_t>(filter.first_input(static_cast<int>(out)));
        float* target = result.data() + out * columns;
        for (std::size_t i = 0; i < weights.size(); ++i) {
            const float* source = plane.data() + (first + i) * columns;
            for (std::size_t column = 0; column < columns; ++column)
                target[column] += weights[i] * source[column];
        }
    }
    return result;
}

}  // namespace

AxisFilter::AxisFilter(int inputs, int outputs, double step) : inputs_(inputs) {
    taps_.reserve(static_cast<std::size_t>(outputs));
    for (int out = 0; out < outputs; ++out)
        add_tap((out - (outputs - 1) / 2.0) * step + (inputs - 1) / 2.0, std::max(1.0, step));
}

void AxisFilter::add_tap(double centre, double width) {
    // At the border the footprint may reach past the image by less than half a pixel: only the inputs that
    // exist count.
    const double inside = std::clamp(centre, 0.0, static_cast<double>(inputs_ - 1));
    const double low = inside - width / 2.0;
    const double high = inside + width / 2.0;
    const int first = std::max(0, static_cast<int>(std::floor(low + 0.5)));
    const int last = std::min(inputs_ - 1, static_cast<int>(std::ceil(high - 0.5)));
    constexpr double kNothing = 1e-9;
    Tap tap{first, weights_.size(), 0};
    std::vector<double> overlaps;
    double sum = 0.0;
    for (int i = first; i <= last; ++i) {
        const double overlap = std::min(high, i + 0.5) - std::max(low, i - 0.5);
        if (overlap <= kNothing && overlaps.empty()) {
            ++tap.first;
            continue;
        }
        overlaps.push_back(std::max(overlap, 0.0));
        sum += overlaps.back();
    }
    while (overlaps.size() > 1 && overlaps.back() <= kNothing) {
        sum -= overlaps.back();
        overlaps.pop_back();
    }
    for (double overlap : overlaps) weights_.push_back(static_cast<float>(overlap / sum));
    tap.count = overlaps.size();
    taps_.push_back(tap);
}

std::span<const float> AxisFilter::weights(int output) const {
    const Tap& tap = taps_[static_cast<std::size_t>(output)];
    return std::span<const float>(weights_).subspan(tap.offset, tap.count);
}

std::vector<float> resample_plane(std::span<const float> plane, const AxisFilter& rows,
                                  const AxisFilter& columns) {
    const auto narrowed = resample_columns(plane, static_cast<std::size_t>(rows.inputs()), columns);
    return resample_rows(narrowed, static_cast<std::size_t>(columns.outputs()), rows);
}

}  // namespace spineseg
