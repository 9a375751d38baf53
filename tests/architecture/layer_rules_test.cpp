// SPDX-License-Identifier: GPL-3.0-or-later
// Every include line of the tree is checked against the table of layers.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/architecture/layer_rules.h"

namespace spineseg::architecture {
namespace layer_rules_test {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(Architecture, EveryIncludeOfTheTreeObeysTheTable) {
    const Tree tree = read_tree(SPINESEG_SOURCE_DIR);
    EXPECT_TRUE(tree.contains("core/error.h") && tree.contains("core/wire/frame.cpp") &&
                tree.contains("db/sqlite.cpp"));
    EXPECT_THAT(include_violations(tree), IsEmpty());
}

TEST(Architecture, EverySourceCarriesItsLicenceAndEveryHeaderItsGuard) {
    EXPECT_THAT(form_violations(read_tree(SPINESEG_SOURCE_DIR)), IsEmpty());
}

Tree tree_with(const std::string& path, const std::string& text) {
    return {{"core/error.h", ""},
            {"db/job_store.h", "#include \"core/error.h\"\n"},
            {"db/sqlite.h", ""},
            {"dicom/read/series.h", ""},
            {"dicom/encoding/source_dataset.h", "#include <dcmtk/dcmdata/dctk.h>\n"},
            {"plugin/intake/intake.h", "#include \"db/job_store.h\"\n"},
            {"worker/pipeline/pipeline.h", ""},
            {"worker/inference/segmentation/segmenter.h", "#include <torch/types.h>\n"},
            {path, text}};
}

std::vector<std::string> violations_with(const std::string& path, const std::string& text) {
    return include_violations(tree_with(path, text));
}

TEST(LayerRules, WhatTheTableAllowsPasses) {
    EXPECT_THAT(
        violations_with("plugin/a.cpp",
                        "#include \"plugin/intake/intake.h\"\n#include <sys/un.h>\n#include <vector>\n"),
        IsEmpty());
    EXPECT_THAT(
        violations_with(
            "worker/cli/a.cpp",
            "#include \"worker/inference/segmentation/segmenter.h\"\n#include \"dicom/read/series.h\"\n"),
        IsEmpty());
    EXPECT_THAT(violations_with("dicom/a.cpp", "#include \"dicom/encoding/source_dataset.h\"\n"), IsEmpty());
    EXPECT_THAT(violations_with("db/a.cpp", "#include <sqlite3.h>\n"), IsEmpty());
    EXPECT_THAT(violations_with("plugin/orthanc/edge.cpp", "#include <orthanc/OrthancCPlugin.h>\n"),
                IsEmpty());
    EXPECT_THAT(violations_with("tests/a.cpp", "#include \"anything\"\n"), IsEmpty());
    EXPECT_THAT(violations_with("tools/bench/a.cpp", "#include \"db/job_store.h\"\n"), IsEmpty());
}

TEST(LayerRules, AForeignLayerIsNamed) {
    EXPECT_THAT(violations_with("worker/cli/a.cpp", "#include \"db/job_store.h\"\n"),
                ElementsAre("worker/cli/a.cpp: worker/cli may not use \"db/job_store.h\""));
    EXPECT_THAT(violations_with("core/a.h", "  #  include \"plugin/intake/intake.h\"\n"),
                ElementsAre(HasSubstr("core may not use")));
    EXPECT_THAT(violations_with("worker/inference/a.cpp", "#include \"worker/pipeline/pipeline.h\"\n"),
                ElementsAre(HasSubstr("worker/inference may not use")));
    EXPECT_THAT(violations_with("lab/training/a.cpp", "#include \"dicom/read/series.h\"\n"),
                testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include \"dicom/read/series.h\"\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("elsewhere/a.cpp", ""), ElementsAre(HasSubstr("no layer")));
}

TEST(LayerRules, AThirdPartyHeaderIsFoundThroughOtherHeaders) {
    EXPECT_THAT(violations_with("worker/cli/a.cpp", "#include \"dicom/encoding/source_dataset.h\"\n"),
                ElementsAre(HasSubstr(
                    "worker/cli may not see <dcmtk/dcmdata/dctk.h>, which dicom/encoding/source_dataset.h")));
    EXPECT_THAT(violations_with("core/a.cpp", "#include <boost/asio.hpp>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <sqlite3.h>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <unheard_of.h>\n"), testing::SizeIs(1));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <orthanc/OrthancCPlugin.h>\n"),
                ElementsAre(HasSubstr("may be named only in")));
    EXPECT_THAT(violations_with("plugin/a.cpp", "#include <boost/asio/post.hpp>\n"),
                ElementsAre(HasSubstr("may be named only in")));
}

TEST(LayerRules, IncludesStartAtTheRoot) {
    EXPECT_THAT(violations_with("db/a.cpp", "#include \"sqlite.h\"\n"),
                ElementsAre(HasSubstr("not a file from the root")));
}

TEST(LayerRules, FormIsChecked) {
    const std::string licence = "// SPDX-License-Identifier: GPL-3.0-or-later\n";
    EXPECT_THAT(form_violations({{"a.cpp", licence}, {"b.h", licence + "#pragma once\n"}}), IsEmpty());
    EXPECT_THAT(form_violations({{"a.cpp", ""}, {"b.h", licence}, {"c.py", "#!/bin/sh\n\n\n" + licence}}),
                testing::SizeIs(3));
}

}  // namespace layer_rules_test
}  // namespace spineseg::architecture
