// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/model_admission.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/model_manifest.h"
#include "db/reopening_store.h"
#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace model_admission_test {

namespace fs = std::filesystem;

class ModelAdmissionTest : public testing::Test {
  protected:
    ModelAdmissionTest() { EXPECT_TRUE(slot.open()); }
    JobStore& store() { return **slot.get(); }
    /// The shipped bundle's plan under another name, in a folder of its own below `models`.
    KnownModel install(const std::string& name) {
        const fs::path bundle = fs::path(folder.file("models")) / name;
        fs::create_directories(bundle);
        auto manifest = ModelManifest::read(fs::path(SPINESEG_SOURCE_DIR) / "models/lumbar-fast").value();
        manifest.id = name;
        std::ofstream(bundle / "manifest.json") << manifest.to_json();
        return {manifest.id, manifest.digest()};
    }
    /// "" where it may serve, which it then does.
    std::string refusal(ModelAdmission& admission, const KnownModel& model) {
        if (auto checked = admission.check(store(), log, model); !checked) {
            EXPECT_EQ(checked.error().code, ErrorCode::invalid_configuration);
            return checked.error().detail;
        }
        EXPECT_TRUE(adopt_model(store(), model));
        return {};
    }

    TemporaryFolder folder;
    ReopeningStore slot{folder.file("queue.db")};
    ListLog log;
    const KnownModel stranger{"lumbar-fast", std::string(64, '9')};
};

/// Any worker that was let in became the model and took over the queue.
TEST_F(ModelAdmissionTest, WhatIsInstalledMayServeAndNothingElse) {
    const auto fast = install("lumbar-fast");
    ModelAdmission admission({{folder.file("models")}, {}, false});
    EXPECT_EQ(refusal(admission, fast), "");
    const auto why = refusal(admission, stranger);
    EXPECT_NE(why.find(folder.file("models")), std::string::npos) << why;
    EXPECT_NE(why.find("setting Models"), std::string::npos) << why;
    EXPECT_NE(refusal(admission, {"lumbar-other", fast.digest}), "") << "another name for it";
    const auto other = install("lumbar-other");
    EXPECT_EQ(refusal(admission, other), "") << "installed since";
    ModelAdmission one({{folder.file("models") + "/lumbar-fast"}, {}, true});
    EXPECT_EQ(refusal(one, fast), "") << "the folder is a bundle";
    EXPECT_NE(refusal(one, other), "");
}

TEST_F(ModelAdmissionTest, AModelThatTheSettingsNameMayServe) {
    ModelAdmission admission({{}, {stranger.digest}, true});
    EXPECT_EQ(refusal(admission, stranger), "");
    EXPECT_NE(refusal(admission, {"x", std::string(64, '8')}), "");
}

TEST_F(ModelAdmissionTest, WhereNothingIsInstalledOrNamedTheFirstModelStays) {
    ModelAdmission admission({{folder.file("none")}, {}, false});
    EXPECT_EQ(refusal(admission, stranger), "");
    EXPECT_EQ(refusal(admission, stranger), "");
    EXPECT_NE(refusal(admission, {"x", std::string(64, '8')}).find("first model stays"), std::string::npos);
    ModelAdmission named({{folder.file("none")}, {}, true});
    EXPECT_NE(refusal(named, stranger), "") << "a folder that is named and holds nothing admits nobody";
}

TEST_F(ModelAdmissionTest, AChangeOfTheModelIsAWarningAndStandsInTheJournal) {
    const KnownModel other{"other", std::string(64, '8')};
    ModelAdmission admission({{}, {stranger.digest, other.digest}, true});
    EXPECT_EQ(refusal(admission, stranger), "");
    EXPECT_EQ(log.text(), "");
    EXPECT_EQ(refusal(admission, other), "");
    EXPECT_NE(log.text().find("the model changes from \"lumbar-fast\""), std::string::npos);
    const auto journal = *store().journal().of("");
    ASSERT_EQ(journal.size(), 1U);
    EXPECT_EQ(journal[0].action, "model changed");
    EXPECT_EQ(journal[0].subject, other.digest);
}

TEST_F(ModelAdmissionTest, AWorkersWordsForgeNoLineAndFillNoLog) {
    ModelAdmission admission({{}, {stranger.digest}, true});
    const KnownModel forged{"x\nE0101 an error", std::string(1000, 'x')};
    for (int i = 0; i < 3; ++i) EXPECT_NE(refusal(admission, forged), "");
    EXPECT_EQ(log.text().find("\nE0101"), std::string::npos);
    EXPECT_LT(log.text().size(), 500U) << "told once, and cut";
}

}  // namespace model_admission_test
}  // namespace spineseg
