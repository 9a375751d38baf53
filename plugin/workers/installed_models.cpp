// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/workers/installed_models.h"

#include <dlfcn.h>

namespace spineseg {

std::vector<std::filesystem::path> installed_model_folders() {
    Dl_info info{};
    const auto here = reinterpret_cast<const void*>(&installed_model_folders);
    if (::dladdr(here, &info) == 0 || info.dli_fname == nullptr) return {};
    std::error_code failed;
    const auto library =
        std::filesystem::canonical(info.dli_fname, failed);  // the packages make a link to it
    if (failed) return {};
    for (auto folder = library.parent_path(); folder != folder.root_path(); folder = folder.parent_path()) {
        const auto models = folder / "share" / "spineseg" / "models";
        if (std::filesystem::is_directory(models, failed)) return {models};
    }
    return {};
}

}  // namespace spineseg
