// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A chart with two axes as an <svg> element of a page. Colours are CSS classes of the page
/// (`c0` … `c3`), so that light and dark follow the reader; text is escaped. No state; any thread.

#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

struct ChartRange {
    double low = 0.0;
    double high = 1.0;
};

enum class ChartMark { dot, circle, line, dashed_line };

struct ChartPoint {
    double x = 0.0;
    double y = 0.0;
    std::string title = {};  ///< shown when the pointer rests on a dot or a circle
};

struct ChartSeries {
    std::string name;  ///< in the legend; empty: not there
    ChartMark mark = ChartMark::dot;
    int colour = 0;  ///< 0 neutral, 1 canal, 2 vertebra, 3 disc
    std::vector<ChartPoint> points = {};
};

struct Chart {
    std::string title;
    std::string x_label;
    std::string y_label;
    ChartRange x;
    ChartRange y;
    std::vector<ChartSeries> series = {};
    /// Where given, the x axis names these at 0, 1, 2 …
    std::vector<std::string> categories = {};
    double width = 360.0;
    double height = 280.0;
};

/// Points outside the ranges are drawn on the edge. Throws std::invalid_argument for an empty range.
std::string draw_chart(const Chart& chart);

/// For text between tags and in quoted attributes.
std::string escape_html(std::string_view text);

/// Round numbers that cover the range, four to eight of them.
std::vector<double> axis_ticks(const ChartRange& range);

}  // namespace spineseg
