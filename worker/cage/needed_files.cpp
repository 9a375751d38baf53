// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cage/needed_files.h"

#include <link.h>

#include <array>
#include <set>
#include <system_error>

namespace spineseg {
namespace {

namespace fs = std::filesystem;

/// Read-only for everybody on a Debian system, and without secrets.
constexpr std::array kSystemFiles = {
    "/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/ld.so.preload",
    // Fonts of the pictures; cairo finds them by fontconfig.
    "/etc/fonts", "/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig",
    "/var/cache/fontconfig",
    // The time zone of the results.
    "/etc/localtime", "/etc/timezone", "/usr/share/zoneinfo",
    // How many processors there are and how memory is shared out: the C library, OpenBLAS and LibTorch ask.
    "/sys/devices/system/cpu", "/sys/devices/system/node", "/sys/kernel/mm/transparent_hugepage",
    "/sys/kernel/mm/hugepages", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat",
    "/proc/sys/vm/overcommit_memory", "/proc/self", "/dev/urandom",
    // A number of this start of the machine, no secret. Without it UCX, which Debian 13's LibTorch loads, writes an
    // error to the standard output.
    "/proc/sys/kernel/random/boot_id"};

/// What the driver of an NVIDIA GPU is reported to open. Not tried: there was no machine with a GPU.
constexpr std::array kCudaFiles = {"/proc/driver/nvidia", "/proc/devices",        "/proc/modules",
                                   "/sys/bus/pci",        "/sys/devices",         "/sys/module",
                                   "/proc/sys/kernel",    "/etc/nvidia",          "/usr/share/nvidia",
                                   "/proc/sys/vm",        "/sys/class/infiniband"};

/// Where DCMTK's element dictionary lies in /usr/share: libdcmtk17 on Debian 12, dcmtk on Debian 13. DCMTK reads it while it
/// is loaded, which in the second process is after the files were confined.
constexpr std::array kDictionaryFolders = {"libdcmtk", "dcmtk"};

void add_matching(const fs::path& folder, const std::string& beginning, FileAccess access,
                  std::vector<FileRule>& rules) {
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->path().filename().string().starts_with(beginning)) rules.push_back({it->path(), access});
}

int note_library(dl_phdr_info* info, std::size_t, void* folders) {
    if (info->dlpi_name != nullptr && info->dlpi_name[0] == '/')
        static_cast<std::set<fs::path>*>(folders)->insert(fs::path(info->dlpi_name).parent_path());
    return 0;
}

/// Where the libraries lie that are loaded now, such as those of a wheel of LibTorch.
std::set<fs::path> library_folders() {
    std::set<fs::path> folders;
    ::dl_iterate_phdr(note_library, &folders);
    return folders;
}

/// The program and the loader that starts it; the second process is this one started again.
void add_program(std::vector<FileRule>& rules) {
    std::error_code error;
    const fs::path program = fs::read_symlink("/proc/self/exe", error);
    if (!error) rules.push_back({program, FileAccess::execute});
    for (const char* loader : {"/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1"})
        rules.push_back({loader, FileAccess::execute});
}

}  // namespace

std::vector<FileRule> needed_files(CageProfile profile) {
    std::vector<FileRule> rules;
    for (const char* path : kSystemFiles) rules.push_back({path});
    for (const auto& folder : library_folders()) rules.push_back({folder});
    for (const char* beginning : kDictionaryFolders)
        add_matching("/usr/share", beginning, FileAccess::read, rules);
    add_program(rules);
    rules.push_back({"/dev/null", FileAccess::device});
    if (profile == CageProfile::cuda) {
        for (const char* path : kCudaFiles) rules.push_back({path});
        add_matching("/dev", "nvidia", FileAccess::device,
                     rules);  // nvidia0, nvidiactl, nvidia-uvm, nvidia-caps/
    }
    return rules;
}

}  // namespace spineseg
