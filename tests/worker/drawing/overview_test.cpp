// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/overview.h"

#include <cairo.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>

#include "tests/worker/drawing/stored_scene.h"
#include "tests/worker/volume_files/scratch_folder.h"
#include "worker/drawing/colours.h"

/// Fontconfig keeps its caches until the process ends.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
    return "leak:libfontconfig";
}

namespace spineseg {
namespace overview_test {

struct Scene {
    Volume image;
    LabelMap labels;
    Volume uncertainty;
};

Scene scene(const Geometry& g) {
    const auto label_at = [](const Vec3& p) {
        if (std::hypot(p[1] - 25, p[2] - 30) < 5) return static_cast<int>(Label::canal);
        if (std::hypot(p[1] - 8, p[2] - 50) < 6) return static_cast<int>(Label::vertebra);
        if (std::hypot(p[1] - 8, p[2] - 20) < 6) return static_cast<int>(Label::disc);
        return 0;
    };
    return {filled<float>(g, [](const Vec3& p) { return p[1] + 2 * p[2] + 3 * p[0]; }),
            filled<std::uint8_t>(g, label_at),
            filled<float>(g, [](const Vec3& p) { return std::hypot(p[1] - 25, p[2] - 30) < 7 ? 0.9 : 0.0; })};
}

std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

struct Destroy {
    void operator()(cairo_surface_t* surface) const { cairo_surface_destroy(surface); }
};

/// How many pixels between two fractions of the picture's width have nearly this colour.
int count_pixels(cairo_surface_t* png, double from, double to, const Colour& colour) {
    const int width = cairo_image_surface_get_width(png);
    int count = 0;
    for (int y = 0; y < cairo_image_surface_get_height(png) * 2 / 3; ++y) {
        const unsigned char* row =
            cairo_image_surface_get_data(png) + y * cairo_image_surface_get_stride(png);
        for (int x = static_cast<int>(from * width); x < static_cast<int>(to * width); ++x) {
            std::uint32_t pixel = 0;
            std::memcpy(&pixel, row + 4 * x, 4);
            const double red = (pixel >> 16U & 255U) / 255.0 - colour.red;
            const double green = (pixel >> 8U & 255U) / 255.0 - colour.green;
            const double blue = (pixel & 255U) / 255.0 - colour.blue;
            count += red * red + green * green + blue * blue < 0.003 ? 1 : 0;
        }
    }
    return count;
}

TEST(Overview, TheContoursOfEveryStructureAreInTheMiddlePanelOnly) {
    const ScratchFolder folder;
    const Scene s = scene(stored({1, 2, 0}, {false, true, true}));
    ASSERT_TRUE(
        write_overview(s.image, s.labels, s.uncertainty, {"a title", "a footnote"}, folder.file("o.png")));
    const std::unique_ptr<cairo_surface_t, Destroy> png(
        cairo_image_surface_create_from_png(folder.file("o.png").c_str()));
    ASSERT_EQ(cairo_surface_status(png.get()), CAIRO_STATUS_SUCCESS);
    for (const auto structure : {Structure::canal, Structure::vertebra, Structure::disc}) {
        EXPECT_EQ(count_pixels(png.get(), 0.0, 0.31, colour_of(structure)), 0) << to_string(structure);
        EXPECT_GT(count_pixels(png.get(), 0.33, 0.62, colour_of(structure)), 100) << to_string(structure);
    }
    EXPECT_EQ(count_pixels(png.get(), 0.0, 0.62, heat(0.9F)), 0);
    EXPECT_GT(count_pixels(png.get(), 0.63, 0.94, heat(0.9F)), 1000);
}

TEST(Overview, ThePictureDoesNotDependOnTheStorageOrder) {
    const ScratchFolder folder;
    const std::array<Geometry, 3> orders{
        stored({1, 2, 0}, {false, true, true}),    // sagittal DICOM, from left to right
        stored({0, 1, 2}, {false, false, false}),  // SPIDER's
        stored({0, 1, 2}, {true, true, false})};   // NIfTI's RAS+
    std::vector<std::string> pictures;
    for (const Geometry& g : orders) {
        const Scene s = scene(g);
        ASSERT_TRUE(write_overview(s.image, s.labels, s.uncertainty, {"title", ""}, folder.file("o.png")));
        pictures.push_back(bytes_of(folder.file("o.png")));
    }
    EXPECT_EQ(pictures[0], pictures[1]);
    EXPECT_EQ(pictures[0], pictures[2]);
}

TEST(Overview, GridsThatDifferAreRefused) {
    const ScratchFolder folder;
    const Scene s = scene(stored({1, 2, 0}, {false, true, true}));
    const Scene other = scene(stored({0, 1, 2}, {false, false, false}));
    const auto mixed = write_overview(s.image, other.labels, s.uncertainty, {}, folder.file("o.png"));
    ASSERT_FALSE(mixed);
    EXPECT_EQ(mixed.error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(std::filesystem::exists(folder.file("o.png")));
}

TEST(Overview, AFolderThatDoesNotExistIsUnwritable) {
    const ScratchFolder folder;
    const Scene s = scene(stored({1, 2, 0}, {false, true, true}));
    const auto written = write_overview(s.image, s.labels, s.uncertainty, {}, folder.file("none/o.png"));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::file_unwritable);
}

TEST(Overview, OneSliceOfOneVoxelAndAFlatImageCanBeDrawn) {
    const ScratchFolder folder;
    const Geometry g{.columns = 1, .rows = 1, .slices = 1};
    EXPECT_TRUE(write_overview({g, {0.0F}}, {g, {0}}, {g, {0.0F}}, {}, folder.file("o.png")));
}

}  // namespace overview_test
}  // namespace spineseg
