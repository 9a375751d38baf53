// SPDX-License-Identifier: GPL-3.0-or-later
/// Measurements of a column whose measures are known, on straight, oblique and anisotropic stacks.

#include "worker/levels/measure.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/worker/levels/block_spine.h"
#include "worker/levels/find_levels.h"
#include "worker/levels/interval_rule.h"

namespace spineseg {
namespace measure_test {

using testing::BlockSpine;
using testing::draw;
using testing::DrawnSpine;
using testing::stack_about;
using testing::Wedge;

struct Stack {
    const char* name;
    double column_mm, row_mm, slice_mm;
    int slices;
    std::array<double, 3> turns;
};

const std::vector<Stack>& stacks() {
    static const std::vector<Stack> all{
        {"Straight", 0.6, 0.6, 4.4, 13, {0, 0, 0}},          {"Anisotropic", 0.5, 0.9, 5, 11, {0, 0, 0}},
        {"TurnedAboutTheBody", 0.7, 0.7, 4, 15, {0, 0, 14}}, {"LeaningSideways", 0.7, 0.7, 4, 17, {0, 8, 0}},
        {"Nodding", 0.7, 0.7, 4, 13, {-25, 0, 0}},           {"AllAtOnce", 0.8, 0.6, 3.5, 19, {12, 6, -10}},
        {"MidlineSlab", 0.6, 0.6, 1, 13, {0, 0, 0}},
    };
    return all;
}

std::vector<StructureMeasurements> measured(const LabelMap& labels, const StructureProbabilities* p = nullptr,
                                            Uncertainty uncertainty = Uncertainty::spread) {
    const auto levels = find_levels(labels);
    EXPECT_TRUE(levels);
    auto result = measure(*levels, p, uncertainty);
    EXPECT_TRUE(result);
    return std::move(*result);
}

std::optional<Measurement> find(const std::vector<StructureMeasurements>& all, int label, Quantity quantity,
                                int at = 0) {
    for (const auto& group : all) {
        if (group.label != label) continue;
        for (const auto& value : group.values)
            if (value.quantity == quantity && (at == 0 || value.at == at)) return value;
    }
    return std::nullopt;
}

double value(const std::vector<StructureMeasurements>& all, int label, Quantity quantity, int at = 0) {
    const auto found = find(all, label, quantity, at);
    EXPECT_TRUE(found) << label << " has no " << to_string(quantity);
    return found ? found->value : std::nan("");
}

/// At a share of the depth from the front.
double height_at(const Wedge& wedge, double share) {
    return wedge.front + share * (wedge.back - wedge.front);
}

BlockSpine slipped() {
    BlockSpine spine = BlockSpine::usual();
    spine.levels[1].slip = 6;             // L4 before L5
    spine.levels[3].slip = -4;            // L2 behind L3
    spine.levels[4].body = {17, 25, 32};  // a wedged L1
    return spine;
}

class MeasuredStack : public ::testing::TestWithParam<Stack> {
  protected:
    MeasuredStack() {
        const Stack& s = GetParam();
        all_ = measured(
            draw(spine_, stack_about(spine_, s.column_mm, s.row_mm, s.slice_mm, s.slices, s.turns)).labels);
    }
    const BlockSpine spine_ = slipped();
    std::vector<StructureMeasurements> all_;
    /// A voxel belongs to a structure or not: a face that runs along the rows is known to half a voxel, and a
    /// length has two faces.
    const double voxel_ = std::max(GetParam().column_mm, GetParam().row_mm);
    const double height_error_ = 0.1 + 0.75 * voxel_;
    const double length_error_ = 0.3 + voxel_;
};

TEST_P(MeasuredStack, FindsTheHeightsOfBodies) {
    for (int k = 1; k <= 6; ++k) {
        const Wedge& body = spine_.levels[static_cast<std::size_t>(k - 1)].body;
        EXPECT_NEAR(value(all_, k, Quantity::anterior_height), height_at(body, 0.1), height_error_) << k;
        EXPECT_NEAR(value(all_, k, Quantity::middle_height), height_at(body, 0.5), height_error_) << k;
        EXPECT_NEAR(value(all_, k, Quantity::posterior_height), height_at(body, 0.9), height_error_) << k;
        EXPECT_NEAR(value(all_, k, Quantity::depth), body.depth, length_error_) << k;
    }
}

TEST_P(MeasuredStack, FindsTheHeightsOfDiscsAndTheirIndex) {
    for (int k = 1; k <= 6; ++k) {
        const auto& level = spine_.levels[static_cast<std::size_t>(k - 1)];
        const double front = height_at(level.disc, 0.2), middle = height_at(level.disc, 0.5),
                     back = height_at(level.disc, 0.8);
        EXPECT_NEAR(value(all_, 200 + k, Quantity::anterior_height), front, height_error_) << k;
        EXPECT_NEAR(value(all_, 200 + k, Quantity::middle_height), middle, height_error_) << k;
        EXPECT_NEAR(value(all_, 200 + k, Quantity::posterior_height), back, height_error_) << k;
        EXPECT_NEAR(value(all_, 200 + k, Quantity::depth), level.disc.depth, length_error_) << k;
        double bodies = height_at(level.body, 0.5);
        if (k > 1)
            bodies = 0.5 * (bodies + height_at(spine_.levels[static_cast<std::size_t>(k - 2)].body, 0.5));
        EXPECT_NEAR(value(all_, 200 + k, Quantity::disc_height_index), (front + middle + back) / 3 / bodies,
                    0.025)
            << k;
    }
}

TEST_P(MeasuredStack, FindsSlipAndNoSlipWhereThereIsOnlyLordosis) {
    for (int k = 2; k <= 6; ++k) {
        const auto& level = spine_.levels[static_cast<std::size_t>(k - 1)];
        const auto& below = spine_.levels[static_cast<std::size_t>(k - 2)];
        // The front edge and half of any difference in depth belong to the shape: back walls are compared.
        const double expected = level.slip - 0.5 * (level.body.depth - below.body.depth);
        EXPECT_NEAR(value(all_, k, Quantity::slip), expected, length_error_) << k;
        EXPECT_NEAR(value(all_, k, Quantity::slip_percent), 100 * expected / below.body.depth, 3.0) << k;
    }
    EXPECT_FALSE(find(all_, 1, Quantity::slip)) << "the sacrum is not segmented";
}

TEST_P(MeasuredStack, FindsTheCanalsDiameterAtEveryDisc) {
    for (const int k : {3, 5, 6})  // at the others a slip narrows it, or it bends sharply over the sacrum
        EXPECT_NEAR(value(all_, 100, Quantity::canal_diameter, 200 + k), spine_.canal_depth, length_error_)
            << k;
    EXPECT_LT(value(all_, 100, Quantity::canal_diameter, 202), spine_.canal_depth - 0.3);
}

INSTANTIATE_TEST_SUITE_P(Stacks, MeasuredStack, ::testing::ValuesIn(stacks()),
                         [](const auto& stack) { return std::string(stack.param.name); });

TEST(Measure, VolumesOnlyWhereTheStackCoversTheStructure) {
    BlockSpine spine = BlockSpine::usual();
    const auto wide = measured(draw(spine, stack_about(spine, 0.8, 0.8, 2, 27)).labels);
    const Wedge& body = spine.levels[2].body;
    const double slices = 23;  // whose centres lie within ± 22 mm
    const double truth = 0.5 * (body.front + body.back) * body.depth * slices * 2;
    EXPECT_NEAR(value(wide, 3, Quantity::volume), truth, 0.02 * truth);
    const auto slab = measured(draw(spine, stack_about(spine, 0.8, 0.8, 2, 9)).labels);
    EXPECT_FALSE(find(slab, 3, Quantity::volume));
    EXPECT_TRUE(find(slab, 3, Quantity::middle_height));
}

/// Probabilities that fall from 1 to 0 over `blur` mm about the borders of a drawn column, along the rows
/// only.
StructureProbabilities blurred(const DrawnSpine& drawn, double blur) {
    StructureProbabilities p;
    const Geometry& g = drawn.labels.geometry;
    const int reach = static_cast<int>(std::lround(0.5 * blur / g.row_spacing));
    for (int s = 0; s < kStructures; ++s) {
        auto& map = p.maps[static_cast<std::size_t>(s)];
        map = {g, std::vector<std::uint8_t>(g.voxel_count())};
        const auto label = static_cast<std::uint8_t>(label_of(static_cast<Structure>(s)));
        for (int slice = 0; slice < g.slices; ++slice)
            for (int row = 0; row < g.rows; ++row)
                for (int c = 0; c < g.columns; ++c) {
                    int inside = 0;
                    for (int d = -reach; d <= reach; ++d)
                        inside +=
                            drawn.labels.at(c, std::clamp(row + d, 0, g.rows - 1), slice) == label ? 1 : 0;
                    map.at(c, row, slice) = static_cast<std::uint8_t>(255 * inside / (2 * reach + 1));
                }
    }
    return p;
}

TEST(Measure, SpreadIsHalfTheWayBetweenTheQuartilesOfTheBorders) {
    BlockSpine spine = BlockSpine::usual();
    spine.levels.resize(4);
    spine.sacral_slope = 0;
    for (auto& level : spine.levels) level = {{10, 10, 34}, {27, 27, 34}, 0};
    const DrawnSpine drawn = draw(spine, stack_about(spine, 1, 0.5, 4, 11));
    const auto p = blurred(drawn, 4);
    const auto all = measured(drawn.labels, &p);
    // A ramp of 4 mm from 1 to 0: its quartiles lie 1 mm inside and outside of both borders.
    const auto height = find(all, 2, Quantity::middle_height);
    ASSERT_TRUE(height && height->uncertainty);
    EXPECT_NEAR(height->value, 27, 0.4);
    EXPECT_NEAR(*height->uncertainty, 2, 0.25);
    const auto sharp = blurred(drawn, 0);
    const auto certain = measured(drawn.labels, &sharp);
    EXPECT_LT(*find(certain, 2, Quantity::middle_height)->uncertainty, 0.3);
    EXPECT_LT(*find(certain, 2, Quantity::slip)->uncertainty, 0.6);
    EXPECT_FALSE(find(measured(drawn.labels), 2, Quantity::middle_height)->uncertainty);
    const auto index = find(all, 202, Quantity::disc_height_index);
    ASSERT_TRUE(index && index->uncertainty);
    EXPECT_GT(*index->uncertainty, *find(certain, 202, Quantity::disc_height_index)->uncertainty);
}

TEST(Measure, IntervalsAddWhatTheEnsembleDoesNotKnow) {
    const BlockSpine spine = BlockSpine::usual();
    const DrawnSpine drawn = draw(spine, stack_about(spine, 0.8, 0.8, 2, 27));
    const auto p = blurred(drawn, 3.2);
    const auto spreads = measured(drawn.labels, &p);
    const auto intervals = measured(drawn.labels, &p, Uncertainty::interval);
    std::size_t values = 0;
    for (std::size_t i = 0; i < spreads.size(); ++i)
        for (std::size_t j = 0; j < spreads[i].values.size(); ++j) {
            const Measurement& narrow = spreads[i].values[j];
            const Structure structure = spreads[i].label < 100    ? Structure::vertebra
                                        : spreads[i].label == 100 ? Structure::canal
                                                                  : Structure::disc;
            const IntervalTerms terms = interval_terms(structure, narrow.quantity);
            EXPECT_GT(terms.fixed, 0) << to_string(narrow.quantity);
            EXPECT_GT(terms.wider, 1);
            ASSERT_EQ(narrow.uncertainty.has_value(), intervals[i].values[j].uncertainty.has_value());
            if (!narrow.uncertainty) continue;  // a border runs out of the image
            ++values;
            EXPECT_DOUBLE_EQ(*intervals[i].values[j].uncertainty,
                             interval_half(terms, narrow.quantity, narrow.value, *narrow.uncertainty));
        }
    EXPECT_GT(values, 30u);
}

TEST(IntervalRule, WidthsArePartsOfAStructureInQuadrature) {
    EXPECT_DOUBLE_EQ(interval_half({0.5, 3, 2}, Quantity::depth, 100, 8), 5);
    EXPECT_DOUBLE_EQ(interval_half({0.5, 0.03, 2}, Quantity::volume, 100, 8), 5) << "a share of the volume";
    EXPECT_EQ(measure_name(Structure::disc, Quantity::posterior_height), "disc height");
    EXPECT_EQ(measure_name(Structure::vertebra, Quantity::slip), "slip");
}

TEST(Measure, RefusesOtherGridsAndGivesNothingForNothing) {
    EXPECT_EQ(measure({.labels = {Geometry{.columns = 3, .rows = 3, .slices = 3}, {}}}).error().code,
              ErrorCode::invalid_argument);
    const SpineLevels empty{
        .labels = {Geometry{.columns = 3, .rows = 3, .slices = 3}, std::vector<std::uint8_t>(27)}};
    const auto none = measure(empty);
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->empty());
    StructureProbabilities wrong;
    EXPECT_EQ(measure(empty, &wrong).error().code, ErrorCode::invalid_argument);
}

}  // namespace measure_test
}  // namespace spineseg
