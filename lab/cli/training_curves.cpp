// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/training_curves.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>

#include "core/volume.h"
#include "lab/cli/csv_table.h"
#include "worker/drawing/surface.h"
#include "worker/volume_files/byte_stream.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

constexpr Colour kPaper{1, 1, 1}, kInk{0.13, 0.13, 0.15}, kGrid{0.88, 0.88, 0.90}, kNeutral{0.20, 0.35, 0.60};
constexpr double kChartWidth = 520, kChartHeight = 340, kLeft = 76, kRight = 22, kTop = 46, kBottom = 62;

using Columns = std::map<std::string, std::vector<std::optional<double>>>;

/// A table of numbers; an empty cell is a figure that there was not.
Result<Columns> read_numbers(const fs::path& csv) {
    const auto table = read_csv_table(csv);
    if (!table) return failure(table.error());
    Columns columns;
    for (const auto& row : table->rows) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string& text = row[i];
            double value = 0;
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
            const bool number =
                error == std::errc() && end == text.data() + text.size() && std::isfinite(value);
            if (!text.empty() && !number)
                return failure(ErrorCode::file_unreadable,
                               csv.string() + ": \"" + text + "\" is not a number");
            columns[table->columns[i]].push_back(number ? std::optional(value) : std::nullopt);
        }
    }
    return columns;
}

std::vector<ChartPoint> points(const Columns& columns, const std::string& name) {
    std::vector<ChartPoint> result;
    const auto x = columns.find("iteration"), y = columns.find(name);
    if (x == columns.end() || y == columns.end()) return result;
    for (std::size_t i = 0; i < x->second.size(); ++i)
        if (x->second[i] && y->second[i]) result.push_back({.x = *x->second[i], .y = *y->second[i]});
    return result;
}

ChartRange covering(const std::vector<ChartPoint>& line, double ChartPoint::*value, double low) {
    double high = low;
    for (const auto& point : line) high = std::max(high, point.*value);
    return {low, high > low ? high : low + 1};
}

Chart line_chart(const std::string& title, std::vector<ChartPoint> line) {
    Chart chart{.title = title, .x_label = "iteration", .y_label = ""};
    chart.x = covering(line, &ChartPoint::x, 0);
    chart.y = covering(line, &ChartPoint::y, 0);
    chart.series.push_back({.name = "", .mark = ChartMark::line, .colour = 0, .points = std::move(line)});
    return chart;
}

Chart dice_chart(const Columns& columns, const ChartRange& iterations) {
    Chart chart{
        .title = "Dice on patients not trained on (averaged weights)", .x_label = "iteration", .y_label = ""};
    chart.x = iterations;
    double low = 1;
    for (int s = 0; s <= kStructures; ++s) {
        const std::string name = s < kStructures ? to_string(static_cast<Structure>(s)) : "mean";
        auto line = points(columns, name);
        for (const auto& point : line) low = std::min(low, point.y);
        chart.series.push_back({.name = name,
                                .mark = s < kStructures ? ChartMark::dot : ChartMark::line,
                                .colour = s < kStructures ? s + 1 : 0,
                                .points = std::move(line)});
    }
    chart.y = {std::floor(low * 10) / 10, 1.0};
    if (!(chart.y.low < chart.y.high)) chart.y.low = 0.9;
    return chart;
}

/// As the chart's CSS classes mean it: 0 neutral, 1 + Structure otherwise.
Colour colour_in(int colour) {
    return colour == 0 ? kNeutral : colour_of(static_cast<Structure>(colour - 1));
}

std::string tick_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

void draw(const Chart& chart, Surface& canvas, double left) {
    const Rectangle area{left + kLeft, kTop, kChartWidth - kLeft - kRight, kChartHeight - kTop - kBottom};
    const auto place = [&](const ChartPoint& p) {
        return SurfacePoint{area.x + (p.x - chart.x.low) / (chart.x.high - chart.x.low) * area.width,
                            area.y + (1 - (p.y - chart.y.low) / (chart.y.high - chart.y.low)) * area.height};
    };
    canvas.text(chart.title, area.x, kTop - 18, {.size = 16, .colour = kInk, .bold = true});
    for (const double tick : axis_ticks(chart.y)) {
        if (tick < chart.y.low - 1e-12 || tick > chart.y.high * (1 + 1e-12)) continue;
        const double y = place({.x = chart.x.low, .y = tick}).y;
        canvas.fill({area.x, y - 0.5, area.width, 1}, kGrid);
        canvas.text(tick_text(tick), area.x - 9, y + 5, {.size = 13, .colour = kInk, .align = Align::right});
    }
    for (const double tick : axis_ticks(chart.x)) {
        if (tick < chart.x.low || tick > chart.x.high) continue;
        const double x = place({.x = tick, .y = chart.y.low}).x;
        canvas.fill({x - 0.5, area.y + area.height, 1, 5}, kInk);
        canvas.text(tick_text(tick), x, area.y + area.height + 21,
                    {.size = 13, .colour = kInk, .align = Align::centre});
    }
    canvas.fill({area.x, area.y + area.height - 0.5, area.width, 1}, kInk);
    canvas.text(chart.x_label, area.x + area.width, area.y + area.height + 44,
                {.size = 13, .colour = kInk, .align = Align::right});
    double legend = area.x;
    for (const auto& series : chart.series) {
        std::vector<SurfacePoint> line;
        for (const auto& point : series.points) line.push_back(place(point));
        const Colour colour = colour_in(series.colour);
        canvas.path(line, series.mark == ChartMark::line ? 2.2 : 1.0, colour);
        if (series.mark == ChartMark::dot || line.size() == 1)
            for (const auto& point : line) canvas.dot(point, 3, colour);
        if (series.name.empty()) continue;
        const double y = area.y + area.height + 44;
        canvas.fill({legend, y - 9, 14, 9}, colour);
        const TextStyle style{.size = 13, .colour = kInk};
        canvas.text(series.name, legend + 19, y, style);
        legend += 19 + canvas.text_width(series.name, style) + 16;
    }
}

}  // namespace

Result<std::vector<Chart>> training_charts(const fs::path& run_folder) {
    const auto log = read_numbers(run_folder / "log.csv");
    if (!log) return failure(log.error());
    std::vector<Chart> charts{line_chart("Loss", points(*log, "loss")),
                              line_chart("Learning rate", points(*log, "learning_rate"))};
    if (charts[0].series[0].points.empty())
        return failure(ErrorCode::file_unreadable, (run_folder / "log.csv").string() + " holds no loss");
    if (fs::exists(run_folder / "validation.csv")) {
        const auto validation = read_numbers(run_folder / "validation.csv");
        if (!validation) return failure(validation.error());
        charts.push_back(dice_chart(*validation, charts[0].x));
    }
    return charts;
}

std::vector<std::byte> chart_sheet(const std::vector<Chart>& charts) {
    Surface canvas(static_cast<int>(kChartWidth) * static_cast<int>(charts.size()),
                   static_cast<int>(kChartHeight), kPaper);
    for (std::size_t i = 0; i < charts.size(); ++i)
        draw(charts[i], canvas, kChartWidth * static_cast<double>(i));
    return canvas.png();
}

Result<void> write_curves(const fs::path& run_folder) {
    const auto charts = training_charts(run_folder);
    if (!charts) return failure(charts.error());
    return write_file(run_folder / "curves.png", "", chart_sheet(*charts));
}

}  // namespace spineseg
