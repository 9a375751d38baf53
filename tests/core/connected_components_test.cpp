// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/connected_components.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace spineseg {
namespace connected_components_test {

/// The components of '#' in a drawing of 5 columns, slice after slice, in the order of their first voxels, each sorted.
std::vector<std::vector<std::size_t>> components_of(const std::string& drawing, int rows, int slices,
                                                    Connectivity connectivity) {
    ComponentFinder finder(5, rows, slices, connectivity);
    const auto drawn = [&](std::size_t voxel) { return drawing[voxel] == '#'; };
    std::vector<std::vector<std::size_t>> found;
    for (std::size_t voxel = 0; voxel < drawing.size(); ++voxel) {
        if (finder.visited(voxel) || !drawn(voxel)) continue;
        found.push_back(finder.collect(voxel, drawn));
        std::sort(found.back().begin(), found.back().end());
    }
    return found;
}

using Components = std::vector<std::vector<std::size_t>>;

TEST(ConnectedComponents, OfAPlaneMeetAtEdgesOrAtCorners) {
    const std::string plane =
        "##..#"
        "..#.#";
    EXPECT_EQ(components_of(plane, 2, 1, Connectivity::faces), (Components{{0, 1}, {4, 9}, {7}}));
    EXPECT_EQ(components_of(plane, 2, 1, Connectivity::corners), (Components{{0, 1, 7}, {4, 9}}));
}

TEST(ConnectedComponents, OfAVolumeMeetAtFacesOrAtCorners) {
    const std::string volume =
        "#...."
        "....#"
        ".#..#"
        ".....";
    EXPECT_EQ(components_of(volume, 2, 2, Connectivity::faces), (Components{{0}, {9}, {11}, {14}}));
    EXPECT_EQ(components_of(volume, 2, 2, Connectivity::corners), (Components{{0, 11}, {9, 14}}));
}

TEST(ConnectedComponents, DoNotWrapAroundTheEndOfARow) {
    EXPECT_EQ(components_of("....##....", 2, 1, Connectivity::corners), (Components{{4}, {5}}));
    EXPECT_EQ(components_of("....##....", 1, 2, Connectivity::faces), (Components{{4}, {5}}));
}

TEST(ConnectedComponents, FinderKnowsTheOutermostRowsAndColumnsOfEverySlice) {
    const ComponentFinder finder(3, 3, 2, Connectivity::faces);
    for (std::size_t voxel = 0; voxel < 18; ++voxel)
        EXPECT_EQ(finder.on_slice_border(voxel), voxel % 9 != 4) << voxel;
}

}  // namespace connected_components_test
}  // namespace spineseg
