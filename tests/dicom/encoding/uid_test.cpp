// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/uid.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace spineseg::dicom {
namespace uid_test {

TEST(Uid, IsTheSameForTheSameNameAndNeverChanges) {
    // Computed by Python: 2.25.(uuid5(UUID('6b1f27d4-0c5a-4e93-9d3e-58a271be460f'), '1:a2:bc').int)
    EXPECT_EQ(uid_from({"a", "bc"}), "2.25.34814922729217366721044604714668929963");
    EXPECT_EQ(uid_from({}), "2.25.298463484111339115346171343625513661165");
}

TEST(Uid, TellsThePartsOfItsNameApart) {
    EXPECT_NE(uid_from({"a", "bc"}), uid_from({"ab", "c"}));
    EXPECT_NE(uid_from({"a", "b"}), uid_from({"a", "b", ""}));
}

TEST(Uid, IsAValidUid) {
    std::set<std::string> seen;
    for (int i = 0; i < 5000; ++i) {
        const std::string uid = uid_from({std::to_string(i)});
        ASSERT_LE(uid.size(), 64u);
        ASSERT_TRUE(uid.starts_with("2.25."));
        ASSERT_TRUE(std::all_of(uid.begin() + 5, uid.end(), [](char c) { return c >= '0' && c <= '9'; }));
        ASSERT_NE(uid[5], '0');
        ASSERT_TRUE(seen.insert(uid).second);
    }
}

}  // namespace uid_test
}  // namespace spineseg::dicom
