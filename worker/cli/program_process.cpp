// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/cli/program_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include "dicom/encoding/dcmtk_runtime.h"
#include "worker/cage/cage.h"
#include "worker/cli/output_folder.h"
#include "worker/inference/networks/compute_process.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

constexpr const char* kCleanerVariable = "SPINESEG_OUTPUT_CLEANER";

struct ProgramProcess {
    char** argv = nullptr;
    bool restarted = false;
    int cleaner_channel = -1;
    pid_t cleaner = -1;
};
ProgramProcess process_state;

/// The folders that have to be made, the innermost first.
std::vector<fs::path> missing_folders(const fs::path& folder) {
    std::vector<fs::path> missing;
    std::error_code error;
    for (fs::path at = fs::absolute(folder, error).lexically_normal(); !at.empty() && !fs::exists(at, error);
         at = at.parent_path()) {
        if (at.has_filename()) missing.push_back(at);
        if (at == at.parent_path()) break;
    }
    return missing;
}

/// Makes the outputs; what was not there before is added to `made`.
Result<void> make_outputs(const CommandFiles& files, std::vector<fs::path>& made) {
    if (!files.output_folder.empty()) {
        made = missing_folders(files.output_folder);
        return make_output_folder(files.output_folder);
    }
    std::error_code error;
    if (files.output_file.empty() || fs::exists(files.output_file, error)) return {};
    const int descriptor = ::open(files.output_file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return failure(ErrorCode::file_unwritable,
                       "cannot write " + files.output_file.string() + ": " + std::strerror(errno));
    ::close(descriptor);
    made.push_back(fs::absolute(files.output_file, error));
    return {};
}

/// A process outside the cage that waits for the program's end and takes empty output away: the program itself
/// may change nothing beside its output.
void start_cleaner(const std::vector<fs::path>& made) {
    std::array<int, 2> ends{};
    if (made.empty() || ::pipe(ends.data()) != 0) return;
    const pid_t child = ::fork();
    if (child != 0) {
        ::close(ends[0]);
        const auto text = std::to_string(ends[1]) + " " + std::to_string(child);
        if (child < 0) return;
        ::setenv(kCleanerVariable, text.c_str(), 1);
        process_state.cleaner_channel = ends[1];
        process_state.cleaner = child;
        return;
    }
    for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
    ::close(ends[1]);
    char byte = 0;
    while (::read(ends[0], &byte, 1) < 0 && errno == EINTR) {
    }
    std::error_code error;
    for (const auto& path : made)
        if (fs::is_empty(path, error) && !error) fs::remove(path, error);
    ::_exit(0);
}

void find_cleaner() {
    const char* text = std::getenv(kCleanerVariable);
    if (text == nullptr) return;
    int channel = -1, child = -1;
    if (std::sscanf(text, "%d %d", &channel, &child) == 2) {
        process_state.cleaner_channel = channel;
        process_state.cleaner = child;
    }
    ::unsetenv(kCleanerVariable);
}

std::uint64_t bytes_of_this_machine() {
    const long pages = ::sysconf(_SC_PHYS_PAGES), size = ::sysconf(_SC_PAGESIZE);
    return pages > 0 && size > 0 ? static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(size) : 0;
}

/// Files to which links in a folder lead, as in data sets that git-annex manages: whoever names the folder means
/// them. Other folders to which a link leads stay closed.
void add_linked_files(const fs::path& folder, std::vector<fs::path>& readable) {
    constexpr int kMostEntries = 100'000;
    std::error_code error;
    int entries = 0;
    for (fs::recursive_directory_iterator it(folder, fs::directory_options::skip_permission_denied, error),
         end;
         !error && it != end && ++entries <= kMostEntries; it.increment(error)) {
        std::error_code unreadable;
        if (!it->is_symlink(unreadable) || !it->is_regular_file(unreadable)) continue;
        if (auto target = fs::canonical(it->path(), unreadable); !unreadable)
            readable.push_back(std::move(target));
    }
}

CagePlan plan_of(const CommandFiles& files) {
    CagePlan plan;
    plan.profile = cage_profile_of(files.device);
    for (const auto& path : files.reads) {
        if (path.empty()) continue;
        plan.readable.push_back(path);
        add_linked_files(path, plan.readable);
    }
    for (const auto& path : {files.output_folder, files.output_file})
        if (!path.empty()) plan.writable.push_back(path);
    if (plan.profile == CageProfile::cpu) plan.memory_bytes = bytes_of_this_machine();
    return plan;
}

}  // namespace

void begin_program(char** argv) {
    process_state.argv = argv;
    process_state.restarted = begin_compute_process();
    if (process_state.restarted) find_cleaner();
}

void restart_program() {
    if (process_state.argv != nullptr && !process_state.restarted)
        restart_compute_process(process_state.argv);
}

Result<void> restart_program_confined(const CommandFiles& files) {
    if (process_state.argv == nullptr) return {};  // a test that calls a command within its own process
    const CagePlan plan = plan_of(files);
    if (!process_state.restarted) {
        std::vector<fs::path> made;
        if (auto outputs = make_outputs(files, made); !outputs) return outputs;
        start_cleaner(made);
        if (auto confined = confine_files(plan); !confined) return confined;
        restart_compute_process(process_state.argv);
    }
    const CageState cage = close_cage(plan, process_state.restarted);
    if (auto enough = require_cage(cage, files.allow_weaker_cage); !enough) return enough;
    if (auto dictionary = dicom::require_dictionary(); !dictionary) return dictionary;
    if (!cage.whole) std::fprintf(stderr, "this process is not wholly confined: %s\n", cage.detail.c_str());
    return {};
}

void end_program() {
    if (process_state.cleaner_channel < 0) return;
    std::fflush(stdout);
    ::close(process_state.cleaner_channel);
    while (::waitpid(process_state.cleaner, nullptr, 0) < 0 && errno == EINTR) {
    }
}

}  // namespace spineseg
