// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The layers as a table: which may use which, and which third-party headers may be seen
/// in it. Pure functions over (path, text) pairs, so that the rules themselves can be tested on invented
/// trees.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace spineseg::architecture {

/// Path from the repository's root → contents.
using Tree = std::map<std::string, std::string>;

/// Every source file of the checkout; build trees and hidden folders are left out.
Tree read_tree(const std::filesystem::path& root);

struct Include {
    std::string name;
    bool angled = false;
};
std::vector<Include> includes_of(const std::string& text);

/// Every include line against the table: layers, third-party headers seen directly or through other headers.
std::vector<std::string> include_violations(const Tree& tree);
/// SPDX lines, #pragma once.
std::vector<std::string> form_violations(const Tree& tree);

}  // namespace spineseg::architecture
