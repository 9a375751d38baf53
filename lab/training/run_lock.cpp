// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/training/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace spineseg {

Result<RunLock> RunLock::take(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    const auto file = folder / "lock";
    const int descriptor = error ? -1 : ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        const std::string why = error ? error.message() : std::generic_category().message(errno);
        return failure(ErrorCode::invalid_argument,
                       "cannot write to the run's folder " + folder.string() + ": " + why);
    }
    RunLock lock(descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return lock;
    return failure(ErrorCode::invalid_argument, "another training goes on in " + folder.string() +
                                                    "; wait for it, or choose another --run folder");
}

RunLock::RunLock(RunLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

RunLock::~RunLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace spineseg
