// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// SHA-256 (FIPS 180-4) for fingerprints and model digests. Our own because worker/inference must build where there
/// is nothing but a compiler, LibTorch and header-only libraries; tests hold the standard's vectors against it.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

class Sha256 {
  public:
    Sha256();
    Sha256& update(std::span<const std::byte> bytes);
    Sha256& update(std::string_view text);
    /// 64 lower-case hexadecimal digits. The object must not be used afterwards.
    std::string hex_digest();
    /// The same 32 bytes, raw.
    std::array<std::uint8_t, 32> digest();

  private:
    void compress(const std::uint8_t* block);
    std::array<std::uint32_t, 8> state_;
    std::array<std::uint8_t, 64> buffer_{};
    std::size_t buffered_ = 0;
    std::uint64_t total_bytes_ = 0;
};

std::string sha256_hex(std::string_view text);

/// SHA-256 over the SOP Instance UIDs of a series, sorted, each followed by a newline.
std::string series_fingerprint(std::vector<std::string> sop_instance_uids);

/// A seed derived from a text (first eight bytes of its SHA-256, big endian), so that a rerun draws the same noise.
std::uint64_t seed_from(std::string_view text);

/// The default seed of a series, from its fingerprint: the same in the plugin and on the command line. 32
/// bits, so that every JSON reader keeps it.
std::uint64_t default_seed(std::string_view fingerprint);

}  // namespace spineseg
