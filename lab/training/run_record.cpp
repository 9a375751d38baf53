// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/run_record.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace spineseg {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kLongestValue = 120;

std::string shown(const Json& object, const std::string& key) {
    if (!object.contains(key)) return "nothing";
    const std::string text = object[key].dump();
    return text.size() <= kLongestValue ? text : text.substr(0, kLongestValue) + "…";
}

Result<void> agree(const fs::path& run_folder, const Json& before, const Json& now) {
    std::set<std::string> keys;
    for (const auto* object : {&before, &now})
        for (const auto& [key, value] : object->items()) keys.insert(key);
    for (const auto& key : keys) {
        if (before.contains(key) && now.contains(key) && before[key] == now[key]) continue;
        return failure(ErrorCode::invalid_argument,
                       run_folder.string() + " holds a run whose " + key + " is " + shown(before, key) +
                           ", not " + shown(now, key) +
                           "; choose another --run folder, or the options it was begun with");
    }
    return {};
}

}  // namespace

Result<void> begin_or_resume(const fs::path& run_folder, const Json& record) {
    std::error_code error;
    fs::create_directories(run_folder, error);
    const fs::path file = run_folder / "run.json";
    if (fs::exists(run_folder / "checkpoint", error)) {
        std::ifstream in(file);
        const Json before = Json::parse(in, nullptr, /*allow_exceptions=*/false);
        if (before.is_object())
            if (auto agreed = agree(run_folder, before, record); !agreed) return agreed;
    }
    std::ofstream out(file, std::ios::trunc);
    out << record.dump(2) << '\n' << std::flush;
    if (!out) return failure(ErrorCode::file_unwritable, "cannot write " + file.string());
    return {};
}

}  // namespace spineseg
