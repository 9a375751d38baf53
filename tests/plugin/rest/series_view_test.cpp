// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/series_view.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace series_view_test {

/// A judged series whose job is done with two results, `missing` of which are not in the archive.
SeriesState done_series(int missing) {
    SeriesState state;
    state.id = "s";
    state.verdict = SeriesVerdict{"s", "1.2", "f", true, "", {}};
    Job job;
    job.id = "j";
    job.state = JobState::done;
    job.results.resize(2);
    for (int i = 0; i < missing; ++i) job.results[static_cast<std::size_t>(i)].missing = Timestamp{};
    state.jobs = {job};
    return state;
}

TEST(SeriesView, MissingResultsAreNamedAndOnlyWhenNoneIsLeftTheStateIsDeleted) {
    auto view = series_view(done_series(1), "/");
    EXPECT_EQ(view["State"], "done");
    EXPECT_EQ(view["Reason"], "1 of 2 results are not in the archive");
    EXPECT_EQ(view["Results"][0]["InArchive"], false);
    EXPECT_EQ(view["Results"][1]["InArchive"], true);
    EXPECT_EQ(view["Job"]["MissingResults"], 1);
    view = series_view(done_series(2), "/");
    EXPECT_EQ(view["State"], "deleted");
    EXPECT_EQ(view["Job"]["State"], "deleted");
    EXPECT_EQ(series_view(done_series(0), "/")["Reason"], "");
}

// Symptom: while a study was gone from the archive, its series' route still said "done".
TEST(SeriesView, ASeriesThatIsNotInTheArchiveIsGoneAndOneThatCameBackWaits) {
    auto state = done_series(0);
    state.verdict.reset();
    state.preview = Result<Eligibility>(failure(ErrorCode::not_found, "no such series"));
    auto view = series_view(state, "/");
    EXPECT_EQ(view["State"], "gone");
    EXPECT_EQ(view["Jobs"], nlohmann::json({"j"}));
    state.preview = Result<Eligibility>(Eligibility{});
    EXPECT_EQ(series_view(state, "/")["State"], "waiting");
    state.jobs.front().state = JobState::queued;
    EXPECT_EQ(series_view(state, "/")["State"], "queued");
}

TEST(SeriesView, CopiedResultsAreListed) {
    auto state = done_series(0);
    state.copied = {{"c", "1.9", "AI Lumbar SEG", "a copy"}};
    const auto copied = series_view(state, "/")["CopiedResults"];
    ASSERT_EQ(copied.size(), 1u);
    EXPECT_EQ(copied[0]["Series"], "c");
    EXPECT_EQ(copied[0]["Why"], "a copy");
}

}  // namespace series_view_test
}  // namespace spineseg
