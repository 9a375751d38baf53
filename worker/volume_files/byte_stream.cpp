// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/volume_files/byte_stream.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <stdexcept>
#include <system_error>

namespace spineseg {
namespace {

constexpr std::size_t kLargestExpansion = 1032;
constexpr int kZlibOrGzip = 15 + 32;  // zlib.h, inflateInit2: largest window, header detected
constexpr int kCompressionLevel = 4;  // images: level 9 takes ten times as long for two per cent

tl::unexpected<Error> ends_too_early() {
    return failure(ErrorCode::file_unreadable, "the voxel data end too early");
}

}  // namespace

struct ByteStream::Inflation {
    z_stream zlib{};
    bool finished = false;

    Inflation() {
        if (inflateInit2(&zlib, kZlibOrGzip) != Z_OK) throw std::bad_alloc();
    }
    ~Inflation() { inflateEnd(&zlib); }
    Inflation(const Inflation&) = delete;
    Inflation& operator=(const Inflation&) = delete;
};

ByteStream::ByteStream(std::span<const std::byte> bytes, Encoding encoding) : rest_(bytes) {
    if (encoding == Encoding::deflated) inflation_ = std::make_unique<Inflation>();
}

ByteStream::~ByteStream() = default;

Result<void> ByteStream::read(std::span<std::byte> target) {
    if (!inflation_) {
        if (rest_.size() < target.size()) return ends_too_early();
        std::copy_n(rest_.begin(), target.size(), target.begin());
        rest_ = rest_.subspan(target.size());
        return {};
    }
    while (!target.empty()) {
        auto produced = inflate_some(target);
        if (!produced) return failure(produced.error());
        if (*produced == 0) return ends_too_early();
        target = target.subspan(*produced);
    }
    return {};
}

Result<void> ByteStream::skip(std::size_t count) {
    std::array<std::byte, 4096> discarded;
    while (count > 0) {
        const std::size_t part = std::min(count, discarded.size());
        if (auto read_part = read(std::span(discarded).first(part)); !read_part) return read_part;
        count -= part;
    }
    return {};
}

Result<void> ByteStream::expect_end() {
    std::array<std::byte, 1> one;
    const auto produced = inflation_ ? inflate_some(one) : Result<std::size_t>(rest_.size());
    if (!produced) return failure(produced.error());
    if (*produced == 0) return {};
    return failure(ErrorCode::file_unreadable, "more voxel data follow than the header promises");
}

std::size_t ByteStream::largest_possible_remainder() const {
    if (!inflation_) return rest_.size();
    return (rest_.size() + 64) *
           kLargestExpansion;  // 64: what zlib's window and bit buffer may still hold back
}

/// Inflates at most target.size() bytes; 0 at the end of the data.
Result<std::size_t> ByteStream::inflate_some(std::span<std::byte> target) {
    constexpr std::size_t kPart = std::size_t{1} << 24;  // zlib counts in 32 bits
    auto& zlib = inflation_->zlib;
    target = target.first(std::min(target.size(), kPart));
    zlib.next_out = reinterpret_cast<Bytef*>(target.data());
    zlib.avail_out = static_cast<uInt>(target.size());
    while (zlib.avail_out == target.size()) {
        // Compressed NIfTI may consist of several gzip members, one after the other (RFC 1952, 2.2).
        if (inflation_->finished) {
            if (rest_.empty()) return 0;
            inflateReset2(&zlib, kZlibOrGzip);
            inflation_->finished = false;
        }
        const std::size_t offered = std::min(rest_.size(), kPart);
        zlib.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(rest_.data()));
        zlib.avail_in = static_cast<uInt>(offered);
        const int status = ::inflate(&zlib, Z_NO_FLUSH);
        rest_ = rest_.subspan(offered - zlib.avail_in);
        if (status == Z_STREAM_END) {
            inflation_->finished = true;
        } else if (status == Z_BUF_ERROR ||
                   (status == Z_OK && offered == 0 && zlib.avail_out == target.size())) {
            return ends_too_early();
        } else if (status != Z_OK) {
            return failure(ErrorCode::file_unreadable, "the compressed voxel data are damaged");
        }
    }
    return target.size() - zlib.avail_out;
}

Result<std::vector<std::byte>> read_file(const std::filesystem::path& file, std::size_t limit) {
    std::error_code ignored;
    const auto status = std::filesystem::status(file, ignored);
    if (!std::filesystem::exists(status)) return failure(ErrorCode::file_not_found, file.string());
    if (!std::filesystem::is_regular_file(status)) {
        return failure(ErrorCode::file_unreadable, file.string() + ": is not a regular file");
    }
    std::error_code size_error;
    const auto size = std::filesystem::file_size(file, size_error);
    if (size_error) return failure(ErrorCode::file_unreadable, file.string() + ": " + size_error.message());
    if (size > limit) {
        return failure(ErrorCode::file_unreadable, file.string() + ": " + std::to_string(size) +
                                                       " bytes, more than the " + std::to_string(limit) +
                                                       " accepted");
    }
    std::vector<std::byte> bytes(size);
    std::ifstream stream(file, std::ios::binary);
    stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
    if (!stream) return failure(ErrorCode::file_unreadable, file.string() + ": cannot be read");
    return bytes;
}

Result<void> write_file(const std::filesystem::path& file, const std::string& head,
                        std::span<const std::byte> body) {
    const auto unwritable = [&] {
        return failure(ErrorCode::file_unwritable, file.string() + ": cannot be written");
    };
    auto part = file;
    part += ".part";
    std::ofstream stream(part, std::ios::binary | std::ios::trunc);
    const bool beside = stream.is_open();
    // A program that may write nothing but the file itself (worker/cage) writes it in place.
    if (!beside) stream.open(file, std::ios::binary | std::ios::trunc);
    stream.write(head.data(), static_cast<std::streamsize>(head.size()));
    stream.write(reinterpret_cast<const char*>(body.data()), static_cast<std::streamsize>(body.size()));
    stream.close();
    if (!beside) return stream ? Result<void>{} : unwritable();
    if (!stream) {
        std::error_code ignored;
        std::filesystem::remove(part, ignored);
        return unwritable();
    }
    std::error_code rename_error;
    std::filesystem::rename(part, file, rename_error);
    if (!rename_error) return {};
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return failure(ErrorCode::file_unwritable, file.string() + ": " + rename_error.message());
}

std::vector<std::byte> deflate(std::span<const std::byte> bytes) {
    uLongf size = compressBound(bytes.size());
    std::vector<std::byte> packed(size);
    const int status =
        compress2(reinterpret_cast<Bytef*>(packed.data()), &size,
                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(), kCompressionLevel);
    if (status != Z_OK) throw std::runtime_error("zlib cannot compress");
    packed.resize(size);
    return packed;
}

}  // namespace spineseg
