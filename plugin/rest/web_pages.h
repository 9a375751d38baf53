// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What people see in a browser: the page of the queue, and the button on Orthanc Explorer's page of a
/// series. Pure.

#include <string>
#include <string_view>

namespace spineseg {

/// A shipped file with the routes' root, which has both slashes, at its place.
std::string with_root(std::string_view file, const std::string& root);
/// `root` is the routes' root with both slashes.
std::string status_page(const std::string& root);
/// The Content-Security-Policy of that page: nothing but its own script and style, by their digests.
std::string page_policy(const std::string& page);
std::string explorer_button(const std::string& root);

}  // namespace spineseg
