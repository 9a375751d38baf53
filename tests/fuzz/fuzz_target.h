// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The readers of foreign bytes, each as one function from an input to a check of what the reader promises. libFuzzer
/// calls them through entry.cpp, the test fuzz_corpus_test with every file of tests/fuzz/corpus. One thread.

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace spineseg::fuzz {

using Input = std::span<const std::uint8_t>;

/// A reader does not do what it promises. libFuzzer reports the uncaught exception as a crash.
class BrokenPromise : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& promise) {
    if (!holds) throw BrokenPromise(promise);
}

inline std::string text_of(Input input) {
    return {input.begin(), input.end()};
}

/// What stands before the first NUL, and what stands behind it; texts hold none.
inline std::pair<std::string, Input> before_nul(Input input) {
    std::size_t at = 0;
    while (at < input.size() && input[at] != 0) ++at;
    return {text_of(input.first(at)), input.subspan(at < input.size() ? at + 1 : at)};
}

/// Each returns whether the reader accepted something of the input.
bool fuzz_frame(Input input);        ///< a stream of the socket
bool fuzz_message(Input input);      ///< a message's header, NUL, body
bool fuzz_result_gate(Input input);  ///< a result's file
bool fuzz_masks(Input input);        ///< a Segmentation, perhaps kNextFile and another one
bool fuzz_settings(Input input);     ///< the text of the object "SpineSeg"
bool fuzz_manifest(Input input);     ///< a bundle's manifest.json
bool fuzz_series(Input input);       ///< DICOM files with kNextFile between them
bool fuzz_volume(Input input);       ///< a MetaImage, a NIfTI file or an nnU-Net dataset.json
bool fuzz_checkpoint(Input input);   ///< a file of torch.save
bool fuzz_weights(Input input);      ///< a bundle's safetensors file
bool fuzz_eligibility(Input input);  ///< rules or a site's changes, NUL, lines of "Keyword=value"

inline constexpr std::string_view kNextFile = "NEXTFILE";

}  // namespace spineseg::fuzz
