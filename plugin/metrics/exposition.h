// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Metrics as text: in Prometheus' own format, as prometheus-cpp writes it, or in the OpenMetrics format 1.0, which that
/// library does not write. Pure; any thread.

#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

struct Exposition {
    std::string content_type;
    std::string text;
};

/// `accept` is the request's header of that name: OpenMetrics for whoever names it, Prometheus' format for all others.
Exposition expose(const std::vector<prometheus::MetricFamily>& families, std::string_view accept);

}  // namespace spineseg
