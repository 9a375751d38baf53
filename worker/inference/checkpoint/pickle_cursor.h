// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The bytes of a pickle, read from the front: what follows the opcodes. For pickle.cpp only. One thread at a time.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace spineseg {

/// Ends the reading from any depth; read_pickle() turns it into a Result, and nobody else sees it.
struct PickleRefused {
    std::string why;
};

/// Every call throws PickleRefused where fewer bytes are left than it takes.
class PickleCursor {
  public:
    explicit PickleCursor(std::string_view bytes) : bytes_(bytes) {}

    std::size_t at() const { return at_; }
    std::string_view take(std::size_t count);
    /// The text before the next line feed, at most 255 bytes; the line feed is taken too.
    std::string line();
    /// Little-endian, of 1 to 4 bytes.
    std::uint32_t number(std::size_t count);
    /// A byte with the length, then a number in two's complement, little-endian, of at most 8 bytes.
    std::int64_t long_integer();
    double big_endian_double();

  private:
    std::string_view bytes_;
    std::size_t at_ = 0;
};

}  // namespace spineseg
