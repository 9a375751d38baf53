// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/training_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "tests/lab/cli/dataset_writer.h"

namespace spineseg {
namespace training_data_test {

using namespace testing;
namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TrainingData : public ::testing::Test {
  protected:
    TrainingData() { request_.data = {data_.folder()}; }

    Result<std::vector<TrainingCase>> load() const {
        return load_training_cases(request_, small_plan(), [](const std::string&) {});
    }
    TrainingCase only_case() const {
        const auto cases = load();
        EXPECT_TRUE(cases) << cases.error().describe();
        EXPECT_EQ(cases->size(), 1U);
        return cases->front();
    }
    std::string refused() const {
        const auto cases = load();
        return cases ? "it was read" : cases.error().describe();
    }
    std::vector<std::string> chosen() const {
        const auto series = chosen_series(request_);
        std::vector<std::string> names;
        if (!series) return {series.error().detail};
        for (const auto& one : *series) names.push_back(one.name);
        return names;
    }
    static std::int64_t pixels(const TrainingCase& c, int structure) {
        return likeliest_labels(c.shares).eq(structure + 1).sum().item<std::int64_t>();
    }

    DatasetWriter data_;
    TrainingDataRequest request_;
    Volume image_ = numbered(small_geometry());
    Volume numbers_ = spider_numbers(small_geometry());
};

TEST_F(TrainingData, IsTheSameHoweverImageAndMaskAreStored) {
    data_.spider("1_t2", image_, numbers_);
    const TrainingCase reference = only_case();
    EXPECT_EQ(pixels(reference, 1), 3 * 6 * (5 + 6 + 7)) << "two whole vertebrae and a partly visible one";
    const auto storages = testing::all_storages();
    for (std::size_t i = 0; i < storages.size(); ++i) {
        // The mask in an order of its own: axes follow the headers, never their place in the file.
        data_.spider("1_t2", store_as(image_, storages[i]),
                     store_as(numbers_, storages[(i * 7 + 3) % storages.size()]));
        const TrainingCase stored = only_case();
        ASSERT_TRUE(torch::equal(stored.slices.intensities, reference.slices.intensities)) << "storage " << i;
        ASSERT_TRUE(torch::equal(stored.shares, reference.shares)) << "storage " << i;
    }
}

TEST_F(TrainingData, AnObliqueStackStaysAsItWasAcquired) {
    data_.spider("1_t2", image_, numbers_);
    const TrainingCase reference = only_case();
    for (const auto& storage : {testing::Storage{}, testing::Storage{{2, 0, 1}, {true, false, true}}}) {
        const auto turned = [&](Volume volume) {
            volume.geometry = testing::oblique(volume.geometry, 20, -10);
            return store_as(volume, storage);
        };
        data_.spider("1_t2", turned(image_), turned(numbers_));
        const TrainingCase oblique = only_case();
        EXPECT_TRUE(torch::equal(oblique.slices.intensities, reference.slices.intensities));
        EXPECT_TRUE(torch::equal(oblique.shares, reference.shares));
    }
}

TEST_F(TrainingData, AVeryObliqueStackIsResampledAlongThePatientsAxes) {
    Geometry cube = small_geometry();
    cube.slices = 30;
    cube.slice_spacing = 2.0;
    Volume numbers = spider_numbers(cube), image = spider_numbers(cube);
    const double voxels =
        static_cast<double>(std::count(numbers.voxels.begin(), numbers.voxels.end(), 201.0F));
    numbers.geometry = image.geometry = testing::oblique(cube, 42, 0);
    ASSERT_LT(std::abs(numbers.geometry.slice_direction[0]), 0.8);
    data_.spider("1_t2", image, numbers);
    const TrainingCase resampled = only_case();
    EXPECT_GT(resampled.shares.size(0), 30) << "the turned block is wider";
    EXPECT_NEAR(static_cast<double>(pixels(resampled, 2)), voxels, 0.05 * voxels)
        << "2 mm cubes stay 2 mm cubes";
    const torch::Tensor outside = resampled.slices.inside.logical_not();
    EXPECT_GT(outside.sum().item<double>(), 0.2 * static_cast<double>(outside.numel()))
        << "corners beyond the block";
    EXPECT_EQ(resampled.slices.intensities.masked_select(outside).abs().max().item<double>(), 0);
    EXPECT_EQ(likeliest_labels(resampled.shares).masked_select(outside).max().item<int>(), 0);
    // Labels and image were laid alike: the disc's number is the disc's intensity.
    const torch::Tensor disc =
        resampled.slices.intensities.masked_select(likeliest_labels(resampled.shares).eq(3));
    EXPECT_GT(disc.mean().item<double>(), 150);
}

TEST_F(TrainingData, BothLayoutsGiveTheSameCase) {
    data_.spider("18_t2", image_, numbers_, "spider");
    data_.nnunet("SPIDER_018_t2_173", image_, testing::nnunet_numbers(small_geometry()), "nnunet");
    request_.data = {data_.folder() / "spider", data_.folder() / "nnunet"};
    const auto cases = load();
    ASSERT_TRUE(cases) << cases.error().describe();
    ASSERT_EQ(cases->size(), 2U);
    EXPECT_TRUE(torch::allclose((*cases)[0].slices.intensities, (*cases)[1].slices.intensities));
    EXPECT_TRUE(torch::equal((*cases)[0].shares, (*cases)[1].shares));
    EXPECT_EQ(patient_of((*cases)[0].id), patient_of((*cases)[1].id));
}

TEST_F(TrainingData, PartlyVisibleVertebraeAreVertebraeOrCutOut) {
    data_.spider("1_t2", image_, numbers_);
    const TrainingCase whole = only_case();
    request_.partial = PartialVertebrae::cut;
    const TrainingCase cut = only_case();
    const std::int64_t partial = 6 * (5 + 6 + 7);
    EXPECT_EQ(pixels(whole, 1) - pixels(cut, 1), partial);
    EXPECT_EQ((whole.slices.inside.sum() - cut.slices.inside.sum()).item<std::int64_t>(), partial);
    EXPECT_EQ(pixels(cut, 2), pixels(whole, 2)) << "nothing else changes";
}

TEST_F(TrainingData, HeadersThatDifferAreToleratedOrNamed) {
    Volume shifted = numbers_;
    shifted.geometry.origin[2] += 0.03;
    data_.spider("1_t2", image_, shifted);
    EXPECT_TRUE(load());
    shifted.geometry.origin[2] += 3;
    data_.spider("1_t2", image_, shifted);
    EXPECT_THAT(refused(), AllOf(HasSubstr("images/1_t2.mha"), HasSubstr("masks/1_t2.mha"),
                                 HasSubstr("origin"), HasSubstr("3.03 mm"), HasSubstr("--header-tolerance")));
    request_.header_tolerance_mm = 4;
    EXPECT_TRUE(load());
    Volume coarse = numbers_;
    coarse.geometry.row_spacing = 2.4;
    data_.spider("1_t2", image_, coarse);
    EXPECT_THAT(refused(), HasSubstr("spacings"));
    Volume turned = numbers_;
    turned.geometry = testing::oblique(turned.geometry, 5, 0);
    data_.spider("1_t2", image_, turned);
    EXPECT_THAT(refused(), HasSubstr("5.00 degrees"));
    Geometry fewer = small_geometry();
    fewer.slices = 2;
    data_.spider("1_t2", image_, spider_numbers(fewer));
    EXPECT_THAT(refused(), HasSubstr("sizes"));
}

TEST_F(TrainingData, WrongLabelsNaNAndBrokenFilesAreNamed) {
    Volume strange = numbers_;
    strange.voxels[7] = 42;
    data_.spider("1_t2", image_, strange);
    EXPECT_THAT(refused(), AllOf(HasSubstr("masks/1_t2.mha"), HasSubstr("42"), HasSubstr("(7, 0, 0)")));
    Volume broken = image_;
    broken.voxels[9] = std::numeric_limits<float>::quiet_NaN();
    data_.spider("1_t2", broken, numbers_);
    EXPECT_THAT(refused(), AllOf(HasSubstr("images/1_t2.mha"), HasSubstr("NaN")));
    data_.spider("1_t2", image_, numbers_);
    fs::resize_file(data_.folder() / "images/1_t2.mha",
                    fs::file_size(data_.folder() / "images/1_t2.mha") / 2);
    EXPECT_THAT(refused(), HasSubstr("images/1_t2.mha"));
}

TEST_F(TrainingData, GeometriesThatNoLumbarSeriesHasAreNamed) {
    const auto with = [&](const std::string& from, const std::string& to) {
        data_.spider("1_t2", image_, numbers_);
        const fs::path file = data_.folder() / "images/1_t2.mha";
        std::ifstream in(file, std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(in), {}};
        const auto at = bytes.find(from);
        ASSERT_NE(at, std::string::npos);
        bytes.replace(at, from.size(), to);
        std::ofstream(file, std::ios::binary) << bytes;
    };
    for (const char* spacing : {"nan", "inf", "-2", "0", "1e300"}) {
        with("ElementSpacing = 2 2", std::string("ElementSpacing = ") + spacing + " 2");
        EXPECT_THAT(refused(), HasSubstr("images/1_t2.mha")) << spacing;
    }
    Geometry axial = small_geometry();
    axial.slice_spacing = 0.5;
    data_.spider("1_t2", numbered(axial), spider_numbers(axial));
    EXPECT_THAT(refused(), AllOf(HasSubstr("images/1_t2.mha"), HasSubstr("not_sagittal")));
}

TEST_F(TrainingData, OneSliceAnEmptyMaskAndABlackImageAreSoundInputs) {
    Geometry one = small_geometry();
    one.slices = 1;
    Volume black{one, std::vector<float>(one.voxel_count())};
    data_.spider("1_t2", black, black);
    const TrainingCase made = only_case();
    EXPECT_EQ(made.shares.size(0), 1);
    EXPECT_EQ(made.shares.max().item<float>(), 0);
}

TEST_F(TrainingData, FourThousandPixelsAreReadOntoALargerGrid) {
    Geometry large = small_geometry();
    large.columns = large.rows = 4000;
    large.column_spacing = large.row_spacing = 0.15;
    large.slices = 1;
    Volume image{large, std::vector<float>(large.voxel_count(), 100)};
    Volume numbers{large, std::vector<float>(large.voxel_count())};
    for (int row = 1000; row < 2000; ++row)
        for (int column = 1000; column < 2000; ++column) numbers.at(column, row, 0) = 1;
    data_.spider("1_t2", image, numbers);
    const TrainingCase made = only_case();
    EXPECT_EQ(made.shares.size(2), 304) << "600 mm at 2 mm, in steps of 16";
    EXPECT_NEAR(static_cast<double>(pixels(made, 1)), 75 * 75, 80);
}

TEST_F(TrainingData, ListsAndFiltersChooseSeries) {
    for (const char* name : {"1_t1", "1_t2", "2_t2", "2_t2_SPACE", "18_t1"})
        data_.spider(name, image_, numbers_);
    request_.filter.exclude = {"18"};
    EXPECT_THAT(chosen(), ElementsAre("1_t1", "1_t2", "2_t2", "2_t2_SPACE"));
    request_.filter.contrast = SpiderContrast::t2;
    EXPECT_THAT(chosen(), ElementsAre("1_t2", "2_t2"));
    request_.filter.contrast.reset();
    request_.filter.ids = {"2", "1_t1"};
    EXPECT_THAT(chosen(), ElementsAre("1_t1", "2_t2", "2_t2_SPACE"));
    request_.filter.ids = {"2", "77"};
    EXPECT_THAT(chosen(), ElementsAre(HasSubstr("77")));
}

TEST_F(TrainingData, OverviewChoosesByScannerAndIsAskedForWhenItIsMissing) {
    for (const char* name : {"1_t1", "1_t2", "2_t2"}) data_.spider(name, image_, numbers_);
    request_.filter.manufacturer = "philips";
    EXPECT_THAT(chosen(), ElementsAre(HasSubstr("--overview")));
    const auto table = [&](const std::string& rows) {
        std::ofstream(data_.folder() / "overview.csv")
            << "new_file_name,subset,MagneticFieldStrength,Manufacturer\n"
            << rows;
    };
    table(
        "1_t1,training,3.0,Philips Healthcare\n1_t2,training,1.5,Philips Medical "
        "Systems\n2_t2,validation,1.5,SIEMENS\n");
    EXPECT_THAT(chosen(), ElementsAre("1_t1", "1_t2"));
    request_.filter.field_strength = 1.5;
    EXPECT_THAT(chosen(), ElementsAre("1_t2"));
    request_.filter.manufacturer.clear();
    EXPECT_THAT(chosen(), ElementsAre("1_t2", "2_t2"));
    table("1_t1,training,3.0,Philips Healthcare\n1_t2,training,1.5,x\n");
    EXPECT_THAT(chosen(), ElementsAre(AllOf(HasSubstr("does not list"), HasSubstr("2_t2"))));
    table("1_t1,training,strong,Philips Healthcare\n");
    EXPECT_THAT(chosen(), ElementsAre(AllOf(HasSubstr("overview.csv"), HasSubstr("strong"))));
}

}  // namespace training_data_test
}  // namespace spineseg
