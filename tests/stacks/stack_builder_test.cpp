// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_builder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace spineseg {
namespace stack_builder_test {

/// Sagittal: row × column = (-1, 0, 0), so ascending order runs from left to right of the patient.
std::vector<FrameHeader> frames(int count, double spacing = 4.0) {
    std::vector<FrameHeader> result;
    for (int i = 0; i < count; ++i) {
        FrameHeader header;
        header.instance = static_cast<std::size_t>(i);
        header.name = "IM" + std::to_string(i);
        header.rows = 20;
        header.columns = 30;
        header.row_spacing = header.column_spacing = 0.7;
        header.row_direction = {0, 1, 0};
        header.column_direction = {0, 0, -1};
        header.position = {20 - spacing * i, -100, 150};
        header.echo_time = 100;
        header.acquisition = 1;
        result.push_back(header);
    }
    return result;
}

ErrorCode code_of(const std::vector<FrameHeader>& headers) {
    const auto stack = build_stack(headers, 5);
    return stack ? ErrorCode::internal : stack.error().code;
}

TEST(StackBuilder, OrdersByPositionAlongRowTimesColumnWhateverTheInputOrder) {
    auto headers = frames(9);
    std::mt19937 random(3);
    std::shuffle(headers.begin(), headers.end(), random);
    const auto stack = build_stack(headers, 5);
    ASSERT_TRUE(stack) << stack.error().describe();
    for (std::size_t i = 0; i < 9; ++i) EXPECT_EQ(headers[stack->order[i]].name, "IM" + std::to_string(i));
    EXPECT_EQ(stack->geometry.slice_direction, (Vec3{-1, 0, 0}));
    EXPECT_DOUBLE_EQ(stack->geometry.slice_spacing, 4.0);
    EXPECT_EQ(stack->geometry.origin, (Vec3{20, -100, 150}));
}

TEST(StackBuilder, AGapOfWholeStepsIsMissingSlices) {
    auto headers = frames(9);
    headers.erase(headers.begin() + 4);
    EXPECT_EQ(code_of(headers), ErrorCode::missing_slices);
    headers.erase(headers.begin() + 4);
    EXPECT_EQ(code_of(headers), ErrorCode::missing_slices);
}

TEST(StackBuilder, AnyOtherUnevenStepIsIrregular) {
    auto headers = frames(9);
    headers[4].position[0] += 1.3;
    EXPECT_EQ(code_of(headers), ErrorCode::irregular_spacing);
}

TEST(StackBuilder, RoundingOfPositionsIsTolerated) {
    auto headers = frames(15);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].position[0] += i % 2 == 0 ? 0.02 : -0.02;
    EXPECT_TRUE(build_stack(headers, 5));
}

TEST(StackBuilder, DriftThatNoSingleStepShowsIsFound) {
    auto headers = frames(40);
    for (std::size_t i = 0; i < headers.size(); ++i)
        headers[i].position[0] -= i < 20 ? 0.09 * static_cast<double>(i) : 0.09 * 19;
    EXPECT_EQ(code_of(headers), ErrorCode::irregular_spacing);
}

TEST(StackBuilder, AShearedStackIsRefused) {
    auto headers = frames(9);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].position[2] += 0.4 * static_cast<double>(i);
    EXPECT_EQ(code_of(headers), ErrorCode::irregular_spacing);
    for (std::size_t i = 0; i < headers.size(); ++i)
        headers[i].position[2] = 150 + 0.05 * static_cast<double>(i);
    EXPECT_TRUE(build_stack(headers, 5));
}

TEST(StackBuilder, ThreePlanesAreSeveralOrientations) {
    auto headers = frames(6);
    headers[1].row_direction = {1, 0, 0};
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_orientations);
    headers = frames(6);
    headers[5].column_direction = {0, 0.01, -0.99995};
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_orientations);
}

TEST(StackBuilder, TwoEchoesAreSeveralStacksEvenWhenTheyInterleave) {
    auto headers = frames(8);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].echo_time = i % 2 == 0 ? 20 : 90;
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
}

TEST(StackBuilder, MixedMatrixSpacingOrComponentAreSeveralStacks) {
    auto headers = frames(8);
    headers[3].rows = 24;
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
    headers = frames(8);
    headers[3].column_spacing = 0.8;
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
    headers = frames(8);
    headers[3].description.image_type = "DERIVED\\PRIMARY\\M\\WATER";
    headers[3].kind = image_kind(headers[3].description);
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
    headers = frames(8);
    headers[3].b_value = 0;
    headers[0].b_value = 500;
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
}

TEST(StackBuilder, ADynamicSeriesIsSeveralStacks) {
    auto headers = frames(8), second = frames(8);
    for (auto& header : headers) header.temporal_position = 1;
    for (auto& header : second) header.temporal_position = 2;
    headers.insert(headers.end(), second.begin(), second.end());
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
}

TEST(StackBuilder, OfACompleteRepeatTheLaterAcquisitionCounts) {
    auto headers = frames(8), second = frames(8);
    for (auto& header : second) {
        header.acquisition = 2;
        header.name = "later " + header.name;
    }
    second.insert(second.end(), headers.begin(), headers.end());
    const auto stack = build_stack(second, 5);
    ASSERT_TRUE(stack) << stack.error().describe();
    ASSERT_EQ(stack->order.size(), 8u);
    for (const auto index : stack->order) EXPECT_TRUE(second[index].name.starts_with("later"));
}

/// A series whose repeat was broken off was refused, although the acquisition before it was complete.
TEST(StackBuilder, ARepeatThatWasBrokenOffDoesNotSpoilTheCompleteAcquisition) {
    auto headers = frames(8), second = frames(8);
    for (auto& header : second) header.acquisition = 2;
    headers.insert(headers.end(), second.begin(), second.end() - 1);
    const auto stack = build_stack(headers, 5);
    ASSERT_TRUE(stack) << stack.error().describe();
    for (const auto index : stack->order) EXPECT_LT(index, 8U) << "the first acquisition's";
}

/// Each slice has an acquisition time of its own, and one acquisition number holds both: the repeat was not told
/// from the complete acquisition, and the series was refused.
TEST(StackBuilder, TimesThatChangeWithTheSliceTellARepeat) {
    auto both = frames(8);
    for (std::size_t i = 0; i < 8; ++i) both[i].acquisition_time = "2026112910" + std::to_string(1000 + i);
    auto repeat = frames(4);
    for (std::size_t i = 0; i < 4; ++i) {
        repeat[i].acquisition_time = "2026112911" + std::to_string(1000 + i);
        repeat[i].name += " repeat";
    }
    const auto count_of = [](std::vector<FrameHeader> first, const std::vector<FrameHeader>& second) {
        first.insert(first.end(), second.begin(), second.end());
        std::mt19937 random(5);
        std::shuffle(first.begin(), first.end(), random);
        const auto stack = build_stack(first, 5);
        if (!stack) return std::string(to_string(stack.error().code));
        std::string repeats;
        for (const std::size_t index : stack->order) repeats += first[index].name.size() > 4 ? "r" : ".";
        return repeats;
    };
    EXPECT_EQ(count_of(both, repeat), "........");
    auto later = frames(8);
    for (std::size_t i = 0; i < 8; ++i) {
        later[i].acquisition_time = "2026112911" + std::to_string(1000 + i);
        later[i].name += " repeat";
    }
    EXPECT_EQ(count_of(both, later), "rrrrrrrr");
    // Slice by slice in turn: two series of images, not one and its repeat.
    for (std::size_t i = 0; i < 8; ++i) later[i].acquisition_time = both[i].acquisition_time + "5";
    EXPECT_EQ(count_of(both, later), "ambiguous_stacks");
    for (std::size_t i = 0; i < 8; ++i) later[i].acquisition_time.clear();
    EXPECT_EQ(count_of(both, later), "ambiguous_stacks");
}

/// A standard-deviation map after the images was taken for their repeat.
TEST(StackBuilder, ARepeatThatIsDescribedOtherwiseIsAmbiguous) {
    auto headers = frames(8), second = frames(8);
    for (auto& header : second) {
        header.acquisition = 2;
        header.description.comments = "sigma of 8 measurements";
    }
    headers.insert(headers.end(), second.begin(), second.end());
    EXPECT_EQ(code_of(headers), ErrorCode::ambiguous_stacks);
}

TEST(StackBuilder, RepeatsThatNothingTellsApartAreAmbiguous) {
    auto headers = frames(8), second = frames(8);
    headers.insert(headers.end(), second.begin(), second.end());
    EXPECT_EQ(code_of(headers), ErrorCode::ambiguous_stacks);
}

/// Two echoes a millisecond apart with one Echo Number were read as one stack.
TEST(StackBuilder, EchoesAMillisecondApartAreSeveralStacks) {
    auto headers = frames(8);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].echo_time = i % 2 == 0 ? 2.4 : 3.2;
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].echo_time = i % 2 == 0 ? 101.99 : 102.0;
    EXPECT_TRUE(build_stack(headers, 5)) << "the rounding of one echo";
    headers[2].echo_time.reset();
    EXPECT_EQ(code_of(headers), ErrorCode::multiple_stacks) << "one image does not say its echo time";
}

TEST(StackBuilder, AcquisitionNumbersThatChangeWithTheSliceAreOneStack) {
    auto headers = frames(9);
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].acquisition = static_cast<int>(i % 3);
    EXPECT_TRUE(build_stack(headers, 5));
}

TEST(StackBuilder, FewSlicesAreTooFew) {
    EXPECT_EQ(code_of(frames(4)), ErrorCode::too_few_slices);
    EXPECT_EQ(code_of(frames(1)), ErrorCode::too_few_slices);
    EXPECT_EQ(code_of({}), ErrorCode::too_few_slices);
    EXPECT_EQ(build_stack(frames(1), 0).error().code, ErrorCode::too_few_slices);
}

TEST(StackBuilder, ImpossibleGeometryIsNamed) {
    const auto with = [](auto change) {
        auto headers = frames(6);
        change(headers[2]);
        return code_of(headers);
    };
    EXPECT_EQ(with([](auto& h) { h.row_spacing = 0; }), ErrorCode::geometry_out_of_range);
    EXPECT_EQ(with([](auto& h) { h.column_spacing = -1; }), ErrorCode::geometry_out_of_range);
    EXPECT_EQ(with([](auto& h) { h.position[1] = 1e7; }), ErrorCode::geometry_out_of_range);
    EXPECT_EQ(with([](auto& h) { h.row_direction = {0, 0, 0}; }), ErrorCode::geometry_out_of_range);
    EXPECT_EQ(with([](auto& h) { h.column_direction = h.row_direction; }), ErrorCode::geometry_out_of_range);
    EXPECT_EQ(with([](auto& h) { h.columns = 1; }), ErrorCode::geometry_out_of_range);
}

}  // namespace stack_builder_test
}  // namespace spineseg
