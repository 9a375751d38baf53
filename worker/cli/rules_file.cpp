// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/rules_file.h"

#include <fstream>
#include <iterator>

namespace spineseg {
namespace {

constexpr std::size_t kMaxRulesBytes = std::size_t{1} << 20;

}  // namespace

Result<EligibilityRules> read_rules_file(const std::string& file) {
    const auto& shipped = EligibilityRules::shipped();
    if (file.empty()) return shipped;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return failure(ErrorCode::file_not_found, file + " cannot be opened");
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (text.size() > kMaxRulesBytes)
        return failure(ErrorCode::file_unreadable, file + " is larger than 1 MiB");
    auto changed = shipped.with_site_changes(text);
    if (!changed) return failure(changed.error().code, file + ": " + changed.error().detail);
    return changed;
}

}  // namespace spineseg
