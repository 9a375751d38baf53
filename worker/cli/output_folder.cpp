// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/output_folder.h"

#include <fstream>

namespace spineseg {
namespace fs = std::filesystem;

Result<void> make_output_folder(const fs::path& folder) {
    std::error_code error;
    fs::create_directories(folder, error);
    if (error)
        return failure(ErrorCode::file_unwritable, "cannot make " + folder.string() + ": " + error.message());
    return {};
}

Result<void> write_bytes(std::span<const std::uint8_t> bytes, const fs::path& file) {
    std::ofstream out(file, std::ios::binary);
    out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    out.close();
    if (!out) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

Result<void> write_text(std::string_view text, const fs::path& file) {
    return write_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, file);
}

}  // namespace spineseg
