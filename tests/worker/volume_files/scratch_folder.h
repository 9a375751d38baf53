// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A temporary folder, and bytes to put into it.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "tests/support/temporary_folder.h"

namespace spineseg {

class ScratchFolder : public TemporaryFolder {
  public:
    std::filesystem::path file(const std::string& name) const { return path() / name; }
    std::filesystem::path file(const std::string& name, std::string_view bytes) const {
        std::ofstream(file(name), std::ios::binary)
            .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        return file(name);
    }
};

/// "0a ff" without the space → bytes.
inline std::string from_hex(std::string_view digits) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
        bytes.push_back(static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16)));
    }
    return bytes;
}

}  // namespace spineseg
