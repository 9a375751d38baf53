// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What people see in a browser: the files of the app (plugin/web), and the buttons on Orthanc Explorer's pages of a
/// study and a series. Any thread.

#include <map>
#include <string>
#include <string_view>

#include "plugin/http/http_messages.h"

namespace spineseg {

/// A shipped file with the routes' root, which has both slashes, at its place.
std::string with_root(std::string_view file, const std::string& root);

/// The app at /spineseg/app. Its Content-Security-Policy admits scripts, styles and requests of this origin only, and
/// nothing within a page. A browser may keep a file and asks each time whether it is still the same (ETag).
class WebApp {
  public:
    /// `root` is the routes' root with both slashes.
    explicit WebApp(const std::string& root);

    /// `name`: "index.html", "vendor/preact.js". 304 where the browser has the file already, 404 for an unknown one.
    HttpResponse file(const std::string& name, const HttpRequest& request) const;

  private:
    struct File {
        std::string type;
        std::string etag;  ///< of the content, with the quotes
        std::string text;
    };
    std::map<std::string, File> files_;
};

std::string explorer_button(const std::string& root);

}  // namespace spineseg
