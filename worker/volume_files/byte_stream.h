// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A file's bytes, read front to back, inflated on the way where they are compressed. Bounded: it never
/// produces a byte that was not asked for, so a decompression bomb takes no memory. Fails with file_unreadable.
/// One thread.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"

namespace spineseg {

class ByteStream {
  public:
    enum class Encoding { stored, deflated };  ///< deflated: zlib or gzip, told apart by their magic numbers

    /// `bytes` must outlive the stream.
    ByteStream(std::span<const std::byte> bytes, Encoding encoding);
    ~ByteStream();
    ByteStream(const ByteStream&) = delete;
    ByteStream& operator=(const ByteStream&) = delete;

    /// Fills `target` or says that the data end too early.
    Result<void> read(std::span<std::byte> target);
    Result<void> skip(std::size_t count);
    /// Fails if anything follows, or if the checksum behind the last byte does not match.
    Result<void> expect_end();
    /// The most bytes that what is left can possibly become (RFC 1951: no stream expands more than 1032
    /// times).
    std::size_t largest_possible_remainder() const;

  private:
    struct Inflation;
    Result<std::size_t> inflate_some(std::span<std::byte> target);

    std::span<const std::byte> rest_;
    std::unique_ptr<Inflation> inflation_;  ///< null for stored bytes
};

/// The whole of a regular file of at most `limit` bytes; file_not_found or file_unreadable, naming the file.
Result<std::vector<std::byte>> read_file(const std::filesystem::path& file, std::size_t limit);

/// Beside the file first, then renamed over it: a reader never sees half a file; in place where nothing can be
/// made beside it. file_unwritable, naming the
/// file.
Result<void> write_file(const std::filesystem::path& file, const std::string& head,
                        std::span<const std::byte> body);

/// One zlib stream.
std::vector<std::byte> deflate(std::span<const std::byte> bytes);

}  // namespace spineseg
