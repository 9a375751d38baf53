// SPDX-License-Identifier: GPL-3.0-or-later
// The drawing of the house must not rot: every include line of the tree is read against the table of rooms.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/house/house_rules.h"

namespace spineseg::house {
namespace house_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(House, EveryIncludeOfTheTreeObeysTheTable) {
    const Tree tree = read_tree(SPINESEG_SOURCE_DIR);
    EXPECT_TRUE(tree.contains("core/error.h") && tree.contains("core/wire/frame.cpp") &&
                tree.contains("db/sqlite.cpp"));
    EXPECT_THAT(include_violations(tree), IsEmpty());
}

TEST(House, EverySourceCarriesItsLicenceAndEveryHeaderItsGuard) {
    EXPECT_THAT(form_violations(read_tree(SPINESEG_SOURCE_DIR)), IsEmpty());
}

Tree tree_with(const std::string& path, const std::string& text) {
    return {{"core/error.h", ""},
            {"db/job_store.h", "#include \"core/error.h\"\n"},
            {"db/sqlite.h", ""},
            {"dicom/series.h", ""},
            {"dicom/source_dataset.h", "#include <dcmtk/dcmdata/dctk.h>\n"},
            {"plugin/intake.h", "#include \"db/job_store.h\"\n"},
            {"worker/pipeline.h", ""},
            {"worker/inference/segmenter.h", "#include <torch/types.h>\n"},
            {path, text}};
}

std::vector<std::string> violations_with(const std::string& path, const std::string& text) {
    return include_violations(tree_with(path, text));
}

TEST(HouseRules, WhatTheDrawingAllowsPasses) {
    EXPECT_THAT(violations_with("plugin/a.cpp",
                                "#include \"plugin/intake.h\"\n#include <sys/un.h>\n#include <vector>\n"),
                IsEmpty());
    EXPECT_THAT(violations_with("worker/a.cpp",
                                "#include \"worker/inference/segmenter.h\"\n#include \"dicom/series.h\"\n"),
                IsEmpty());
    EXPECT_THAT(violations_with("dicom/a.cpp", "#include \"dicom/source_dataset.h\"\n"), IsEmpty());
    EXPECT_THAT(violations_with("db/a.cpp", "#include <sqlite3.h>\n"), IsEmpty());
    EXPECT_THAT(violations_with("plugin/orthanc_edge.cpp", "#include <orthanc/OrthancCPlugin.h>\n"),
                IsEmpty());
    EXPECT_THAT(violations_with("tests/a.cpp", "#include \"anything\"\n"), IsEmpty());
    EXPECT_THAT(violations_with("tools/bench/a.cpp", "#include \"db/job_store.h\"\n"), IsEmpty());
}

TEST(HouseRules, AForeignRoomIsNamed) {
    EXPECT_THAT(violations_with("worker/a.cpp", "#include \"db/job_store.h\"\n"),
                ElementsAre("worker/a.cpp: worker may not use \"db/job_store.h\""));
    EXPECT_THAT(violations_with("core/a.h", "  #  include \"plugin/intake.h\"\n"),
                ElementsAre(HasSubstr("core may not use")));
    EXPECT_THAT(violations_with("worker/inference/a.cpp", "#include \"worker/pipeline.h\"\n"),
                ElementsAre(HasSubstr("worker/inference may not use")));
    EXPECT_THAT(violations_with("lab/training/a.cpp", "#include \"dicom/series.h\"\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include \"dicom/series.h\"\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("cupboard/a.cpp", ""), ElementsAre(HasSubstr("no room")));
}

TEST(HouseRules, AThirdPartyHeaderIsFoundThroughOtherHeaders) {
    EXPECT_THAT(
        violations_with("worker/a.cpp", "#include \"dicom/source_dataset.h\"\n"),
        ElementsAre(HasSubstr("worker may not see <dcmtk/dcmdata/dctk.h>, which dicom/source_dataset.h")));
    EXPECT_THAT(violations_with("core/a.cpp", "#include <boost/asio.hpp>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <sqlite3.h>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <unheard_of.h>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <orthanc/OrthancCPlugin.h>\n"),
                ElementsAre(HasSubstr("edge")));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <boost/asio/post.hpp>\n"),
                ElementsAre(HasSubstr("edge")));
}

TEST(HouseRules, IncludesStartAtTheRoot) {
    EXPECT_THAT(violations_with("db/a.cpp", "#include \"sqlite.h\"\n"),
                ElementsAre(HasSubstr("not a file from the root")));
}

TEST(HouseRules, FormIsChecked) {
    const std::string licence = "// SPDX-License-Identifier: GPL-3.0-or-later\n";
    EXPECT_THAT(form_violations({{"a.cpp", licence}, {"b.h", licence + "#pragma once\n"}}), IsEmpty());
    EXPECT_THAT(form_violations({{"a.cpp", ""}, {"b.h", licence}, {"c.py", "#!/bin/sh\n\n\n" + licence}}),
                testing::SizeIs(3));
}

}  // namespace house_test
}  // namespace spineseg::house
