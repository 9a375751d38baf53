// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/web_pages.h"

#include <string_view>

#include "plugin/shipped_files.h"

namespace spineseg {
namespace {

/// The settings let only lower-case letters, digits, -, _ and / into a root: it needs no escaping in a
/// script.
std::string with_root(std::string_view page, const std::string& root) {
    constexpr std::string_view kPlace = "@SPINESEG_ROOT@";
    std::string text(page);
    for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at + root.size()))
        text.replace(at, kPlace.size(), root);
    return text;
}

}  // namespace

std::string status_page(const std::string& root) {
    return with_root(kStatusPage, root);
}
std::string explorer_button(const std::string& root) {
    return with_root(kExplorerButton, root);
}

}  // namespace spineseg
