// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/surface.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <stdexcept>

namespace spineseg {
namespace {

struct CairoSurfaceDeleter {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};
struct ContextDeleter {
    void operator()(cairo_t* context) const { cairo_destroy(context); }
};
using CairoSurface = std::unique_ptr<cairo_surface_t, CairoSurfaceDeleter>;
using Context = std::unique_ptr<cairo_t, ContextDeleter>;

void require(cairo_status_t status) {
    if (status != CAIRO_STATUS_SUCCESS)
        throw std::runtime_error(std::string("cairo: ") + cairo_status_to_string(status));
}

CairoSurface make_surface(int width, int height) {
    CairoSurface surface(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height));
    require(cairo_surface_status(surface.get()));
    return surface;
}

std::uint32_t premultiplied(const Colour& c) {
    const auto byte = [&](double value) {
        return static_cast<std::uint32_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
    };
    return byte(c.alpha) << 24U | byte(c.red * c.alpha) << 16U | byte(c.green * c.alpha) << 8U |
           byte(c.blue * c.alpha);
}

CairoSurface surface_of(const Picture<Colour>& picture) {
    CairoSurface surface = make_surface(picture.width, picture.height);
    unsigned char* pixels = cairo_image_surface_get_data(surface.get());
    const int stride = cairo_image_surface_get_stride(surface.get());
    for (int y = 0; y < picture.height; ++y) {
        for (int x = 0; x < picture.width; ++x) {
            const std::uint32_t pixel = premultiplied(picture.at(x, y));
            std::memcpy(pixels + static_cast<std::ptrdiff_t>(y) * stride + static_cast<std::ptrdiff_t>(x) * 4,
                        &pixel, 4);
        }
    }
    cairo_surface_mark_dirty(surface.get());
    return surface;
}

cairo_status_t append(void* target, const unsigned char* data, unsigned int size) {
    auto& bytes = *static_cast<std::vector<std::byte>*>(target);
    try {
        const auto* begin = reinterpret_cast<const std::byte*>(data);
        bytes.insert(bytes.end(), begin, begin + size);
        return CAIRO_STATUS_SUCCESS;
    } catch (const std::bad_alloc&) {
        return CAIRO_STATUS_NO_MEMORY;
    }
}

}  // namespace

struct Surface::Drawing {
    CairoSurface surface;
    Context context;

    void set(const Colour& c) { cairo_set_source_rgba(context.get(), c.red, c.green, c.blue, c.alpha); }
    void set(const TextStyle& style) {
        cairo_select_font_face(context.get(), "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                               style.bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
        cairo_set_font_size(context.get(), style.size);
        set(style.colour);
    }
};

Surface::Surface(int width, int height, const Colour& background) : drawing_(std::make_unique<Drawing>()) {
    drawing_->surface = make_surface(width, height);
    drawing_->context.reset(cairo_create(drawing_->surface.get()));
    require(cairo_status(drawing_->context.get()));
    fill({0, 0, static_cast<double>(width), static_cast<double>(height)}, background);
}

Surface::~Surface() = default;

void Surface::fill(const Rectangle& area, const Colour& colour) {
    drawing_->set(colour);
    cairo_rectangle(drawing_->context.get(), area.x, area.y, area.width, area.height);
    cairo_fill(drawing_->context.get());
}

void Surface::image(const Picture<Colour>& picture, const Rectangle& area) {
    const CairoSurface surface = surface_of(picture);
    cairo_t* context = drawing_->context.get();
    cairo_save(context);
    cairo_rectangle(context, area.x, area.y, area.width, area.height);
    cairo_clip(context);
    cairo_translate(context, area.x, area.y);
    cairo_scale(context, area.width / picture.width, area.height / picture.height);
    cairo_set_source_surface(context, surface.get(), 0, 0);
    cairo_pattern_set_filter(cairo_get_source(context), CAIRO_FILTER_GOOD);
    cairo_pattern_set_extend(cairo_get_source(context), CAIRO_EXTEND_PAD);
    cairo_paint(context);
    cairo_restore(context);
}

void Surface::lines(const std::vector<Polyline>& lines, const Picture<std::uint8_t>& picture,
                    const Rectangle& area, double line_width, const Colour& colour) {
    cairo_t* context = drawing_->context.get();
    cairo_save(context);
    cairo_rectangle(context, area.x, area.y, area.width, area.height);
    cairo_clip(context);
    const double scale_x = area.width / picture.width;
    const double scale_y = area.height / picture.height;
    cairo_new_path(context);
    for (const Polyline& line : lines) {
        cairo_new_sub_path(context);
        for (const PicturePoint& p : line.points) {
            cairo_line_to(context, area.x + (p.x + 0.5) * scale_x, area.y + (p.y + 0.5) * scale_y);
        }
        if (line.closed) cairo_close_path(context);
    }
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_width(context, line_width);
    drawing_->set(colour);
    cairo_stroke(context);
    cairo_restore(context);
}

void Surface::path(const std::vector<SurfacePoint>& points, double line_width, const Colour& colour) {
    if (points.size() < 2) return;
    cairo_t* context = drawing_->context.get();
    cairo_new_path(context);
    for (const SurfacePoint& p : points) cairo_line_to(context, p.x, p.y);
    cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
    cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_width(context, line_width);
    drawing_->set(colour);
    cairo_stroke(context);
    cairo_set_line_cap(context, CAIRO_LINE_CAP_BUTT);
}

void Surface::dot(const SurfacePoint& centre, double radius, const Colour& colour) {
    constexpr double kFullTurn = 6.283185307179586;
    cairo_t* context = drawing_->context.get();
    cairo_new_path(context);
    cairo_arc(context, centre.x, centre.y, radius, 0, kFullTurn);
    drawing_->set(colour);
    cairo_fill(context);
}

double Surface::text_width(const std::string& text, const TextStyle& style) {
    drawing_->set(style);
    cairo_text_extents_t extents;
    cairo_text_extents(drawing_->context.get(), text.c_str(), &extents);
    return extents.x_advance;
}

void Surface::text(const std::string& text, double x, double y, const TextStyle& style) {
    const double width = text_width(text, style);
    const double shift = style.align == Align::left ? 0 : (style.align == Align::right ? width : 0.5 * width);
    cairo_t* context = drawing_->context.get();
    if (style.outlined) {
        cairo_move_to(context, x - shift, y);
        cairo_text_path(context, text.c_str());
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND);
        cairo_set_line_width(context, 4);
        drawing_->set(Colour{0, 0, 0, 0.75});
        cairo_stroke(context);
        drawing_->set(style.colour);
    }
    cairo_move_to(context, x - shift, y);
    cairo_show_text(context, text.c_str());
}

std::vector<std::byte> Surface::png() const {
    require(cairo_status(drawing_->context.get()));
    std::vector<std::byte> bytes;
    require(cairo_surface_write_to_png_stream(drawing_->surface.get(), append, &bytes));
    return bytes;
}

std::vector<std::uint8_t> Surface::rgb() const {
    require(cairo_status(drawing_->context.get()));
    cairo_surface_t* surface = drawing_->surface.get();
    cairo_surface_flush(surface);
    const unsigned char* pixels = cairo_image_surface_get_data(surface);
    const int stride = cairo_image_surface_get_stride(surface);
    const int width = cairo_image_surface_get_width(surface);
    const int height = cairo_image_surface_get_height(surface);
    std::vector<std::uint8_t> bytes;
    bytes.reserve(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            std::uint32_t pixel = 0;  // opaque: the ground was filled
            std::memcpy(&pixel,
                        pixels + static_cast<std::ptrdiff_t>(y) * stride + static_cast<std::ptrdiff_t>(x) * 4,
                        sizeof pixel);
            for (const unsigned shift : {16U, 8U, 0U})
                bytes.push_back(static_cast<std::uint8_t>(pixel >> shift));
        }
    }
    return bytes;
}

}  // namespace spineseg
