// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A target's corpus, through the function that libFuzzer calls.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/fuzz/fuzz_target.h"

namespace spineseg::fuzz {

inline std::vector<std::filesystem::path> corpus_of(const std::string& target) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(SPINESEG_SOURCE_DIR) /
                                                                 "tests/fuzz/corpus" / target))
        files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    return files;
}

/// Both kinds of input must be there, or the corpus would not reach the code behind the checks, or the checks.
inline void replay(const std::string& target, bool (*run)(Input)) {
    int accepted = 0, refused = 0;
    for (const auto& path : corpus_of(target)) {
        std::ifstream file(path, std::ios::binary);
        const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
        try {
            ++(run(bytes) ? accepted : refused);
        } catch (const std::exception& broken) {
            ADD_FAILURE() << path << ": " << broken.what();
        }
    }
    EXPECT_GT(accepted, 0) << target;
    EXPECT_GT(refused, 0) << target;
}

}  // namespace spineseg::fuzz
