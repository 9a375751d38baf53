// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/architecture/layer_rules.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <optional>
#include <regex>
#include <set>
#include <sstream>
#include <string_view>

namespace spineseg::architecture {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

struct Layer {
    std::string folder;
    Names may_use;  ///< that it may use, beside itself
    Names headers;  ///< third-party headers (prefixes) that may be seen from it, directly or through other
                    ///< headers
};

const Names kJson{"nlohmann/", "tl/"};
const Names kTorch{"nlohmann/", "tl/", "torch/", "ATen/", "c10/"};

Names with(Names names, const Names& more) {
    names.insert(names.end(), more.begin(), more.end());
    return names;
}

/// The table. The longest folder that fits is a file's layer.
const std::vector<Layer>& layers() {
    static const std::vector<Layer> table{
        {"core", {}, kJson},
        {"config", {"core"}, kJson},
        {"stacks", {"core"}, kJson},
        {"eligibility", {"core", "stacks"}, kJson},
        {"db", {"core"}, with(kJson, {"sqlite3.h", "boost/uuid/"})},
        {"dicom", {"core", "config", "stacks"}, with(kJson, {"dcmtk/", "boost/uuid/", "openjpeg"})},
        // These two are taken to a GPU box that has a compiler, CMake, LibTorch and header-only libraries.
        {"worker/inference", {"core", "config"}, with(kTorch, {"oneapi/dnnl/"})},
        {"lab/training", {"core", "config", "worker/inference"}, with(kTorch, {"CLI/"})},
        {"worker/levels", {"core"}, kJson},
        {"worker/phantom", {"core", "config"}, kJson},
        {"worker/volume_files", {"core"}, with(kJson, {"zlib.h"})},
        {"worker/drawing", {"core", "worker/volume_files"}, with(kJson, {"cairo"})},
        {"worker/reach", {"core", "worker/levels"}, kJson},
        {"worker/explain", {"core", "dicom", "eligibility", "stacks"}, kJson},
        {"worker/model_grid", {"core", "config", "worker/inference"}, kTorch},
        {"worker/postprocessing",
         {"core", "config", "worker/inference", "worker/levels", "worker/model_grid"},
         kTorch},
        {"worker/pipeline",
         {"core", "config", "worker/inference", "worker/model_grid", "worker/postprocessing"},
         kTorch},
        {"worker/job",
         {"core", "config", "dicom", "worker/drawing", "worker/inference", "worker/levels",
          "worker/model_grid", "worker/pipeline", "worker/postprocessing", "worker/reach"},
         kTorch},
        {"worker/cage", {"core"}, with(kJson, {"seccomp.h"})},
        {"worker/daemon",
         {"core", "config", "dicom", "worker/cage", "worker/inference", "worker/job"},
         with(kTorch, {"boost/asio/", "CLI/", "spdlog/"})},
        {"worker/cli",
         {"core", "config", "dicom", "eligibility", "stacks", "worker/cage", "worker/daemon",
          "worker/drawing", "worker/explain", "worker/inference", "worker/job", "worker/levels",
          "worker/model_grid", "worker/phantom", "worker/pipeline", "worker/postprocessing",
          "worker/volume_files"},
         with(kTorch, {"CLI/"})},
        {"lab/evaluation",
         {"core", "config", "worker/inference", "worker/job", "worker/levels", "worker/model_grid",
          "worker/pipeline", "worker/postprocessing"},
         kTorch},
        {"lab/cli",
         {"core", "config", "dicom", "lab/evaluation", "lab/training", "worker/cli", "worker/drawing",
          "worker/inference", "worker/job", "worker/levels", "worker/model_grid", "worker/phantom",
          "worker/pipeline", "worker/postprocessing", "worker/volume_files"},
         with(kTorch, {"CLI/"})},
        {"plugin",
         {"core", "config", "db", "eligibility", "stacks"},
         with(kJson, {"boost/asio/", "curl/", "orthanc/", "prometheus/"})},
    };
    return table;
}

/// Third-party headers that only some files of a layer may name.
struct Edge {
    std::string header;
    Names files;
};
const std::vector<Edge>& edges() {
    static const std::vector<Edge> table{
        {"orthanc/", {"plugin/orthanc/"}},
        {"spdlog/", {"worker/daemon/log"}},
        {"curl/", {"plugin/webhooks/curl_poster"}},
        {"prometheus/", {"plugin/metrics/"}},
        {"seccomp.h", {"worker/cage/call_filter"}},
        {"boost/asio/",
         {"plugin/workers/worker_server", "plugin/service/event_thread", "plugin/service/work_loop",
          "plugin/service/io_loop", "worker/daemon/"}},
    };
    return table;
}

/// The C library and POSIX, for anybody. Headers of the C++ library have neither slash nor ".h".
const std::set<std::string> kSystem{
    "cpuid.h",  "dirent.h", "dlfcn.h",   "errno.h",   "fcntl.h", "grp.h",    "immintrin.h", "link.h",
    "malloc.h", "poll.h",   "pthread.h", "pwd.h",     "sched.h", "signal.h", "stddef.h",    "stdint.h",
    "stdio.h",  "stdlib.h", "string.h",  "termios.h", "time.h",  "unistd.h"};

bool starts_with_any(const std::string& text, const Names& prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& p) { return text.starts_with(p); });
}

bool is_cpp(const std::string& path) {
    return path.ends_with(".h") || path.ends_with(".cpp") || path.ends_with(".inl");
}

bool is_system(const std::string& header) {
    if (header.starts_with("sys/") || header.starts_with("linux/")) return true;
    return kSystem.contains(header) || header.find_first_of("/.") == std::string::npos;
}

const Layer* layer_of(const std::string& path) {
    const Layer* best = nullptr;
    for (const Layer& layer : layers()) {
        if (!path.starts_with(layer.folder + "/")) continue;
        if (best == nullptr || layer.folder.size() > best->folder.size()) best = &layer;
    }
    return best;
}

/// Third-party headers that a file sees through project headers, each with the header that names it.
void collect(const Tree& tree, const std::string& path, std::set<std::string>& visited,
             std::map<std::string, std::string>& seen) {
    const auto file = tree.find(path);
    if (file == tree.end() || !visited.insert(path).second) return;
    for (const Include& include : includes_of(file->second)) {
        if (!include.angled) {
            collect(tree, include.name, visited, seen);
        } else if (!is_system(include.name)) {
            seen.emplace(include.name, path);
        }
    }
}

void check_layer(const Tree& tree, const std::string& path, const Layer& layer,
                 std::vector<std::string>& found) {
    for (const Include& include : includes_of(tree.at(path))) {
        if (include.angled) {
            for (const Edge& edge : edges()) {
                if (include.name.starts_with(edge.header) && !starts_with_any(path, edge.files)) {
                    found.push_back(path + ": <" + include.name + "> may be named only in " +
                                    edge.files.front() + "* and the other files of the table");
                }
            }
            continue;
        }
        if (tree.contains(include.name + ".in")) continue;  // configured by CMake, in the same folder
        if (!tree.contains(include.name)) {
            found.push_back(path + ": \"" + include.name + "\" is not a file from the root of the tree");
            continue;
        }
        const Layer* other = layer_of(include.name);
        const bool allowed =
            other == &layer || (other != nullptr && std::find(layer.may_use.begin(), layer.may_use.end(),
                                                              other->folder) != layer.may_use.end());
        if (!allowed) found.push_back(path + ": " + layer.folder + " may not use \"" + include.name + "\"");
    }
}

}  // namespace

Tree read_tree(const fs::path& root) {
    Tree tree;
    const std::set<std::string> skipped{"build", "demo-out"};
    for (fs::recursive_directory_iterator it(root), end; it != end; ++it) {
        const std::string name = it->path().filename().string();
        if (it->is_symlink()) {
            it.disable_recursion_pending();
            continue;
        }
        if (it->is_directory()) {
            if (skipped.contains(name) || name.front() == '.') it.disable_recursion_pending();
            continue;
        }
        static const std::set<std::string> kExtensions{".h",  ".cpp", ".inl",  ".cmake", ".py",  ".sh",
                                                       ".js", ".css", ".html", ".yaml",  ".yml", ".service"};
        const bool source = name.ends_with(".h.in") || name.ends_with(".cpp.in") ||
                            kExtensions.contains(it->path().extension().string()) ||
                            name == "CMakeLists.txt" || name == "Dockerfile";
        if (!source) continue;
        std::ifstream file(it->path(), std::ios::binary);
        std::stringstream text;
        text << file.rdbuf();
        tree[fs::relative(it->path(), root).string()] = text.str();
    }
    return tree;
}

std::vector<Include> includes_of(const std::string& text) {
    static const std::regex line(R"(^\s*#\s*include\s*([<"])([^>"]+)[>"])");
    std::vector<Include> found;
    std::istringstream stream(text);
    for (std::string row; std::getline(stream, row);) {
        std::smatch match;
        if (std::regex_search(row, match, line)) found.push_back({match[2], match[1] == "<"});
    }
    return found;
}

std::vector<std::string> include_violations(const Tree& tree) {
    std::vector<std::string> found;
    for (const auto& [path, text] : tree) {
        if (!is_cpp(path) || path.starts_with("tests/") || path.starts_with("tools/"))
            continue;  // they may use every layer
        const Layer* layer = layer_of(path);
        if (layer == nullptr) {
            found.push_back(path + ": belongs to no layer");
            continue;
        }
        check_layer(tree, path, *layer, found);
        std::set<std::string> visited;
        std::map<std::string, std::string> seen;
        collect(tree, path, visited, seen);
        for (const auto& [header, through] : seen) {
            if (starts_with_any(header, layer->headers)) continue;
            found.push_back(path + ": " + layer->folder + " may not see <" + header + ">" +
                            (through == path ? "" : ", which " + through + " includes"));
        }
    }
    return found;
}

std::vector<std::string> form_violations(const Tree& tree) {
    std::vector<std::string> found;
    for (const auto& [path, text] : tree) {
        std::istringstream stream(text);
        std::string head, row;
        for (int i = 0; i < 3 && std::getline(stream, row); ++i) head += row + "\n";
        // What comes from elsewhere, plugin/web/vendor, has a licence of its own.
        const std::string ours = path.find("/vendor/") == std::string::npos ? "GPL-3.0-or-later" : "";
        if (head.find("SPDX-License-Identifier: " + ours) == std::string::npos) {
            found.push_back(path + ": no SPDX line among the first three");
        }
        if (path.ends_with(".h") && text.find("\n#pragma once\n") == std::string::npos) {
            found.push_back(path + ": no #pragma once");
        }
    }
    return found;
}

}  // namespace spineseg::architecture
