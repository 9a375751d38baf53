// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/metrics/exposition.h"

#include <prometheus/text_serializer.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>

namespace spineseg {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr std::string_view kOpenMetricsType = "application/openmetrics-text";
constexpr std::string_view kCounterSuffix = "_total";

std::string_view name_of_type(MetricType type) {
    switch (type) {
        case MetricType::Counter:
            return "counter";
        case MetricType::Gauge:
            return "gauge";
        case MetricType::Histogram:
            return "histogram";
        default:
            return "unknown";
    }
}

/// The shortest text that reads back as the same number, with a point, as OpenMetrics wants it for `le`.
std::string number_text(double value) {
    if (std::isnan(value)) return "NaN";
    if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
    return nlohmann::json(value).dump();
}

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '\n') {
            result += "\\n";
            continue;
        }
        if (c == '\\' || c == '"') result += '\\';
        result += c;
    }
    return result;
}

class OpenMetricsText {
  public:
    void add(const MetricFamily& family) {
        std::string_view name = family.name;
        if (family.type == MetricType::Counter && name.ends_with(kCounterSuffix))
            name.remove_suffix(kCounterSuffix.size());
        name_ = name;
        ((text_ += "# TYPE " + name_ + " ") += name_of_type(family.type)) += "\n";
        text_ += "# HELP " + name_ + " " + escaped(family.help) + "\n";
        for (const auto& metric : family.metric) add(metric, family.type);
    }
    std::string finish() { return std::move(text_) + "# EOF\n"; }

  private:
    void add(const ClientMetric& metric, MetricType type) {
        if (type == MetricType::Counter) return sample("_total", metric, number_text(metric.counter.value));
        if (type == MetricType::Gauge) return sample("", metric, number_text(metric.gauge.value));
        const auto& histogram = metric.histogram;
        for (const auto& bucket : histogram.bucket)
            sample("_bucket", metric, std::to_string(bucket.cumulative_count),
                   "le=\"" + number_text(bucket.upper_bound) + "\"");
        sample("_count", metric, std::to_string(histogram.sample_count));
        sample("_sum", metric, number_text(histogram.sample_sum));
    }
    void sample(const char* suffix, const ClientMetric& metric, const std::string& value,
                const std::string& more_labels = "") {
        std::string labels;
        for (const auto& label : metric.label)
            labels += (labels.empty() ? "" : ",") + label.name + "=\"" + escaped(label.value) + "\"";
        if (!more_labels.empty()) labels += (labels.empty() ? "" : ",") + more_labels;
        text_ += name_ + suffix + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
    }

    std::string name_;
    std::string text_;
};

}  // namespace

Exposition expose(const std::vector<MetricFamily>& families, std::string_view accept) {
    if (accept.find(kOpenMetricsType) == std::string_view::npos)
        return {"text/plain; version=0.0.4; charset=utf-8", prometheus::TextSerializer().Serialize(families)};
    OpenMetricsText text;
    for (const auto& family : families) text.add(family);
    return {std::string(kOpenMetricsType) + "; version=1.0.0; charset=utf-8", text.finish()};
}

}  // namespace spineseg
