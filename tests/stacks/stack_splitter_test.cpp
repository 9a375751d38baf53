// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_splitter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

namespace spineseg {
namespace stack_splitter_test {

using Headers = std::vector<FrameHeader>;

/// A sagittal stack whose images are named by `name` and their number.
Headers sagittal(int count, const std::string& name, double echo_time = 100) {
    Headers result;
    for (int i = 0; i < count; ++i) {
        FrameHeader header;
        header.instance = static_cast<std::size_t>(i);
        header.name = name + std::to_string(i);
        header.rows = header.columns = 30;
        header.row_spacing = header.column_spacing = 0.7;
        header.row_direction = {0, 1, 0};
        header.column_direction = {0, 0, -1};
        header.position = {20 - 4.0 * i, -100, 150};
        header.echo_time = echo_time;
        header.acquisition = 1;
        result.push_back(header);
    }
    return result;
}

Headers axial(int count, const std::string& name) {
    auto result = sagittal(count, name);
    for (auto& header : result) {
        header.row_direction = {1, 0, 0};
        header.column_direction = {0, 1, 0};
        header.position = {-50, -100, header.position[0]};
    }
    return result;
}

Headers operator+(Headers a, const Headers& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

template <typename Change>
Headers with(Headers headers, Change change) {
    for (auto& header : headers) change(header);
    return headers;
}

Headers of_type(Headers headers, const std::string& image_type) {
    return with(std::move(headers), [&](FrameHeader& header) {
        header.description.image_type = image_type;
        header.kind = image_kind(header.description);
    });
}

/// The names' common beginning of the stack that is chosen, or the error's name.
std::string chosen(const Headers& headers) {
    const auto candidates = examine_stacks(headers, 5);
    const auto choice = choose_stack(candidates, headers);
    if (!choice) return std::string(to_string(choice.error().code));
    const auto& stack = *candidates[*choice].stack;
    const auto stem = [&](std::size_t i) {
        return headers[i].name.substr(0, headers[i].name.find_first_of("0123456789"));
    };
    for (const auto index : stack.order) EXPECT_EQ(stem(index), stem(stack.order.front()));
    return stem(stack.order.front());
}

TEST(StackSplitter, ThePlanesOfASurveyAreTakenApartAndTheSagittalOneIsChosen) {
    EXPECT_EQ(chosen(axial(7, "ax") + sagittal(7, "sag")), "sag");
    EXPECT_EQ(chosen(sagittal(7, "sag") + axial(15, "ax")), "sag");
}

TEST(StackSplitter, WithoutASagittalStackThatIsSaid) {
    const auto coronal = with(sagittal(7, "cor"), [](FrameHeader& h) {
        h.row_direction = {1, 0, 0};
        h.position = {-50, h.position[0], 150};
    });
    EXPECT_EQ(chosen(axial(7, "ax") + coronal), "multiple_orientations");
    EXPECT_EQ(chosen(axial(7, "ax") + with(axial(7, "ax"), [](FrameHeader& h) { h.echo_time = 30; })),
              "multiple_stacks");
}

TEST(StackSplitter, ALoneStackIsChosenWhateverItsPlane) {
    EXPECT_EQ(chosen(axial(7, "ax")), "ax");
}

TEST(StackSplitter, OfADualEchoTheLaterIsChosenUnlessTheDiscsAreDarkInIt) {
    EXPECT_EQ(chosen(sagittal(9, "pd", 20) + sagittal(9, "tt", 90)), "tt");
    EXPECT_EQ(chosen(sagittal(9, "tt", 90) + sagittal(9, "pd", 20)), "tt");
    EXPECT_EQ(chosen(sagittal(9, "tt", 90) + sagittal(9, "myelo", 600)), "tt");
}

TEST(StackSplitter, OfADixonSeriesTheWaterImageIsChosen) {
    const auto dixon = [](const char* name, const char* word) {
        return of_type(sagittal(9, name), std::string("DERIVED\\PRIMARY\\M\\NORM\\") + word);
    };
    EXPECT_EQ(chosen(dixon("fat", "FAT") + dixon("in", "IN_PHASE") + dixon("water", "WATER") +
                     dixon("out", "OUT_PHASE")),
              "water");
    EXPECT_EQ(chosen(dixon("fat", "F") + dixon("out", "OP") + dixon("in", "IP")), "in");
    EXPECT_EQ(chosen(dixon("phase", "P") + dixon("mag", "M")), "mag");
    EXPECT_EQ(chosen(dixon("phase", "P") + dixon("real", "R")), "multiple_stacks");
    EXPECT_EQ(chosen(dixon("fat", "FAT")), "no_anatomical_images") << "a lone stack of fat images";
}

TEST(StackSplitter, DiffusionWeightedImagesAreNeverChosen) {
    const auto weighted = with(sagittal(9, "dwi"), [](FrameHeader& h) { h.b_value = 500; });
    const auto plain = with(sagittal(9, "b"), [](FrameHeader& h) { h.b_value = 0; });
    EXPECT_EQ(chosen(weighted + plain), "b");
}

TEST(StackSplitter, MixedMatricesAreTakenApart) {
    const auto small = with(sagittal(6, "small"), [](FrameHeader& h) { h.rows = h.columns = 15; });
    EXPECT_EQ(chosen(small + sagittal(15, "large")), "large");
    EXPECT_EQ(chosen(sagittal(9, "large") + with(sagittal(8, "other"), [](FrameHeader& h) { h.rows = 31; })),
              "ambiguous_stacks");
}

TEST(StackSplitter, StationsOfAWholeSpineAreNotTakenForRepeats) {
    const auto lower = with(sagittal(9, "lower"), [](FrameHeader& h) {
        h.position[2] -= 280;
        h.acquisition = 2;
    });
    EXPECT_EQ(chosen(sagittal(9, "upper") + lower), "ambiguous_stacks");
    const auto headers = sagittal(9, "upper") + lower;
    EXPECT_EQ(examine_stacks(headers, 5).size(), 2u);
}

TEST(StackSplitter, ARepeatAfterMotionIsOneStackAndTheLaterCounts) {
    const auto again = with(sagittal(9, "again"), [](FrameHeader& h) { h.acquisition = 2; });
    EXPECT_EQ(chosen(sagittal(9, "first") + again), "again");
    EXPECT_EQ(chosen(sagittal(4, "broken off") + again), "again");
    EXPECT_EQ(chosen(sagittal(9, "first") +
                     with(sagittal(4, "broken off"), [](FrameHeader& h) { h.acquisition = 2; })),
              "first");
}

/// A broken-off repeat was counted among the images that would be read.
TEST(StackSplitter, RepeatsThatAreLeftAsideAreNamed) {
    const auto headers =
        sagittal(9, "first") + with(sagittal(4, "broken"), [](FrameHeader& h) { h.acquisition = 2; });
    const auto candidates = examine_stacks(headers, 5);
    ASSERT_EQ(candidates.size(), 1u);
    EXPECT_EQ(candidates[0].description.substr(0, 17), "9 sagittal images");
    EXPECT_NE(candidates[0].description.find("left aside as repeats: 4 images (broken0 and 3 more)"),
              std::string::npos)
        << candidates[0].description;
}

TEST(StackSplitter, ADynamicSeriesIsNotChosenFrom) {
    const auto later = with(sagittal(9, "later"), [](FrameHeader& h) { h.temporal_position = 2; });
    EXPECT_EQ(chosen(with(sagittal(9, "first"), [](FrameHeader& h) { h.temporal_position = 1; }) + later),
              "multiple_stacks");
}

TEST(StackSplitter, TheSagittalStacksOwnFaultIsTheVerdict) {
    auto gap = sagittal(9, "sag");
    gap.erase(gap.begin() + 4);
    EXPECT_EQ(chosen(axial(20, "ax") + gap), "missing_slices");
    EXPECT_EQ(chosen(axial(20, "ax") + sagittal(3, "sag")), "too_few_slices");
    auto sheared = sagittal(9, "sag");
    for (std::size_t i = 0; i < sheared.size(); ++i) sheared[i].position[2] += 0.4 * static_cast<double>(i);
    EXPECT_EQ(chosen(axial(20, "ax") + sheared), "irregular_spacing");
    EXPECT_EQ(chosen(gap + sagittal(9, "other", 40)), "other");
}

TEST(StackSplitter, AsManyStacksAsImagesAreRefusedQuickly) {
    Headers headers = sagittal(3000, "im");
    for (std::size_t i = 0; i < headers.size(); ++i) headers[i].echo_time = 2.0 * static_cast<double>(i);
    EXPECT_EQ(chosen(headers), "multiple_stacks");
}

/// One slice with another pixel spacing was refused as "a gap", and the message named neither the slice nor
/// the attribute.
TEST(StackSplitter, AnOddSliceIsNamedWithItsAttribute) {
    auto headers = sagittal(9, "im");
    headers[4].column_spacing *= 1.1;
    const auto candidates = examine_stacks(headers, 5);
    const auto choice = choose_stack(candidates, headers);
    ASSERT_FALSE(choice);
    EXPECT_NE(choice.error().detail.find("im4"), std::string::npos) << choice.error().detail;
    EXPECT_NE(choice.error().detail.find("pixel spacing"), std::string::npos) << choice.error().detail;
}

/// Property: whatever is mixed into a series, nothing but anatomy is read, and which stack it is does not
/// depend on the order of the images.
TEST(StackSplitter, OfAnyMixOnlyAnatomyIsReadInEveryOrder) {
    const std::vector<std::string> anatomy{"M\\NORM\\WATER", "M\\NORM\\IN_PHASE", "M\\NORM\\OPP_PHASE",
                                           "M\\ND",          "M_SE\\M\\SE",       "W"};
    const std::vector<std::string> other{"M\\NORM\\FAT", "P\\ND",  "FAT_FRACTION",  "M\\R2_STAR MAP",
                                         "REAL",         "M\\SUB", "STD_DEVIATION", "M\\MIP",
                                         "MPR",          "T2 MAP", "UNHEARD_OF"};
    for (unsigned seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        const auto draw = [&](std::size_t low, std::size_t high) {
            return std::uniform_int_distribution(low, high)(random);
        };
        Headers headers;
        for (std::size_t stacks = draw(2, 5), i = 0; i < stacks; ++i) {
            const bool shows = draw(0, 2) == 0;
            const auto& words = shows ? anatomy : other;
            const auto acquisition = static_cast<int>(draw(1, 3));
            headers =
                headers +
                with(
                    of_type(sagittal(9, std::string(1, static_cast<char>('a' + i)) + (shows ? "good" : "bad"),
                                     static_cast<double>(10 * draw(1, 3))),
                            "DERIVED\\PRIMARY\\" + words[draw(0, words.size() - 1)]),
                    [&](FrameHeader& h) { h.acquisition = acquisition; });
        }
        const std::string first = chosen(headers);
        EXPECT_EQ(first.find("bad"), std::string::npos) << first;
        for (int order = 0; order < 4; ++order) {
            std::shuffle(headers.begin(), headers.end(), random);
            EXPECT_EQ(chosen(headers), first) << "seed " << seed;
        }
    }
}

/// Property: however stacks are mixed, every image is in exactly one of them, and the chosen stack's order
/// holds each of its own images once, in the order of their places.
TEST(StackSplitter, NoImageIsLostOrDoubledHoweverStacksAreMixed) {
    for (unsigned seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        const auto draw = [&](int low, int high) { return std::uniform_int_distribution(low, high)(random); };
        const int wanted = draw(5, 20);
        Headers headers = sagittal(wanted, "sag", 100);
        if (draw(0, 1)) headers = headers + axial(draw(1, 12), "ax");
        if (draw(0, 1)) headers = headers + sagittal(draw(1, 12), "pd", 15);
        if (draw(0, 1)) headers = headers + of_type(sagittal(draw(1, 12), "fat"), "DERIVED\\PRIMARY\\M\\FAT");
        std::shuffle(headers.begin(), headers.end(), random);
        const auto candidates = examine_stacks(headers, 5);
        std::multiset<std::size_t> seen;
        for (const auto& candidate : candidates)
            seen.insert(candidate.images.begin(), candidate.images.end());
        ASSERT_EQ(seen.size(), headers.size());
        ASSERT_EQ(std::set<std::size_t>(seen.begin(), seen.end()).size(), headers.size());
        const auto choice = choose_stack(candidates, headers);
        ASSERT_TRUE(choice) << choice.error().describe();
        const auto& stack = *candidates[*choice].stack;
        ASSERT_EQ(stack.order.size(), static_cast<std::size_t>(wanted));
        for (int i = 0; i < wanted; ++i)
            ASSERT_EQ(headers[stack.order[static_cast<std::size_t>(i)]].name, "sag" + std::to_string(i));
    }
}

}  // namespace stack_splitter_test
}  // namespace spineseg
