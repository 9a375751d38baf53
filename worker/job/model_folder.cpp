// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/job/model_folder.h"

#include <cstdlib>
#include <string>
#include <vector>

namespace spineseg {
namespace fs = std::filesystem;

namespace {

constexpr const char* kDefaultModel = "models/lumbar-fast";

std::vector<fs::path> default_places() {
    std::error_code error;
    const fs::path executable = fs::read_symlink("/proc/self/exe", error);
    if (error) return {};
    const fs::path bin = executable.parent_path();
    std::vector<fs::path> places{bin.parent_path() / "share/spineseg" / kDefaultModel};
    // build/<preset>/bin lies three folders below the source tree's root.
    fs::path folder = bin;
    for (int up = 0; up < 3; ++up) {
        folder = folder.parent_path();
        places.push_back(folder / kDefaultModel);
    }
    return places;
}

bool holds_a_bundle(const fs::path& folder) {
    std::error_code ignored;
    return fs::is_regular_file(folder / "manifest.json", ignored);
}

}  // namespace

Result<fs::path> find_model(const fs::path& given) {
    if (!given.empty()) {
        if (holds_a_bundle(given)) return given;
        return failure(ErrorCode::model_invalid, given.string() + " holds no manifest.json");
    }
    if (const char* named = std::getenv("SPINESEG_MODEL"); named != nullptr && *named != '\0') {
        if (holds_a_bundle(named)) return fs::path(named);
        return failure(ErrorCode::model_invalid,
                       std::string("$SPINESEG_MODEL names ") + named + ", which holds no manifest.json");
    }
    std::string looked_at;
    for (const auto& place : default_places()) {
        if (holds_a_bundle(place)) return place;
        looked_at += (looked_at.empty() ? "" : ", ") + place.string();
    }
    return failure(ErrorCode::model_invalid,
                   "no model found; name one with --model or $SPINESEG_MODEL (looked at " + looked_at + ")");
}

}  // namespace spineseg
