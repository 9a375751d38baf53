// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab pack`: training cases as one file, for a machine without the images.

#include <memory>

#include "lab/cli/data_options.h"
#include "lab/cli/lab_commands.h"
#include "lab/training/train_options.h"

namespace spineseg {

void add_pack_command(CLI::App& app) {
    struct PackArguments {
        TrainingDataRequest data;
        CaseRules rules;
        std::string bundle;
        std::string output;
    };
    auto arguments = std::make_shared<PackArguments>();  // lives as long as CLI11's callback
    CLI::App& pack =
        *app.add_subcommand("pack", "Prepare training cases as one file, to train on another machine");
    pack.add_option("--bundle", arguments->bundle, "Model folder whose manifest says how slices are laid out")
        ->required();
    pack.add_option("--out", arguments->output, "File to write (.safetensors)")->required();
    add_folder_options(pack, arguments->data);
    pack.get_option("--data")->required();
    add_case_options(pack, arguments->rules);
    add_reading_options(pack, arguments->data);
    pack.footer(
        "Every case keeps its name, so that splits, --ids, --hold-out and --contrast mean the same with "
        "--packed as "
        "with --data.\nExample:\n"
        "  spineseg-lab pack --bundle models/mine --data SPIDER --phantoms 48 --out cases.safetensors");
    on_run(pack, [arguments]() -> Result<void> {
        const auto manifest = ModelManifest::read(arguments->bundle);
        if (!manifest) return failure(manifest.error());
        const auto cases = load_with_progress(narrowed(arguments->data, arguments->rules), manifest->input);
        if (!cases) return failure(cases.error());
        return write_packed(arguments->output, *cases);
    });
}

}  // namespace spineseg
