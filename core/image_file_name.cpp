// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/image_file_name.h"

#include <algorithm>
#include <array>
#include <string>

namespace spineseg {
namespace {

std::string in_lower_case(std::string_view name) {
    std::string text(name);
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

}  // namespace

bool is_image_file_name(std::string_view name) {
    return in_lower_case(name) != "dicomdir" && !name.starts_with('.');
}

bool promises_dicom(std::string_view name) {
    constexpr std::array<std::string_view, 3> kEndings{".dcm", ".ima", ".dicom"};
    const std::string text = in_lower_case(name);
    return std::any_of(kEndings.begin(), kEndings.end(),
                       [&](std::string_view ending) { return text.ends_with(ending); });
}

}  // namespace spineseg
