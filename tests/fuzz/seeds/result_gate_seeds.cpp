// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

#include "tests/fuzz/fuzz_target.h"
#include "tests/plugin/result_gate/sample_result.h"

namespace spineseg::fuzz {
namespace seeds {

void write_results(const Folder& folder) {
    for (const auto output : {OutputObject::segmentation, OutputObject::label_map,
                              OutputObject::parametric_map, OutputObject::report, OutputObject::contours,
                              OutputObject::heat_map, OutputObject::disagreement_map})
        folder.write("result_gate", std::string(to_string(output)),
                     text_of_bytes(sample_result::result(output).bytes()));
    const std::string source = text_of_bytes(sample_result::source().bytes());
    folder.write(
        "result_gate", "with_its_source",
        text_of_bytes(sample_result::result(OutputObject::report).bytes()) + std::string(kNextFile) + source);
    folder.write("result_gate", "source", source);
}

}  // namespace seeds
}  // namespace spineseg::fuzz
