// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/web_pages.h"

#include <string_view>

#include "core/digest.h"
#include "plugin/http/base64.h"
#include "plugin/rest/shipped_files.h"

namespace spineseg {
namespace {

/// "'sha256-…'" of what stands between the page's only <tag> and </tag>.
std::string source_of(const std::string& page, const std::string& tag) {
    const auto open = "<" + tag + ">";
    const auto begin = page.find(open) + open.size();
    const auto end = page.find("</" + tag + ">", begin);
    return "'sha256-" +
           to_base64(Sha256().update(std::string_view(page).substr(begin, end - begin)).digest()) + "'";
}

}  // namespace

/// The settings let only lower-case letters, digits, -, _ and / into a root: it needs no escaping in a
/// script.
std::string with_root(std::string_view page, const std::string& root) {
    constexpr std::string_view kPlace = "@SPINESEG_ROOT@";
    std::string text(page);
    for (auto at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at + root.size()))
        text.replace(at, kPlace.size(), root);
    return text;
}

std::string page_policy(const std::string& page) {
    return "default-src 'none'; script-src " + source_of(page, "script") + "; style-src " +
           source_of(page, "style") +
           "; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string status_page(const std::string& root) {
    return with_root(kStatusPage, root);
}
std::string explorer_button(const std::string& root) {
    return with_root(kExplorerButton, root);
}

}  // namespace spineseg
