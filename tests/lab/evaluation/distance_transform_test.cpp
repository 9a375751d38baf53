// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/evaluation/distance_transform.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "tests/lab/evaluation/fixture_inputs.h"

namespace spineseg {
namespace distance_transform_test {

float nearest_by_search(const Mask& mask, const Geometry& g, int column, int row, int slice) {
    double best = std::numeric_limits<double>::infinity();
    for (int k = 0; k < g.slices; ++k)
        for (int r = 0; r < g.rows; ++r)
            for (int c = 0; c < g.columns; ++c)
                if (mask[g.index(c, r, k)] != 0)
                    best =
                        std::min(best, std::hypot((c - column) * g.column_spacing, (r - row) * g.row_spacing,
                                                  (k - slice) * g.slice_spacing));
    return static_cast<float>(best);
}

TEST(DistanceTransform, EqualsTheSearchOverAllVoxelsOnRandomMasks) {
    Geometry g;
    g.columns = 13;
    g.rows = 11;
    g.slices = 6;
    g.column_spacing = 0.7;
    g.row_spacing = 1.3;
    g.slice_spacing = 4.4;
    for (const double density : {0.003, 0.02, 0.3}) {
        const auto random = testing::uniform(g.voxel_count(), 9);
        Mask mask(g.voxel_count());
        for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = random[i] < density ? 1 : 0;
        ASSERT_GT(std::accumulate(mask.begin(), mask.end(), 0), 0);
        const auto distance = distance_to(mask, g);
        for (int k = 0; k < g.slices; ++k)
            for (int r = 0; r < g.rows; ++r)
                for (int c = 0; c < g.columns; ++c)
                    ASSERT_NEAR(distance[g.index(c, r, k)], nearest_by_search(mask, g, c, r, k), 1e-4F)
                        << c << ' ' << r << ' ' << k;
    }
}

TEST(DistanceTransform, AgreesWithScipyOnABodyWithAnisotropicVoxels) {
    const auto expected = testing::fixtures()["surfaces"];
    const auto distance = distance_to(testing::first_body(), testing::surface_grid());
    const double sum = std::accumulate(distance.begin(), distance.end(), 0.0);
    EXPECT_NEAR(sum, expected["distance_sum_mm"].get<double>(), 1e-5 * sum);
    EXPECT_NEAR(*std::max_element(distance.begin(), distance.end()),
                expected["distance_max_mm"].get<double>(), 1e-4);
    EXPECT_NEAR(distance.front(), expected["distance_corner_mm"].get<double>(), 1e-4);
}

TEST(DistanceTransform, AnEmptyMaskIsInfinitelyFarAndAForeignOneIsRefused) {
    Geometry g;
    g.columns = g.rows = g.slices = 3;
    const auto distance = distance_to(Mask(27), g);
    EXPECT_TRUE(std::all_of(distance.begin(), distance.end(), [](float d) { return std::isinf(d); }));
    EXPECT_THROW(distance_to(Mask(26), g), std::invalid_argument);
}

}  // namespace distance_transform_test
}  // namespace spineseg
