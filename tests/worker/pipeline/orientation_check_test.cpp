// SPDX-License-Identifier: GPL-3.0-or-later
/// The shipped model on phantoms that stand as their header says, and on the same ones turned over.

#include "worker/pipeline/orientation_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/segmentation/series_consensus.h"
#include "worker/phantom/phantom.h"
#include "worker/pipeline/pipeline.h"

namespace spineseg {
namespace orientation_check_test {

Volume small_phantom(std::uint64_t seed) {
    PhantomRequest request;
    request.seed = seed;
    request.rows = request.columns = 256;
    request.pixel_spacing = 1.1;
    request.slices = 3;
    return make_phantom(request).value().image;
}

/// The pixels are turned over, the header stays.
Volume turned(const Volume& image, bool upside_down, bool front_to_back) {
    Volume result = image;
    const Geometry& g = image.geometry;
    for (int slice = 0; slice < g.slices; ++slice)
        for (int row = 0; row < g.rows; ++row)
            for (int column = 0; column < g.columns; ++column)
                result.at(column, row, slice) = image.at(front_to_back ? g.columns - 1 - column : column,
                                                         upside_down ? g.rows - 1 - row : row, slice);
    return result;
}

bool doubts_orientation(const Segmentation& segmentation) {
    const auto& doubts = segmentation.quality.doubts;
    return std::any_of(doubts.begin(), doubts.end(),
                       [](const Doubt& doubt) { return doubt.name == "orientation_doubtful"; });
}

/// A spine that leant by 35 degrees was rejected: upside down it scored as high as it was, 0.80.
TEST(OrientationCheck, OnlyAClearlyHigherScoreIsADoubt) {
    EXPECT_FALSE((OrientationEvidence{0.800, 0.805, "upside down"}).doubtful());
    EXPECT_TRUE((OrientationEvidence{0.800, 0.825, "upside down"}).doubtful());
    EXPECT_FALSE((OrientationEvidence{0.800, 0.825, "upside down"}).clear());
    EXPECT_TRUE((OrientationEvidence{0.800, 0.850, "upside down"}).clear());
    EXPECT_TRUE((OrientationEvidence{0, 0.3, "upside down"}).doubtful());
}

/// An image upside down under a right header gave "pass" with 0.83, and nothing said that its orientation was
/// doubtful.
TEST(OrientationCheck, AnImageThatIsTurnedOverUnderARightHeaderIsRejectedByName) {
    auto segmenter = Segmenter::load(SPINESEG_SOURCE_DIR "/models/lumbar-fast").value();
    Pipeline pipeline(*segmenter);
    struct Turn {
        std::uint64_t seed;
        bool upside_down;
        bool front_to_back;
    };
    for (const Turn& turn : {Turn{1, false, false}, Turn{1, true, false}, Turn{1, false, true},
                             Turn{1, true, true}, Turn{4, false, false}}) {
        SCOPED_TRACE("phantom " + std::to_string(turn.seed) + (turn.upside_down ? ", upside down" : "") +
                     (turn.front_to_back ? ", front to back" : ""));
        const Volume image = turned(small_phantom(turn.seed), turn.upside_down, turn.front_to_back);
        const auto result = pipeline.run(image, {.samples = 0}, {});
        ASSERT_TRUE(result) << result.error().describe();
        const bool wrong = turn.upside_down || turn.front_to_back;
        const bool rejected = result->quality.verdict == QualityVerdict::reject;
        if (!rejected || doubts_orientation(*result)) {
            EXPECT_EQ(doubts_orientation(*result), wrong);
        }
        EXPECT_EQ(rejected, wrong) << result->quality.reason;
    }
}

}  // namespace orientation_check_test
}  // namespace spineseg
