// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/slice_drawing.h"

#include <algorithm>
#include <cmath>

#include "worker/drawing/colours.h"
#include "worker/drawing/contours.h"
#include "worker/drawing/surface.h"

namespace spineseg {
namespace {

constexpr Colour kPictureText{0.94, 0.95, 0.96};
constexpr Colour kPictureWarning{1.0, 0.78, 0.30};
constexpr double kMostHidden = 0.5;   // of the image, by the heat map (docs/dicom.md §3.4)
constexpr double kTextShare = 0.026;  // of the picture's smaller side
constexpr double kSmallestText = 12;

/// As it is stored: column to the right, row downwards.
template <typename T>
Picture<T> stored_slice(const Grid<T>& grid, int slice) {
    const Geometry& g = grid.geometry;
    Picture<T> picture{.width = g.columns, .height = g.rows, .values = {}};
    const auto begin = grid.voxels.begin() + static_cast<std::ptrdiff_t>(g.index(0, 0, slice));
    picture.values.assign(begin, begin + static_cast<std::ptrdiff_t>(g.slice_voxel_count()));
    return picture;
}

/// At most `most` slices that hold a structure, evenly chosen.
std::vector<int> chosen_slices(const LabelMap& labels, int most) {
    const std::size_t per_slice = labels.geometry.slice_voxel_count();
    std::vector<int> held;
    for (int slice = 0; slice < labels.geometry.slices; ++slice) {
        const auto begin =
            labels.voxels.begin() + static_cast<std::ptrdiff_t>(labels.geometry.index(0, 0, slice));
        if (std::any_of(begin, begin + static_cast<std::ptrdiff_t>(per_slice), [](auto v) { return v != 0; }))
            held.push_back(slice);
    }
    if (static_cast<int>(held.size()) <= most) return held;
    std::vector<int> chosen;
    for (int i = 0; i < most; ++i)
        chosen.push_back(held[static_cast<std::size_t>(
            std::lround(i * (static_cast<double>(held.size()) - 1) / std::max(most - 1, 1)))]);
    return chosen;
}

std::string position_text(const Geometry& g, int slice) {
    const double x = g.position(0.5 * (g.columns - 1), 0.5 * (g.rows - 1), slice)[0];
    return "slice " + std::to_string(slice + 1) + "/" + std::to_string(g.slices) + "  " +
           (x >= 0 ? "L " : "R ") + std::to_string(std::lround(std::abs(x))) + " mm";
}

/// One picture while it is drawn: the grey image, and text at its rim.
class SlicePainter {
  public:
    SlicePainter(const Volume& image, const GreyWindow& window, int slice, int scale)
        : scale_(scale),
          canvas_(image.geometry.columns * scale, image.geometry.rows * scale, {0, 0, 0}),
          area_{0, 0, static_cast<double>(image.geometry.columns * scale),
                static_cast<double>(image.geometry.rows * scale)},
          text_size_(std::max(kSmallestText, kTextShare * std::min(area_.width, area_.height))) {
        Picture<Colour> grey{.width = image.geometry.columns, .height = image.geometry.rows, .values = {}};
        for (const float value : stored_slice(image, slice).values) {
            const double level = window.level(value);
            grey.values.push_back({level, level, level});
        }
        canvas_.image(grey, area_);
    }

    void write_rim(const DrawingCaption& caption, const std::string& what, const std::string& position,
                   const std::string& remark) {
        const double line = 1.35 * text_size_;
        const TextStyle warning{
            .size = text_size_, .colour = kPictureWarning, .bold = true, .outlined = true};
        const TextStyle plain{.size = text_size_, .colour = kPictureText, .outlined = true};
        canvas_.text("AI - research use only - not for diagnosis", 6, line, warning);
        canvas_.text(what + ", " + caption.model, 6, 2 * line, plain);
        canvas_.text(position, 6, 3 * line, plain);
        if (!caption.warning.empty()) canvas_.text(caption.warning, 6, 4 * line, warning);
        if (!remark.empty()) canvas_.text(remark, 6, area_.height - 0.6 * line, warning);
    }

    Surface& canvas() { return canvas_; }
    const Rectangle& area() const { return area_; }
    double text_size() const { return text_size_; }
    double scale() const { return scale_; }

  private:
    int scale_;
    Surface canvas_;
    Rectangle area_;
    double text_size_;
};

/// The middle of the largest piece that lines enclose: of a vertebra's body, not of its arch.
struct Middle {
    double area = 0;
    PicturePoint place;
};

Middle middle_of(const std::vector<Polyline>& lines) {
    Middle largest;
    for (const auto& line : lines) {
        double area = 0, x = 0, y = 0;
        for (std::size_t i = 0; i < line.points.size(); ++i) {
            const PicturePoint& p = line.points[i];
            const PicturePoint& q = line.points[(i + 1) % line.points.size()];
            const double part = p.x * q.y - q.x * p.y;  // the shoelace formula
            area += part;
            x += (p.x + q.x) * part;
            y += (p.y + q.y) * part;
        }
        if (std::abs(area) / 2 <= largest.area) continue;
        largest = {std::abs(area) / 2, {x / (3 * area), y / (3 * area)}};
    }
    return largest;
}

void draw_structures(SlicePainter& painter, const SpineLevels& levels, int slice) {
    const auto picture = stored_slice(levels.labels, slice);
    const double width = std::clamp(0.6 * painter.scale() + 0.6, 1.0, 2.0);
    for (const auto& structure : levels.structures) {
        const auto lines = contours_of(picture, structure.label);
        const DisplayColour c = display_colour(structure.structure, structure.ordinal);
        painter.canvas().lines(lines, picture, painter.area(), width + 1.4, kHalo);
        painter.canvas().lines(lines, picture, painter.area(), width,
                               {c.red / 255.0, c.green / 255.0, c.blue / 255.0});
        constexpr double kRoomForText = 150;  // pixels of a body
        const Middle middle = middle_of(lines);
        const std::string name = level_name(structure.structure, structure.ordinal);
        if (structure.structure != Structure::vertebra || !levels.numbering.names(structure.ordinal) ||
            name.empty() || middle.area < kRoomForText)
            continue;
        painter.canvas().text(name, painter.scale() * (middle.place.x + 0.5),
                              painter.scale() * (middle.place.y + 0.5) + 0.35 * painter.text_size(),
                              {.size = painter.text_size(),
                               .colour = kPictureText,
                               .align = Align::centre,
                               .bold = true,
                               .outlined = true});
    }
}

void draw_heat(SlicePainter& painter, const Volume& uncertainty, int slice) {
    Picture<Colour> picture{
        .width = uncertainty.geometry.columns, .height = uncertainty.geometry.rows, .values = {}};
    for (const float value : stored_slice(uncertainty, slice).values) {
        Colour colour = heat(value);
        colour.alpha = std::min(colour.alpha, kMostHidden);
        picture.values.push_back(colour);
    }
    painter.canvas().image(picture, painter.area());
}

void draw_scale(SlicePainter& painter) {
    constexpr int kSteps = 64;
    const double size = painter.text_size();
    const Rectangle bar{painter.area().width - 2.2 * size, 4 * size, 0.8 * size, 0.4 * painter.area().height};
    Picture<Colour> ramp{.width = 1, .height = kSteps, .values = {}};
    for (int i = 0; i < kSteps; ++i) {
        Colour colour = heat(1.0F - static_cast<float>(i) / (kSteps - 1));
        colour.alpha = 1;
        ramp.values.push_back(colour);
    }
    painter.canvas().image(ramp, bar);
    const TextStyle style{.size = size, .colour = kPictureText, .align = Align::right, .outlined = true};
    painter.canvas().text("100 % uncertain", bar.x + bar.width, bar.y - 0.5 * size, style);
    painter.canvas().text("0 %", bar.x + bar.width, bar.y + bar.height + 1.2 * size, style);
}

Result<void> check(const Volume& image, const SpineLevels& levels) {
    if (image.voxels.empty() || image.voxels.size() != image.geometry.voxel_count() ||
        levels.labels.voxels.size() != image.voxels.size() ||
        !same_grid(image.geometry, levels.labels.geometry))
        return failure(ErrorCode::invalid_argument, "image and labels of a drawing must share one grid");
    return {};
}

int scale_for(const Geometry& g, const DrawingLimits& limits) {
    const int largest = std::max(g.columns, g.rows);
    return std::clamp((limits.least_pixels + largest - 1) / largest, 1, limits.largest_scale);
}

template <typename Paint>
std::vector<DrawnSlice> draw(const Volume& image, const SpineLevels& levels, const DrawingLimits& limits,
                             const Paint& paint) {
    const auto slices = chosen_slices(levels.labels, limits.most_pictures);
    std::vector<DrawnSlice> drawn;
    if (slices.empty()) return drawn;
    const GreyWindow window = window_of(stored_slice(image, slices[slices.size() / 2]).values);
    const int scale = scale_for(image.geometry, limits);
    for (const int slice : slices) {
        SlicePainter painter(image, window, slice, scale);
        paint(painter, slice);
        drawn.push_back({slice, scale, painter.canvas().rgb()});
    }
    return drawn;
}

}  // namespace

Result<std::vector<DrawnSlice>> draw_contours(const Volume& image, const SpineLevels& levels,
                                              const DrawingCaption& caption, const DrawingLimits& limits) {
    if (auto valid = check(image, levels); !valid) return failure(valid.error());
    const std::string remark = levels.numbering.determined ? "" : "levels not determined";
    return draw(image, levels, limits, [&](SlicePainter& painter, int slice) {
        draw_structures(painter, levels, slice);
        painter.write_rim(caption, "Segmentation", position_text(image.geometry, slice), remark);
    });
}

Result<std::vector<DrawnSlice>> draw_heat_map(const Volume& image, const SpineLevels& levels,
                                              const Volume& uncertainty, const DrawingCaption& caption,
                                              const DrawingLimits& limits) {
    if (auto valid = check(image, levels); !valid) return failure(valid.error());
    if (!same_grid(image.geometry, uncertainty.geometry) || uncertainty.voxels.size() != image.voxels.size())
        return failure(ErrorCode::invalid_argument, "image and uncertainty of a drawing must share one grid");
    return draw(image, levels, limits, [&](SlicePainter& painter, int slice) {
        draw_heat(painter, uncertainty, slice);
        draw_scale(painter);
        painter.write_rim(caption, "Uncertainty", position_text(image.geometry, slice), "");
    });
}

}  // namespace spineseg
