// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/pickle_cursor.h"

#include <bit>

namespace spineseg {

std::string_view PickleCursor::take(std::size_t count) {
    if (count > bytes_.size() - at_) throw PickleRefused{"it is cut short"};
    const auto taken = bytes_.substr(at_, count);
    at_ += count;
    return taken;
}

std::string PickleCursor::line() {
    const auto end = bytes_.find('\n', at_);
    if (end == std::string_view::npos || end - at_ > 255) throw PickleRefused{"a name without an end"};
    std::string text(take(end - at_));
    take(1);
    return text;
}

std::uint32_t PickleCursor::number(std::size_t count) {
    std::uint32_t value = 0;
    const auto digits = take(count);
    for (std::size_t i = count; i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
    return value;
}

std::int64_t PickleCursor::long_integer() {
    const auto digits = take(number(1));
    if (digits.size() > 8) throw PickleRefused{"a whole number of more than 64 bits"};
    std::uint64_t value = !digits.empty() && (digits.back() & 0x80) ? ~std::uint64_t{0} : 0;
    for (std::size_t i = digits.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(digits[i]);
    return static_cast<std::int64_t>(value);
}

double PickleCursor::big_endian_double() {
    std::uint64_t bits = 0;
    for (const char digit : take(8)) bits = bits << 8 | static_cast<unsigned char>(digit);
    return std::bit_cast<double>(bits);
}

}  // namespace spineseg
