// SPDX-License-Identifier: GPL-3.0-or-later
// Files that Orthanc acknowledged and did not keep.
#include "plugin/archive/stored_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/plugin/archive/fake_archive.h"

namespace spineseg {
namespace stored_file_test {

class StoredFileTest : public testing::Test {
  protected:
    StoredFileTest() {
        std::filesystem::create_directories(folder.file("0f/00"));
        std::ofstream(folder.file("0f/00/" + uuid)) << "sixteen bytes...";
    }
    Result<void> check(int size, bool compressed = false) {
        return check_stored_file(
            {folder.file(""), compressed},
            R"({"FileUuid": ")" + uuid + R"(", "FileSize": )" + std::to_string(size) + "}");
    }
    const std::string uuid = "0f006500-d985-46f5-96ac-040cf7f3aaa4";
    TemporaryFolder folder;
};

// Symptom: the disk of Orthanc's storage was full; of 18,104 bytes of a result 16,384 were kept, and the job was done.
TEST_F(StoredFileTest, AFileThatIsShorterThanOrthancSaysIsFound) {
    const auto checked = check(17);
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().code, ErrorCode::storage_full);
}

TEST_F(StoredFileTest, AWholeFileIsNot) {
    EXPECT_TRUE(check(16));
}

TEST_F(StoredFileTest, WhatCannotBeComparedIsNot) {
    EXPECT_TRUE(check(17, true)) << "compressed";
    EXPECT_TRUE(check_stored_file({}, R"({"FileUuid": "x", "FileSize": 17})")) << "no folder is known";
    for (const char* answer :
         {"", "[]", "{}", R"({"FileUuid": "../../../../../../../etc/passwd......", "FileSize": 1e9})",
          R"({"FileUuid": "1f006500-d985-46f5-96ac-040cf7f3aaa4", "FileSize": 17})"})
        EXPECT_TRUE(check_stored_file({folder.file(""), false}, answer)) << answer;
}

}  // namespace stored_file_test
}  // namespace spineseg
