// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// One training at a time in a run's folder: a second one would write over the first one's checkpoints. The
/// lock (flock on FOLDER/lock) ends with the process, however that ends.

#include <filesystem>

#include "core/result.h"

namespace spineseg {

class RunLock {
  public:
    /// invalid_argument: another process trains there, or the folder cannot be written to. Makes the folder.
    static Result<RunLock> take(const std::filesystem::path& folder);
    RunLock(RunLock&& other) noexcept;
    RunLock& operator=(RunLock&&) = delete;
    ~RunLock();

  private:
    explicit RunLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

}  // namespace spineseg
