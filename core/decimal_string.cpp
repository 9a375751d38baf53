// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decimal_string.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace spineseg {
namespace {

constexpr std::size_t kMaxDecimalLength = 16;

}  // namespace

std::string_view trimmed(std::string_view text) {
    const auto blank = [](char c) { return c == ' ' || c == '\0'; };
    while (!text.empty() && blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && blank(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split_values(std::string_view text) {
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t end = text.find('\\', begin);
        parts.push_back(text.substr(begin, end == std::string_view::npos ? end : end - begin));
        if (end == std::string_view::npos) return parts;
        begin = end + 1;
    }
}

std::optional<double> parse_decimal(std::string_view text) {
    text = trimmed(text);
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

std::optional<std::vector<double>> parse_decimals(std::string_view text) {
    std::vector<double> values;
    for (const auto part : split_values(text)) {
        const auto value = parse_decimal(part);
        if (!value) return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

std::string format_decimal(double value) {
    if (value == 0) return "0";
    std::string best;
    double best_error = std::numeric_limits<double>::infinity();
    // 17 significant digits identify a double; fewer are tried until sign, point and exponent leave room.
    for (int precision = 1; precision <= 17; ++precision) {
        char buffer[64];
        const int length = std::snprintf(buffer, sizeof buffer, "%.*g", precision, value);
        if (static_cast<std::size_t>(length) > kMaxDecimalLength) continue;
        const double error = std::abs(*parse_decimal({buffer, static_cast<std::size_t>(length)}) - value);
        if (error < best_error) {
            best_error = error;
            best = buffer;
        }
    }
    return best;
}

std::string format_decimals(const std::vector<double>& values) {
    std::string text;
    for (const double value : values) {
        if (!text.empty()) text += '\\';
        text += format_decimal(value);
    }
    return text;
}

std::string rounded_text(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.4g", value);
    return text.data();
}

}  // namespace spineseg
