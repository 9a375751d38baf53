// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/drawing/overview.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "worker/drawing/colours.h"
#include "worker/drawing/contours.h"
#include "worker/drawing/sagittal_view.h"
#include "worker/drawing/surface.h"
#include "worker/volume_files/byte_stream.h"

namespace spineseg {
namespace {

constexpr double kMargin = 28;
constexpr double kGap = 14;
constexpr double kPanelHeight = 760;
constexpr double kSmallestAspect = 0.45;
constexpr double kLargestAspect = 1.2;
constexpr double kHeader = 92;
constexpr double kVerdictLine = 28;
constexpr double kCaption = 34;
constexpr double kColourBar = 92;
constexpr double kFooter = 84;
constexpr int kMostMultiples = 9;
constexpr double kLargestMultiple = 300;

constexpr Colour kBackground{0.055, 0.063, 0.075};
constexpr Colour kText{0.92, 0.93, 0.94};
constexpr Colour kQuiet{0.62, 0.65, 0.69};
constexpr Colour kWarning{1.0, 0.72, 0.25};
constexpr std::array kStructureOrder{Structure::vertebra, Structure::disc, Structure::canal};

/// The largest rectangle of the picture's physical proportions in the middle of an area.
Rectangle fitted(const Rectangle& area, double aspect) {
    const double width = std::min(area.width, area.height * aspect);
    const double height = width / aspect;
    return {area.x + 0.5 * (area.width - width), area.y + 0.5 * (area.height - height), width, height};
}

Picture<Colour> grey(const Picture<float>& picture, const GreyWindow& window) {
    Picture<Colour> result{.width = picture.width, .height = picture.height, .values = {}};
    for (const float value : picture.values) {
        const double level = window.level(value);
        result.values.push_back({level, level, level});
    }
    return result;
}

Picture<Colour> heated(const Picture<float>& picture) {
    Picture<Colour> result{.width = picture.width, .height = picture.height, .values = {}};
    for (const float value : picture.values) result.values.push_back(heat(value));
    return result;
}

class Sheet {
  public:
    Sheet(const Volume& image, const LabelMap& labels, const Volume& uncertainty,
          const OverviewCaption& caption)
        : image_(image),
          labels_(labels),
          uncertainty_(uncertainty),
          caption_(caption),
          view_(image.geometry),
          midline_(view_.midline(labels)),
          window_(window_of(view_.slice_of(image, midline_).values)) {
        panel_width_ = kPanelHeight * std::clamp(view_.aspect(), kSmallestAspect, kLargestAspect);
        width_ = 2 * kMargin + 3 * panel_width_ + 2 * kGap + kColourBar;
        const int count = std::min(view_.slices(), kMostMultiples);
        multiple_width_ = (width_ - 2 * kMargin - (count - 1) * kGap / 2) / count;
        multiple_height_ = std::min(multiple_width_ / view_.aspect(), kLargestMultiple);
        multiple_width_ = std::min(multiple_width_, multiple_height_ * view_.aspect());
        if (!caption.verdict.empty()) header_ += kVerdictLine;
        height_ = header_ + kPanelHeight + kCaption + multiple_height_ + kCaption + kFooter;
    }

    std::vector<std::byte> draw() {
        Surface canvas(static_cast<int>(std::ceil(width_)), static_cast<int>(std::ceil(height_)),
                       kBackground);
        draw_header(canvas);
        draw_panels(canvas);
        draw_multiples(canvas);
        draw_footer(canvas);
        return canvas.png();
    }

  private:
    void draw_header(Surface& canvas) const {
        canvas.text(caption_.title, kMargin, 40, {.size = 25, .colour = kText, .bold = true});
        canvas.text("RESEARCH USE ONLY", width_ - kMargin, 40,
                    {.size = 22, .colour = kWarning, .align = Align::right, .bold = true});
        canvas.text("Slice " + std::to_string(midline_ + 1) + " of " + std::to_string(view_.slices()) +
                        " from the patient's right (" + view_.position(midline_) + ")",
                    kMargin, 72, {.size = 17, .colour = kQuiet});
        canvas.text(caption_.verdict, kMargin, 100, {.size = 17, .colour = kWarning, .bold = true});
        canvas.text("Not for diagnosis", width_ - kMargin, 72,
                    {.size = 17, .colour = kQuiet, .align = Align::right});
    }

    void draw_panels(Surface& canvas) const {
        const std::array<const char*, 3> names{"Image", "Segmentation", "Uncertainty"};
        for (int i = 0; i < 3; ++i) {
            const Rectangle area{kMargin + i * (panel_width_ + kGap), header_, panel_width_, kPanelHeight};
            const Rectangle shown = fitted(area, view_.aspect());
            canvas.fill(area, {0, 0, 0});
            canvas.image(grey(view_.slice_of(image_, midline_), window_), shown);
            if (i == 1) draw_contours(canvas, midline_, shown, 2.0);
            if (i == 2) canvas.image(heated(view_.slice_of(uncertainty_, midline_)), shown);
            draw_letters(canvas, area);
            canvas.text(names[static_cast<std::size_t>(i)], area.x + 12, area.y + 26,
                        {.size = 17, .colour = kText, .outlined = true});
        }
        draw_colour_bar(canvas);
    }

    void draw_contours(Surface& canvas, int slice, const Rectangle& area, double line_width) const {
        const auto picture = view_.slice_of(labels_, slice);
        for (const Structure structure : kStructureOrder) {
            const auto lines = contours_of(picture, static_cast<std::uint8_t>(label_of(structure)));
            canvas.lines(lines, picture, area, line_width + 1.6, kHalo);
            canvas.lines(lines, picture, area, line_width, colour_of(structure));
        }
    }

    void draw_letters(Surface& canvas, const Rectangle& area) const {
        const TextStyle centred{
            .size = 19, .colour = kText, .align = Align::centre, .bold = true, .outlined = true};
        TextStyle at_right = centred;
        at_right.align = Align::right;
        TextStyle at_left = centred;
        at_left.align = Align::left;
        const double middle_x = area.x + 0.5 * area.width;
        const double middle_y = area.y + 0.5 * area.height + 7;
        canvas.text(view_.left_letter(), area.x + 10, middle_y, at_left);
        canvas.text(view_.right_letter(), area.x + area.width - 10, middle_y, at_right);
        canvas.text(view_.top_letter(), middle_x, area.y + 26, centred);
        canvas.text(view_.bottom_letter(), middle_x, area.y + area.height - 12, centred);
    }

    void draw_colour_bar(Surface& canvas) const {
        const Rectangle bar{width_ - kMargin - kColourBar + kGap + 8, header_ + 0.15 * kPanelHeight, 18,
                            0.7 * kPanelHeight};
        constexpr int kSteps = 256;
        Picture<Colour> ramp{.width = 1, .height = kSteps, .values = {}};
        for (int i = 0; i < kSteps; ++i)
            ramp.values.push_back(heat(1.0F - static_cast<float>(i) / (kSteps - 1)));
        canvas.fill(bar, {0.30, 0.30, 0.30});
        canvas.image(ramp, bar);
        const TextStyle tick{.size = 15, .colour = kText};
        for (const double value : {0.0, 0.25, 0.5, 0.75, 1.0}) {
            const double y = bar.y + (1 - value) * bar.height;
            canvas.fill({bar.x + bar.width, y - 0.5, 5, 1}, kQuiet);
            std::string text = std::to_string(value);
            canvas.text(text.substr(0, 4), bar.x + bar.width + 9, y + 5, tick);
        }
        canvas.text("certain", bar.x - 4, bar.y + bar.height + 26, {.size = 14, .colour = kQuiet});
        canvas.text("uncertain", bar.x - 4, bar.y - 14, {.size = 14, .colour = kQuiet});
    }

    void draw_multiples(Surface& canvas) const {
        const int count = std::min(view_.slices(), kMostMultiples);
        const double step = multiple_width_ + kGap / 2;
        const double begin = 0.5 * (width_ - count * step + kGap / 2);
        const double top = header_ + kPanelHeight + kCaption;
        for (int i = 0; i < count; ++i) {
            const int slice =
                count == 1 ? 0 : static_cast<int>(std::lround(i * (view_.slices() - 1.0) / (count - 1)));
            const Rectangle area{begin + i * step, top, multiple_width_, multiple_height_};
            const Rectangle shown = fitted(area, view_.aspect());
            canvas.image(grey(view_.slice_of(image_, slice), window_), shown);
            draw_contours(canvas, slice, shown, 1.1);
            canvas.text(std::to_string(slice + 1) + " · " + view_.position(slice), area.x + 0.5 * area.width,
                        top + multiple_height_ + 21, {.size = 14, .colour = kQuiet, .align = Align::centre});
        }
    }

    void draw_footer(Surface& canvas) const {
        const double y = height_ - 34;
        double x = kMargin;
        const TextStyle style{.size = 17, .colour = kText};
        for (const Structure structure : kStructureOrder) {
            canvas.fill({x, y - 12, 26, 4}, kBackground);
            canvas.fill({x, y - 8, 26, 4}, colour_of(structure));
            const std::string name = to_string(structure);
            canvas.text(name, x + 34, y, style);
            x += 34 + canvas.text_width(name, style) + 30;
        }
        canvas.text(caption_.footnote, width_ - kMargin, y,
                    {.size = 16, .colour = kQuiet, .align = Align::right});
    }

    const Volume& image_;
    const LabelMap& labels_;
    const Volume& uncertainty_;
    const OverviewCaption& caption_;
    SagittalView view_;
    int midline_ = 0;
    GreyWindow window_;
    double header_ = kHeader;
    double panel_width_ = 0;
    double multiple_width_ = 0;
    double multiple_height_ = 0;
    double width_ = 0;
    double height_ = 0;
};

template <typename T>
bool whole(const Grid<T>& grid) {
    return !grid.voxels.empty() && grid.voxels.size() == grid.geometry.voxel_count();
}

}  // namespace

Result<void> write_overview(const Volume& image, const LabelMap& labels, const Volume& uncertainty,
                            const OverviewCaption& caption, const std::filesystem::path& png) {
    if (!whole(image) || !whole(labels) || !whole(uncertainty) ||
        !same_grid(image.geometry, labels.geometry) || !same_grid(image.geometry, uncertainty.geometry)) {
        return failure(ErrorCode::invalid_argument,
                       "image, labels and uncertainty of an overview must share one grid");
    }
    return write_file(png, "", Sheet(image, labels, uncertainty, caption).draw());
}

}  // namespace spineseg
