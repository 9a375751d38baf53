// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the tests of both command line programs share: a scratch folder, phantoms in it, and a small model
/// that takes them. The test program's CMakeLists.txt defines SPINESEG_PROGRAM.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "tests/worker/cli/shell_command.h"
#include "tests/worker/inference/small_bundle.h"

namespace spineseg::testing {

inline Ended run(const std::string& arguments, const std::string& program = SPINESEG_PROGRAM) {
    return ended(program + " " + arguments);
}

inline std::string bytes_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

/// A folder in the scratch space that is gone with the object.
class ScratchFolder {
  public:
    ScratchFolder()
        : path_(std::filesystem::path(::testing::TempDir()) /
                ("spineseg_cli_" + std::to_string(std::random_device{}()))) {
        std::filesystem::create_directories(path_);
    }
    ~ScratchFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    ScratchFolder(const ScratchFolder&) = delete;
    ScratchFolder& operator=(const ScratchFolder&) = delete;

    const std::filesystem::path& path() const { return path_; }

  private:
    std::filesystem::path path_;
};

class CommandLineFixture : public ::testing::Test {
  protected:
    std::string at(const std::string& name) const { return (folder_ / name).string(); }
    static Ended make_phantom_in(const std::filesystem::path& folder, const std::string& more = "") {
        return run("phantom --seed 5 --slices 5 --rows 96 --columns 80 --out " + folder.string() + " " +
                   more);
    }
    /// A copy of one that was made once for all cases.
    Ended phantom(const std::string& name) const {
        static const ScratchFolder shared;
        static const Ended made = make_phantom_in(shared.path() / "phantom");
        if (made.code == 0)
            std::filesystem::copy(shared.path() / "phantom", folder_ / name,
                                  std::filesystem::copy_options::recursive);
        return made;
    }
    static ModelManifest manifest() {
        ModelManifest manifest = SmallBundle::small_manifest();
        manifest.input.spacing_mm = 0.9375;
        manifest.input.canvas_rows = manifest.input.canvas_columns = 128;
        manifest.diffusion.samples = 1;
        manifest.diffusion.steps = 1;
        return manifest;
    }

    const ScratchFolder scratch_;
    const std::filesystem::path folder_ = scratch_.path();
};

}  // namespace spineseg::testing
