// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/rest/web_pages.h"

#include <array>
#include <cstdint>
#include <string_view>

#include "core/digest.h"
#include "plugin/rest/shipped_files.h"

namespace spineseg {
namespace {

/// RFC 4648 section 4.
std::string to_base64(const std::array<std::uint8_t, 32>& bytes) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < bytes.size() ? bytes.at(i + k) : 0u);
        for (std::size_t k = 0; k < 4; ++k)
            text += i + k > bytes.size() ? '=' : kDigits[bits >> (18 - 6 * k) & 63u];
    }
    return text;
}

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
