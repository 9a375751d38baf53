// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Included before every source that sees LibTorch 1.13 (CMakeLists.txt). Its headers have vectors of a type that is not
/// complete yet, which clang refuses where the members of std::vector are constexpr, as libstdc++'s are in C++20.

#include <algorithm>
#include <memory>
#include <string>
#ifdef _GLIBCXX_VECTOR
#error "std::vector is there already"
#endif
#pragma push_macro("_GLIBCXX20_CONSTEXPR")
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR inline
// Declared as constexpr by <algorithm>; it fills ranges of std::vector<bool>, which nothing here does.
#define __fill_a1 fill_of_bits_without_constexpr
#include <vector>
#undef __fill_a1
#pragma pop_macro("_GLIBCXX20_CONSTEXPR")
