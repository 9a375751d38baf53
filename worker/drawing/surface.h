// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A picture being drawn: the few things that we ask of cairo. Coordinates are pixels, x right, y down. One
/// thread. Throws std::runtime_error where cairo runs out of memory.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "worker/drawing/colours.h"
#include "worker/drawing/contours.h"
#include "worker/drawing/sagittal_view.h"

namespace spineseg {

struct Rectangle {
    double x = 0;
    double y = 0;
    double width = 0;
    double height = 0;
};

enum class Align { left, centre, right };

struct TextStyle {
    double size = 16;
    Colour colour{0.9, 0.9, 0.9};
    Align align = Align::left;
    bool bold = false;
    bool outlined = false;  ///< in black, to be read on any ground
};

struct SurfacePoint {
    double x = 0;
    double y = 0;
};

class Surface {
  public:
    Surface(int width, int height, const Colour& background);
    ~Surface();
    Surface(const Surface&) = delete;
    Surface& operator=(const Surface&) = delete;

    void fill(const Rectangle& area, const Colour& colour);
    /// Stretched over the area with smooth interpolation.
    void image(const Picture<Colour>& picture, const Rectangle& area);
    /// Lines in the picture's pixels, laid over the area that shows it.
    void lines(const std::vector<Polyline>& lines, const Picture<std::uint8_t>& picture,
               const Rectangle& area, double line_width, const Colour& colour);
    /// One open line through the points; nothing for fewer than two.
    void path(const std::vector<SurfacePoint>& points, double line_width, const Colour& colour);
    void dot(const SurfacePoint& centre, double radius, const Colour& colour);
    /// `y` is the baseline.
    void text(const std::string& text, double x, double y, const TextStyle& style);
    double text_width(const std::string& text, const TextStyle& style);

    std::vector<std::byte> png() const;
    /// Three bytes a pixel, row by row.
    std::vector<std::uint8_t> rgb() const;

  private:
    struct Drawing;
    std::unique_ptr<Drawing> drawing_;
};

}  // namespace spineseg
