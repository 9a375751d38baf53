// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/run_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace spineseg {
namespace run_record_test {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class RunRecord : public ::testing::Test {
  protected:
    void SetUp() override {
        folder_ =
            fs::path(::testing::TempDir()) / ::testing::UnitTest::GetInstance()->current_test_info()->name();
        fs::remove_all(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    fs::path folder_;
};

TEST_F(RunRecord, OfARunWithoutCheckpointIsReplaced) {
    ASSERT_TRUE(begin_or_resume(folder_, Json{{"batch", 4}}));
    EXPECT_TRUE(begin_or_resume(folder_, Json{{"batch", 8}})) << "nothing was trained yet";
}

TEST_F(RunRecord, OfACheckpointMustAgreeAndTheDifferenceIsNamed) {
    ASSERT_TRUE(begin_or_resume(folder_, Json{{"batch", 4}, {"patients", {"1", "2"}}}));
    fs::create_directories(folder_ / "checkpoint");
    EXPECT_TRUE(begin_or_resume(folder_, Json{{"batch", 4}, {"patients", {"1", "2"}}}));
    const auto other = begin_or_resume(folder_, Json{{"batch", 4}, {"patients", {"1", "3"}}});
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code, ErrorCode::invalid_argument);
    EXPECT_THAT(other.error().detail,
                AllOf(HasSubstr("patients"), HasSubstr(R"(["1","2"])"), HasSubstr(R"(["1","3"])")));
    EXPECT_THAT(begin_or_resume(folder_, Json{{"batch", 4}}).error().detail, HasSubstr("nothing"));
    EXPECT_TRUE(begin_or_resume(folder_, Json{{"batch", 4}, {"patients", {"1", "2"}}}))
        << "the record was kept";
}

TEST_F(RunRecord, CannotBeWrittenWhereThereIsNoFolder) {
    const auto begun = begin_or_resume("/proc/nonexistent", Json{{"batch", 4}});
    ASSERT_FALSE(begun);
    EXPECT_EQ(begun.error().code, ErrorCode::file_unwritable);
}

}  // namespace run_record_test
}  // namespace spineseg
