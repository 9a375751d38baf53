// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/route_pattern.h"

namespace spineseg {

std::vector<std::string> path_segments(std::string_view path) {
    std::vector<std::string> parts;
    while (!path.empty()) {
        const auto cut = path.find('/');
        if (cut != 0) parts.emplace_back(path.substr(0, cut));
        if (cut == std::string_view::npos) break;
        path.remove_prefix(cut + 1);
    }
    return parts;
}

std::optional<std::string> matched_id(const std::vector<std::string>& pattern,
                                      const std::vector<std::string>& path) {
    if (pattern.size() != path.size()) return std::nullopt;
    std::string id;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (pattern[i] == kIdSegment)
            id = path[i];
        else if (pattern[i] != path[i])
            return std::nullopt;
    }
    return id;
}

}  // namespace spineseg
