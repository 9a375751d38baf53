// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/dicom/file_mutation.h"

#include <algorithm>
#include <iterator>

namespace spineseg::dicom::testing {

void mutate(std::vector<std::uint8_t>& bytes, std::mt19937& random) {
    const auto pick = [&](std::size_t limit) {
        return std::uniform_int_distribution<std::size_t>(0, limit - 1)(random);
    };
    const std::size_t begin = 128, at = begin + pick(bytes.size() - begin);
    static constexpr std::uint8_t kNasty[] = {0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, '\\', ' ', '-', 'e'};
    switch (pick(6)) {
        case 0:
            bytes[at] ^= static_cast<std::uint8_t>(1u << pick(8));
            break;
        case 1:
            bytes[at] = kNasty[pick(std::size(kNasty))];
            break;
        case 2:
            for (std::size_t i = at; i < std::min(at + 4, bytes.size()); ++i) bytes[i] = 0xff;
            break;
        case 3:
            bytes.resize(at);
            break;
        case 4:
            bytes.erase(
                bytes.begin() + static_cast<std::ptrdiff_t>(at),
                bytes.begin() + static_cast<std::ptrdiff_t>(std::min(at + 1 + pick(16), bytes.size())));
            break;
        default: {
            const std::size_t from = begin + pick(bytes.size() - begin), count = 1 + pick(24);
            const std::vector<std::uint8_t> piece(
                bytes.begin() + static_cast<std::ptrdiff_t>(from),
                bytes.begin() + static_cast<std::ptrdiff_t>(std::min(from + count, bytes.size())));
            bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), piece.begin(), piece.end());
        }
    }
}

}  // namespace spineseg::dicom::testing
