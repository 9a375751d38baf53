// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/archive/stored_file.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <system_error>

namespace spineseg {
namespace {

constexpr std::size_t kUuidLength = 36;

bool is_uuid(const std::string& text) {
    return text.size() == kUuidLength && text.find_first_not_of("0123456789abcdef-") == std::string::npos;
}

}  // namespace

Result<void> check_stored_file(const StorageFolder& storage, const std::string& instance_json) {
    const auto instance = nlohmann::json::parse(instance_json, nullptr, false);
    if (storage.path.empty() || storage.compressed || !instance.is_object()) return {};
    const auto uuid = instance.find("FileUuid"), size = instance.find("FileSize");
    if (uuid == instance.end() || size == instance.end() || !uuid->is_string() || !size->is_number_unsigned())
        return {};
    const auto name = uuid->get<std::string>();
    if (!is_uuid(name)) return {};
    std::error_code absent;
    const auto held =
        std::filesystem::file_size(storage.path / name.substr(0, 2) / name.substr(2, 2) / name, absent);
    if (absent || held >= size->get<std::uintmax_t>()) return {};
    return failure(ErrorCode::storage_full, "Orthanc acknowledged " +
                                                std::to_string(size->get<std::uintmax_t>()) +
                                                " bytes, and its storage holds " + std::to_string(held));
}

}  // namespace spineseg
