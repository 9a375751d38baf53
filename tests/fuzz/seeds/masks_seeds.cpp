// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/seeds/seeds.h"
#include "tests/plugin/shadow/drawn_masks.h"

namespace spineseg::fuzz {
namespace seeds {

void write_masks(const Folder& folder) {
    const auto file = [](const std::vector<drawn_masks::Frame>& frames) {
        return text_of_bytes(drawn_masks::file(frames, 3, 5).bytes());
    };
    const std::string a = "####...........", b = "..####.....#...";
    const auto first = file({{1, a}, {2, b}, {4, b, sample_result::kOtherInstance}});
    const auto second = file({{1, b}, {3, a}, {4, b}});
    folder.write("masks", "segmentation", first);
    folder.write("masks", "two", first + std::string(kNextFile) + second);
    folder.write("masks", "other_grid",
                 first + std::string(kNextFile) + text_of_bytes(drawn_masks::file({{1, a}}, 5, 3).bytes()));
    folder.write("masks", "overlapping", file({{1, a}, {1, b}, {3, b}}));
    folder.write("masks", "without_segments",
                 text_of_bytes(sample_result::result(OutputObject::segmentation).bytes()));
}

}  // namespace seeds
}  // namespace spineseg::fuzz
