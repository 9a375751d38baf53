// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What fuzz_seeds writes, by target. Each function throws where it cannot make or write its inputs. One thread.

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "core/volume.h"

namespace spineseg::fuzz {
namespace seeds {

/// A folder for each target, in it a file for each input.
class Folder {
  public:
    explicit Folder(std::filesystem::path root) : root_(std::move(root)) {}
    void write(const std::string& target, const std::string& name, const std::string& bytes) const;

  private:
    std::filesystem::path root_;
};

void write_frames_and_messages(const Folder& folder);
void write_settings(const Folder& folder);
void write_manifests(const Folder& folder);
void write_eligibility(const Folder& folder);
void write_series(const Folder& folder);
void write_results(const Folder& folder);
void write_masks(const Folder& folder);
void write_volumes(const Folder& folder);
void write_weights(const Folder& folder);
void write_checkpoints(const Folder& folder);

std::string text_of_bytes(const std::vector<std::uint8_t>& bytes);
std::string file_of_repository(const std::string& path);
/// 16 x 16 x 5 voxels.
Volume small_phantom();

/// Writes a number of this machine's byte order over the bytes at `at`.
template <typename T>
void put(std::string& file, std::size_t at, T value) {
    std::memcpy(file.data() + at, &value, sizeof value);
}

}  // namespace seeds
}  // namespace spineseg::fuzz
