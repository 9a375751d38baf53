// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/dataset_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/lab/cli/dataset_writer.h"

namespace spineseg {
namespace dataset_folder_test {

using namespace testing;
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> names(const std::vector<DatasetSeries>& series) {
    std::vector<std::string> list;
    for (const auto& one : series) list.push_back(one.name);
    return list;
}

class DatasetFolder : public ::testing::Test {
  protected:
    void add(const std::string& name, const std::string& part = "") {
        data_.spider(name, numbered(small_geometry()), spider_numbers(small_geometry()), part);
    }
    std::string refused(const fs::path& folder) const {
        const auto series = series_in(folder);
        return series ? "" : series.error().detail;
    }
    DatasetWriter data_;
};

TEST_F(DatasetFolder, ListsSpidersNamesByNumber) {
    for (const char* name : {"10_t2", "2_t2_SPACE", "2_t1", "100_t1"}) add(name);
    std::ofstream(data_.folder() / "images" / "notes.txt") << "not a volume";
    std::ofstream(data_.folder() / "images" / "._2_t1.mha") << "a Mac was here";
    const auto series = series_in(data_.folder());
    ASSERT_TRUE(series) << series.error().describe();
    EXPECT_THAT(names(*series), ElementsAre("2_t1", "2_t2_SPACE", "10_t2", "100_t1"));
    EXPECT_EQ((*series)[1].parsed.contrast, SpiderContrast::space);
    EXPECT_EQ((*series)[1].mask, data_.folder() / "masks" / "2_t2_SPACE.mha");
}

TEST_F(DatasetFolder, ListsNnunetsNamesWithoutTheChannelAndKnowsItsLabels) {
    data_.nnunet("SPIDER_018_t2_173", numbered(small_geometry()), testing::nnunet_numbers(small_geometry()));
    const auto series = series_in(data_.folder() / "nnunet");
    ASSERT_TRUE(series) << series.error().describe();
    ASSERT_THAT(names(*series), ElementsAre("SPIDER_018_t2_173"));
    EXPECT_EQ((*series)[0].parsed.patient, "18");
    EXPECT_EQ((*series)[0].labels(3.0F), Label::disc);
    EXPECT_FALSE((*series)[0].labels(201.0F)) << "SPIDER's numbers mean nothing here";
}

TEST_F(DatasetFolder, NnunetsLabelsAreNeverGuessed) {
    data_.nnunet("1", numbered(small_geometry()), testing::nnunet_numbers(small_geometry()));
    fs::remove(data_.folder() / "nnunet" / "dataset.json");
    EXPECT_THAT(refused(data_.folder() / "nnunet"), HasSubstr("dataset.json"));
}

TEST_F(DatasetFolder, AnImageWithoutAMaskAndAMaskWithoutAnImageAreNamed) {
    add("1_t1");
    add("2_t1");
    fs::remove(data_.folder() / "masks" / "2_t1.mha");
    EXPECT_THAT(refused(data_.folder()), AllOf(HasSubstr("images/2_t1.mha"), HasSubstr("masks")));
    fs::remove(data_.folder() / "images" / "2_t1.mha");
    fs::rename(data_.folder() / "images" / "1_t1.mha", data_.folder() / "images" / "3_t1.mha");
    fs::copy(data_.folder() / "masks" / "1_t1.mha", data_.folder() / "masks" / "3_t1.mha");
    EXPECT_THAT(refused(data_.folder()), AllOf(HasSubstr("masks/1_t1.mha"), HasSubstr("no image")));
}

TEST_F(DatasetFolder, AFolderOfNeitherLayoutAndAnEmptyOneAreNamed) {
    EXPECT_THAT(refused(data_.folder()), AllOf(HasSubstr("images/"), HasSubstr("imagesTr/")));
    fs::create_directories(data_.folder() / "images");
    fs::create_directories(data_.folder() / "masks");
    EXPECT_THAT(refused(data_.folder()), HasSubstr("holds no volume"));
    EXPECT_THAT(refused("/nonexistent"), HasSubstr("/nonexistent"));
}

TEST_F(DatasetFolder, SeveralFoldersStandTogetherUnlessANameIsThereTwice) {
    add("1_t1", "a");
    add("2_t1", "b");
    const std::vector<fs::path> both{data_.folder() / "a", data_.folder() / "b"};
    const auto series = series_in(both);
    ASSERT_TRUE(series) << series.error().describe();
    EXPECT_THAT(names(*series), ElementsAre("1_t1", "2_t1"));
    add("1_t1", "b");
    const auto twice = series_in(both);
    ASSERT_FALSE(twice);
    EXPECT_THAT(twice.error().detail, AllOf(HasSubstr("a/images/1_t1.mha"), HasSubstr("b/images/1_t1.mha")));
}

}  // namespace dataset_folder_test
}  // namespace spineseg
