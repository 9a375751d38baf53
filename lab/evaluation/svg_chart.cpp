// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/svg_chart.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <stdexcept>

namespace spineseg {
namespace {

constexpr double kLeft = 52.0;
constexpr double kTop = 30.0;
constexpr double kRight = 12.0;
constexpr double kBottom = 44.0;
constexpr double kSlantedBottom = 92.0;
constexpr double kLetter = 6.0;  ///< width of one in a tick's text, pixels
constexpr double kLegendLine = 14.0;

std::string number(double value, int digits = 1) {
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", digits, value);
    return text;
}

std::string tick_text(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", std::abs(value) < 1e-12 ? 0.0 : value);
    return text;
}

class Drawing {
  public:
    explicit Drawing(const Chart& chart) : chart_(chart) {
        if (!(chart.x.low < chart.x.high) || !(chart.y.low < chart.y.high))
            throw std::invalid_argument("a chart needs a range on both axes");
        slanted_ = !names_fit();
        bottom_ = chart.height - (slanted_ ? kSlantedBottom : kBottom);
    }

    std::string draw() {
        out_ = "<svg viewBox=\"0 0 " + number(chart_.width) + " " + number(chart_.height) + "\" width=\"" +
               number(chart_.width) + "\" height=\"" + number(chart_.height) +
               "\" role=\"img\" aria-label=\"" + escape_html(chart_.title) + "\">\n";
        text(kLeft, 16, "start", "title", chart_.title);
        draw_axes();
        for (const ChartSeries& series : chart_.series) draw_series(series);
        draw_legend();
        return out_ + "</svg>\n";
    }

  private:
    double x(double value) const { return place(value, chart_.x, kLeft, chart_.width - kRight); }
    double y(double value) const { return place(value, chart_.y, bottom_, kTop); }
    static double place(double value, const ChartRange& range, double from, double to) {
        const double share = std::clamp((value - range.low) / (range.high - range.low), 0.0, 1.0);
        return from + share * (to - from);
    }

    void text(double at_x, double at_y, const char* anchor, const char* name, const std::string& what,
              const std::string& transform = "") {
        out_ += "<text x=\"" + number(at_x) + "\" y=\"" + number(at_y) + "\" text-anchor=\"" + anchor +
                "\" class=\"" + name + "\"" + (transform.empty() ? "" : " transform=\"" + transform + "\"") +
                ">" + escape_html(what) + "</text>\n";
    }

    void line(double x1, double y1, double x2, double y2, const char* name) {
        out_ += "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" +
                number(y2) + "\" class=\"" + name + "\"/>\n";
    }

    void draw_axes() {
        for (const double tick : axis_ticks(chart_.y)) {
            line(kLeft, y(tick), chart_.width - kRight, y(tick), "grid");
            text(kLeft - 6, y(tick) + 3.5, "end", "tick", tick_text(tick));
        }
        if (chart_.categories.empty()) {
            for (const double tick : axis_ticks(chart_.x)) {
                line(x(tick), kTop, x(tick), bottom_, "grid");
                text(x(tick), bottom_ + 15, "middle", "tick", tick_text(tick));
            }
        }
        for (std::size_t i = 0; i < chart_.categories.size(); ++i) draw_category(i);
        line(kLeft, bottom_, chart_.width - kRight, bottom_, "axis");
        line(kLeft, kTop, kLeft, bottom_, "axis");
        text(0.5 * (kLeft + chart_.width - kRight), chart_.height - 8, "middle", "label", chart_.x_label);
        const double middle = 0.5 * (kTop + bottom_);
        text(13, middle, "middle", "label", chart_.y_label, "rotate(-90 13 " + number(middle) + ")");
    }

    /// Side by side, as they are.
    bool names_fit() const {
        std::size_t longest = 0;
        for (const auto& name : chart_.categories) longest = std::max(longest, name.size());
        const double available =
            (chart_.width - kLeft - kRight) / static_cast<double>(chart_.categories.size() + 1);
        return kLetter * static_cast<double>(longest) < available;
    }

    void draw_category(std::size_t index) {
        const double at = x(static_cast<double>(index));
        line(at, kTop, at, bottom_, "grid");
        const std::string& name = chart_.categories[index];
        if (!slanted_) return text(at, bottom_ + 15, "middle", "tick", name);
        const std::string turn = "rotate(-55 " + number(at) + " " + number(bottom_ + 12) + ")";
        text(at, bottom_ + 12, "end", "tick", name, turn);
    }

    void draw_series(const ChartSeries& series) {
        const std::string colour = "c" + std::to_string(series.colour);
        if (series.mark == ChartMark::line || series.mark == ChartMark::dashed_line) {
            out_ += "<polyline class=\"" + colour +
                    (series.mark == ChartMark::line ? " line" : " line dashed") + "\" points=\"";
            for (const ChartPoint& point : series.points)
                out_ += number(x(point.x)) + "," + number(y(point.y)) + " ";
            out_ += "\"/>\n";
            return;
        }
        const char* mark = series.mark == ChartMark::dot ? " dot" : " circle";
        for (const ChartPoint& point : series.points) {
            out_ += "<circle class=\"" + colour + mark + "\" cx=\"" + number(x(point.x)) + "\" cy=\"" +
                    number(y(point.y)) + "\" r=\"3.2\">" +
                    (point.title.empty() ? "" : "<title>" + escape_html(point.title) + "</title>") +
                    "</circle>\n";
        }
    }

    void draw_legend() {
        double at_x = chart_.width - kRight;
        double at_y = kTop - 16;
        for (auto series = chart_.series.rbegin(); series != chart_.series.rend(); ++series) {
            if (series->name.empty()) continue;
            const double width = 6.2 * static_cast<double>(series->name.size()) + 22.0;
            if (at_x - width < kLeft + 120.0) {  // the title's place
                at_x = chart_.width - kRight;
                at_y += kLegendLine;
            }
            at_x -= width;
            const std::string colour = "c" + std::to_string(series->colour);
            if (series->mark == ChartMark::dot || series->mark == ChartMark::circle)
                out_ += "<circle class=\"" + colour + (series->mark == ChartMark::dot ? " dot" : " circle") +
                        "\" cx=\"" + number(at_x + 8) + "\" cy=\"" + number(at_y) + "\" r=\"3.2\"/>\n";
            else
                out_ += "<line class=\"" + colour +
                        (series->mark == ChartMark::line ? " line" : " line dashed") + "\" x1=\"" +
                        number(at_x) + "\" y1=\"" + number(at_y) + "\" x2=\"" + number(at_x + 14) +
                        "\" y2=\"" + number(at_y) + "\"/>\n";
            text(at_x + 17, at_y + 3.5, "start", "tick", series->name);
        }
    }

    const Chart& chart_;
    bool slanted_ = false;
    double bottom_ = 0.0;
    std::string out_;
};

}  // namespace

std::string escape_html(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
            case '&':
                escaped += "&amp;";
                break;
            case '<':
                escaped += "&lt;";
                break;
            case '>':
                escaped += "&gt;";
                break;
            case '"':
                escaped += "&quot;";
                break;
            case '\'':
                escaped += "&#39;";
                break;
            default:
                escaped += c;
        }
    }
    return escaped;
}

std::vector<double> axis_ticks(const ChartRange& range) {
    const double span = range.high - range.low;
    double step = std::pow(10.0, std::floor(std::log10(span / 4.0)));
    for (const double factor : {2.0, 2.5, 2.0})
        if (span / step > 8.0) step *= factor;
    std::vector<double> ticks;
    for (auto i = static_cast<long long>(std::ceil(range.low / step - 1e-9));
         static_cast<double>(i) * step <= range.high + 1e-9 * span; ++i)
        ticks.push_back(static_cast<double>(i) * step);
    return ticks;
}

std::string draw_chart(const Chart& chart) {
    return Drawing(chart).draw();
}

}  // namespace spineseg
