// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A folder of its own under the system's temporary folder; deleted with the object.

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace spineseg {

class TemporaryFolder {
  public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "spineseg-test-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
        path_ = name;
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }
    std::string file(const std::string& name) const { return path_.string() + "/" + name; }

  private:
    std::filesystem::path path_;
};

}  // namespace spineseg
