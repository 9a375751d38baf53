// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/reach/result_doubts.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include "worker/reach/body_signal.h"
#include "worker/reach/column_shape.h"
#include "worker/reach/emptied_slices.h"

namespace spineseg {
namespace {

using namespace reach;

std::string whole(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.0f", value);
    return text;
}

/// "L4 vertebra, L2 vertebra".
class NameList {
  public:
    explicit NameList(const SpineLevels& levels) : levels_(levels) {}
    void add(int ordinal) {
        SpineStructure vertebra;
        vertebra.structure = Structure::vertebra;
        vertebra.ordinal = ordinal;
        text_ += (text_.empty() ? "" : ", ") + structure_name(vertebra, levels_.numbering);
    }
    const std::string& text() const { return text_; }

  private:
    const SpineLevels& levels_;
    std::string text_;
};

void hear_slices(const SpineLevels& levels, std::vector<Doubt>& doubts) {
    std::string numbers;
    for (const int slice : emptied_slices(levels.labels))
        numbers += (numbers.empty() ? "" : ", ") + std::to_string(slice + 1);
    if (!numbers.empty())
        doubts.push_back({"emptied_slice",
                          "nothing was found in the stack's slice " + numbers +
                              ", between slices in which the spine was found: no signal, or too uncertain"});
}

void hear_shape(const SpineLevels& levels, const levels::NamedColumn& column,
                const std::vector<StructureMeasurements>& measurements, const ReachLimits& limits,
                std::vector<Doubt>& doubts) {
    if (const auto bend = side_bend(column); bend && *bend >= limits.side_bend_mm)
        doubts.push_back({"scoliosis",
                          "the canal leaves a straight line by " + whole(*bend) +
                              " mm to the sides; heights and diameters are those of oblique cuts",
                          QualityVerdict::pass});
    NameList deformed(levels);
    double least = 1;
    for (const BodyHeight& height : lowest_heights(levels, column, measurements)) {
        if (height.share >= limits.body_height) continue;
        deformed.add(height.ordinal);
        least = std::min(least, height.share);
    }
    if (!deformed.text().empty())
        doubts.push_back({"deformed_vertebra",
                          "down to " + whole(100 * least) + " percent of the neighbours' height (" +
                              deformed.text() + "): a fracture, a deformity or a wrong border",
                          QualityVerdict::pass});
    NameList open(levels);
    for (const auto& [ordinal, share] : arch_shares(levels, column))
        if (share < limits.arch) open.add(ordinal);
    if (!open.text().empty())
        doubts.push_back({"missing_arch", "hardly any bone was found behind the canal (" + open.text() +
                                              "): an operation, or bone that was not recognised"});
}

void hear_signal(const Volume& image, const SpineLevels& levels, const levels::NamedColumn& column,
                 const ReachLimits& limits, std::vector<Doubt>& doubts) {
    NameList dark(levels), voids(levels);
    for (const BodySignal& body : body_signals(image, column)) {
        if (body.of_neighbours > 0 && body.brightness < limits.brightness * body.of_neighbours)
            dark.add(body.ordinal);
        else if (body.void_mm2 >= limits.void_mm2)
            voids.add(body.ordinal);
    }
    if (!dark.text().empty())
        doubts.push_back({"dark_vertebra", "less than half as bright as its neighbours (" + dark.text() +
                                               "): cement, metal, or changed marrow"});
    if (!voids.text().empty())
        doubts.push_back(
            {"signal_void", "a part gives no signal (" + voids.text() + "): metal, cement, or dense bone"});
}

}  // namespace

std::vector<Doubt> doubts_of_result(const Volume& image, const SpineLevels& levels,
                                    const std::vector<StructureMeasurements>& measurements,
                                    const ReachLimits& limits) {
    std::vector<Doubt> doubts;
    hear_slices(levels, doubts);
    const auto column = levels::named_column(levels);
    if (column.discs.empty() || !same_grid(image.geometry, levels.labels.geometry)) return doubts;
    hear_shape(levels, column, measurements, limits, doubts);
    hear_signal(image, levels, column, limits, doubts);
    return doubts;
}

}  // namespace spineseg
