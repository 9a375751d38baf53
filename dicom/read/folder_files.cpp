// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/read/folder_files.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>

#include "core/image_file_name.h"

namespace spineseg::dicom {
namespace {

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{512} << 20;

}  // namespace

Result<std::vector<std::filesystem::path>> files_of(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    if (!std::filesystem::is_directory(folder, error))
        return failure(ErrorCode::file_not_found, folder.string() + " is not a folder");
    for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->is_regular_file(error) && is_image_file_name(it->path().filename().string()))
            files.push_back(it->path());
    if (error) return failure(ErrorCode::file_unreadable, folder.string() + ": " + error.message());
    std::sort(files.begin(), files.end());
    return files;
}

Result<std::vector<std::uint8_t>> bytes_of(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    if (error) return failure(ErrorCode::file_unreadable, file.string() + ": " + error.message());
    if (size > kMaxFileBytes)
        return failure(ErrorCode::geometry_out_of_range, file.string() + " is larger than 512 MiB");
    std::vector<std::uint8_t> bytes(size);
    std::ifstream stream(file, std::ios::binary);
    if (!stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size)))
        return failure(ErrorCode::file_unreadable, file.string() + " cannot be read");
    return bytes;
}

}  // namespace spineseg::dicom
