// SPDX-License-Identifier: GPL-3.0-or-later
/// What is unusual in a patient is doubted by name, and an ordinary patient is not: on phantoms with their true
/// labels.

#include "worker/reach/result_doubts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "worker/levels/find_levels.h"
#include "worker/levels/measure.h"
#include "worker/phantom/phantom.h"

namespace spineseg {
namespace result_doubts_test {

PhantomRequest whole_stack(std::uint64_t seed) {
    PhantomRequest request;
    request.seed = seed;
    request.columns = request.rows = 160;
    request.pixel_spacing = 1.875;
    request.slices = 15;
    request.slice_spacing = 4.4;
    return request;
}

struct Seen {
    std::vector<Doubt> doubts;
    Numbering numbering;

    bool says(const std::string& name) const {
        return std::any_of(doubts.begin(), doubts.end(),
                           [&](const Doubt& doubt) { return doubt.name == name; });
    }
    std::string text() const {
        std::string all;
        for (const auto& doubt : doubts) all += doubt.name + ": " + doubt.explanation + "\n";
        return all;
    }
};

Seen seen(const PhantomRequest& request) {
    const auto phantom = make_phantom(request).value();
    const auto levels = find_levels(phantom.labels).value();
    return {doubts_of_result(phantom.image, levels, measure(levels).value()), levels.numbering};
}

constexpr std::uint64_t kPatients = 3;

TEST(ResultDoubts, AnOrdinaryPatientIsNotDoubted) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed)
        for (const auto contrast : {PhantomContrast::t1, PhantomContrast::t2}) {
            auto request = whole_stack(seed);
            request.contrast = contrast;
            EXPECT_TRUE(seen(request).doubts.empty()) << "seed " << seed << "\n" << seen(request).text();
        }
}

TEST(ResultDoubts, ASliceInWhichNothingWasFoundBetweenOthersIsNamed) {
    const auto phantom = make_phantom(whole_stack(0)).value();
    LabelMap labels = phantom.labels;
    const auto slice = labels.geometry.slice_voxel_count();
    std::fill_n(labels.voxels.begin() + static_cast<std::ptrdiff_t>(7 * slice), slice, std::uint8_t{0});
    const auto levels = find_levels(labels).value();
    const auto doubts = doubts_of_result(phantom.image, levels, measure(levels).value());
    ASSERT_FALSE(doubts.empty());
    EXPECT_EQ(doubts.front().name, "emptied_slice");
    EXPECT_NE(doubts.front().explanation.find("slice 8,"), std::string::npos) << doubts.front().explanation;
}

TEST(ResultDoubts, ACementedVertebraIsNamed) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed) {
        auto request = whole_stack(seed);
        request.findings.cemented = 3;
        const auto result = seen(request);
        EXPECT_TRUE(result.says("dark_vertebra")) << "seed " << seed;
        EXPECT_NE(result.text().find("L3 vertebra"), std::string::npos) << result.text();
    }
}

TEST(ResultDoubts, PedicleScrewsAreNamed) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed) {
        auto request = whole_stack(seed);
        request.findings.screwed = 1;
        const auto result = seen(request);
        EXPECT_TRUE(result.says("signal_void") || result.says("dark_vertebra")) << "seed " << seed;
        EXPECT_NE(result.text().find("L5 vertebra"), std::string::npos) << result.text();
        EXPECT_NE(result.text().find("L4 vertebra"), std::string::npos) << result.text();
        EXPECT_EQ(result.text().find("L2"), std::string::npos) << result.text();
    }
}

TEST(ResultDoubts, ACompressionFractureIsNamed) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed)
        for (const int ordinal : {2, 5}) {
            auto request = whole_stack(seed);
            request.findings.fractured = ordinal;
            const auto result = seen(request);
            EXPECT_TRUE(result.says("deformed_vertebra")) << "seed " << seed << ", vertebra " << ordinal;
            EXPECT_NE(result.text().find(level_name(Structure::vertebra, ordinal)), std::string::npos)
                << result.text();
        }
}

TEST(ResultDoubts, AMissingArchIsNamed) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed) {
        auto request = whole_stack(seed);
        request.findings.without_arch = 2 + static_cast<int>(seed % 3);
        const auto result = seen(request);
        EXPECT_TRUE(result.says("missing_arch")) << "seed " << seed << "\n" << result.text();
    }
}

/// In single midline slices of patients spinous processes lay beside the slice, and four of eight were doubted.
TEST(ResultDoubts, AFewSlicesSayNothingOfTheArch) {
    auto request = whole_stack(1);
    request.findings.without_arch = 3;
    request.slices = 3;
    EXPECT_FALSE(seen(request).says("missing_arch")) << seen(request).text();
}

TEST(ResultDoubts, AStrongScoliosisIsNamedOnEitherSide) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed)
        for (const double millimetres : {25.0, -25.0}) {
            auto request = whole_stack(seed);
            request.findings.scoliosis_mm = millimetres;
            EXPECT_TRUE(seen(request).says("scoliosis")) << "seed " << seed << ", " << millimetres;
        }
}

/// A patient whose segmentation was good was sent to review because a vertebra had collapsed.
TEST(ResultDoubts, ADeformityIsARemarkAndMetalIsNot) {
    auto request = whole_stack(1);
    request.findings.fractured = 2;
    request.findings.scoliosis_mm = 25;
    for (const Doubt& doubt : seen(request).doubts) {
        const bool deformity = doubt.name == "deformed_vertebra" || doubt.name == "scoliosis";
        EXPECT_EQ(doubt.at_least, deformity ? QualityVerdict::pass : QualityVerdict::review) << doubt.name;
    }
    EXPECT_TRUE(seen(request).says("deformed_vertebra") && seen(request).says("scoliosis"));
    request = whole_stack(1);
    request.findings.cemented = 2;
    ASSERT_FALSE(seen(request).doubts.empty());
    EXPECT_EQ(seen(request).doubts.front().at_least, QualityVerdict::review);
}

/// An offset of all values (Rescale Intercept) moves "no signal" away from 0.
TEST(ResultDoubts, AnOffsetOfTheValuesChangesNothing) {
    auto request = whole_stack(2);
    auto plain = make_phantom(request).value();
    request.findings.cemented = 2;
    auto cemented = make_phantom(request).value();
    for (auto* phantom : {&plain, &cemented})
        for (float& voxel : phantom->image.voxels) voxel -= 2000;
    const auto doubts = [](const Phantom& phantom) {
        const auto levels = find_levels(phantom.labels).value();
        return doubts_of_result(phantom.image, levels, measure(levels).value());
    };
    EXPECT_TRUE(doubts(plain).empty());
    ASSERT_EQ(doubts(cemented).size(), 1u);
    EXPECT_EQ(doubts(cemented)[0].name, "dark_vertebra");
}

TEST(ResultDoubts, ASacrumOutOfViewLeavesTheLevelsOpen) {
    int open = 0;
    for (std::uint64_t seed = 0; seed < kPatients; ++seed)
        for (const double up : {80.0, 100.0}) {
            auto request = whole_stack(seed);
            request.up_mm = up;
            const auto phantom = make_phantom(request).value();
            const auto levels = find_levels(phantom.labels).value();
            open += static_cast<int>(!levels.numbering.determined);
            if (!levels.numbering.determined) continue;
            // Numbered all the same: then L5/S1 must still be the lowest disc.
            for (std::size_t i = 0; i < levels.labels.voxels.size(); ++i)
                if (levels.labels.voxels[i] == kFirstDiscLabel && phantom.levels.voxels[i] > kFirstDiscLabel)
                    FAIL() << "seed " << seed << ", " << up << " mm: numbered wrongly with certainty";
        }
    EXPECT_GE(open, 4);
}

/// Nothing in the labels tells the sixth: the names are those of the count from below, which is the limit that
/// the README states. The column stays whole and is not doubted for anything else.
TEST(ResultDoubts, SixLumbarVertebraeAreCountedFromBelow) {
    for (std::uint64_t seed = 0; seed < kPatients; ++seed) {
        auto request = whole_stack(seed);
        request.findings.six_lumbar = true;
        const auto result = seen(request);
        EXPECT_TRUE(result.doubts.empty()) << result.text();
    }
}

TEST(ResultDoubts, ImagesOnAnotherGridOrWithoutDiscsAreNotJudged) {
    const auto phantom = make_phantom(whole_stack(1)).value();
    const auto levels = find_levels(phantom.labels).value();
    Volume other = phantom.image;
    other.geometry.origin[0] += 5;
    EXPECT_TRUE(doubts_of_result(other, levels, {}).empty());
    EXPECT_TRUE(doubts_of_result(phantom.image, {}, {}).empty());
}

}  // namespace result_doubts_test
}  // namespace spineseg
