// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/mask_cleaning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace spineseg {
namespace mask_cleaning_test {

/// Rows of digits, '.' for background; one slice.
ClassStack drawn(const std::vector<std::string>& rows) {
    ClassStack stack{1, static_cast<int>(rows.size()), static_cast<int>(rows[0].size()), {}};
    for (const auto& row : rows) {
        for (char c : row)
            stack.classes.push_back(c == '.' ? std::uint8_t{0} : static_cast<std::uint8_t>(c - '0'));
    }
    return stack;
}

TEST(MaskCleaning, AHoleInOneStructureIsFilledOneBetweenTwoIsNot) {
    ClassStack stack = drawn({".........",  //
                              ".2222233.",  //
                              ".2..22.3.",  //
                              ".2222233.",  //
                              "........."});
    fill_holes(stack);
    EXPECT_EQ(stack.classes, drawn({".........",  //
                                    ".2222233.",  //
                                    ".22222.3.",  //
                                    ".2222233.",  //
                                    "........."})
                                 .classes);
}

TEST(MaskCleaning, ANotchOpenToTheBorderIsNoHole) {
    ClassStack stack = drawn({"222.",  //
                              "2...",  //
                              "222."});
    const auto before = stack.classes;
    fill_holes(stack);
    EXPECT_EQ(stack.classes, before);
}

TEST(MaskCleaning, SmallComponentsGoLargeOnesAndOtherStructuresStay) {
    ClassStack stack = drawn({"22..3",  //
                              "22...",  //
                              "....2"});
    drop_small_components(stack, Structure::vertebra, 3);
    EXPECT_EQ(stack.classes, drawn({"22..3",  //
                                    "22...",  //
                                    "....."})
                                 .classes);
}

TEST(MaskCleaning, SmallPiecesOfASliceGoWhateverTheNextSliceHolds) {
    ClassStack stack{2, 2, 3, {2, 2, 0, 0, 0, 3, /**/ 2, 0, 0, 0, 2, 2}};
    drop_small_pieces(stack, Structure::vertebra, 3);
    EXPECT_EQ(stack.classes, (std::vector<std::uint8_t>{0, 0, 0, 0, 0, 3, /**/ 2, 0, 0, 0, 2, 2}));
}

TEST(MaskCleaning, ComponentsConnectAcrossSlicesAndCorners) {
    ClassStack stack{3, 2, 2, {1, 0, 0, 0, /**/ 0, 0, 0, 1, /**/ 1, 0, 0, 0}};
    const auto before = stack.classes;
    drop_small_components(stack, Structure::canal, 3);
    EXPECT_EQ(stack.classes, before);
    drop_small_components(stack, Structure::canal, 4);
    EXPECT_EQ(std::count(stack.classes.begin(), stack.classes.end(), 0), 12);
}

}  // namespace mask_cleaning_test
}  // namespace spineseg
