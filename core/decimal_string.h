// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// DICOM's Decimal String (DS, PS3.5 6.2): at most 16 characters for a value. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spineseg {

/// The numbers of a multi-valued DS ("1\\-2.5\\ 3e2"); nullopt when any is empty, malformed, infinite or NaN.
std::optional<std::vector<double>> parse_decimals(std::string_view text);
std::optional<double> parse_decimal(std::string_view text);

/// The text of at most 16 characters that is nearest to the value, the shortest one of those. The value must
/// be finite.
std::string format_decimal(double value);
std::string format_decimals(const std::vector<double>& values);

/// Splits at backslashes; the parts are not trimmed.
std::vector<std::string_view> split_values(std::string_view text);
std::string_view trimmed(std::string_view text);

/// "0.9375", "1.235e+06": four significant digits, for messages.
std::string rounded_text(double value);

}  // namespace spineseg
