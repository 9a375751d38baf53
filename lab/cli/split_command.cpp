// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg-lab split`: patient-disjoint folds as splits_final.json.

#include <cstdio>
#include <map>
#include <memory>
#include <set>

#include "lab/cli/data_options.h"
#include "lab/cli/lab_commands.h"
#include "lab/training/splits.h"
#include "lab/training/train_options.h"
#include "worker/cli/output_folder.h"

namespace spineseg {
namespace {

struct SplitArguments {
    TrainingDataRequest data;
    CaseRules rules;
    std::string packed;
    std::string output;
    int folds = 5;
    std::uint64_t seed = 0;
};

Result<std::vector<std::string>> case_names(const SplitArguments& arguments) {
    std::vector<std::string> names;
    if (arguments.packed.empty() == arguments.data.data.empty())
        return failure(ErrorCode::invalid_argument, "give --data FOLDER or --packed FILE, one of them");
    if (!arguments.packed.empty()) {
        const auto cases = read_packed(arguments.packed);
        if (!cases) return failure(cases.error());
        const auto selected = selected_cases(*cases, arguments.rules);
        if (!selected) return failure(selected.error());
        for (const auto& c : selected->train)
            if (!c.synthetic) names.push_back(c.id);
        return names;
    }
    const auto series = chosen_series(narrowed(arguments.data, arguments.rules));
    if (!series) return failure(series.error());
    for (const auto& one : *series) names.push_back(one.name);
    return names;
}

/// What each fold validates on, by contrast, so that a lopsided draw is seen at once.
void print_table(const Folds& folds) {
    std::printf("%-6s %9s %7s %5s %5s %6s %6s\n", "fold", "patients", "series", "t1", "t2", "space", "other");
    for (std::size_t i = 0; i < folds.size(); ++i) {
        std::set<std::string> patients;
        std::map<std::string, int> contrasts;
        for (const auto& name : folds[i].validation) {
            const CaseName parsed = parse_case_name(name);
            patients.insert(parsed.patient);
            ++contrasts[parsed.contrast ? to_string(*parsed.contrast) : "other"];
        }
        std::printf("%-6zu %9zu %7zu %5d %5d %6d %6d\n", i, patients.size(), folds[i].validation.size(),
                    contrasts["t1"], contrasts["t2"], contrasts["space"], contrasts["other"]);
    }
}

Result<void> run_split(const SplitArguments& arguments) {
    const auto names = case_names(arguments);
    if (!names) return failure(names.error());
    const auto folds = make_splits(*names, arguments.folds, arguments.seed);
    if (!folds) return failure(folds.error());
    print_table(*folds);
    return write_text(splits_json(*folds), arguments.output);
}

}  // namespace

void add_split_command(CLI::App& app) {
    auto arguments = std::make_shared<SplitArguments>();  // lives as long as CLI11's callback
    CLI::App& command =
        *app.add_subcommand("split", "Divide the patients into folds (nnU-Net's splits_final.json)");
    command.add_option("--folds", arguments->folds, "How many")
        ->check(CLI::Range(2, 1000))
        ->capture_default_str();
    command.add_option("--seed", arguments->seed, "The same seed and patients give the same folds")
        ->capture_default_str();
    command.add_option("--out", arguments->output, "File to write")->required();
    add_folder_options(command, arguments->data);
    command.add_option("--packed", arguments->packed, "File of `spineseg-lab pack`, instead of --data")
        ->group("Cases");
    add_case_options(command, arguments->rules);
    command.footer(
        "A patient's series always stay together; hold-out patients are in no fold. The table counts what "
        "each fold "
        "validates on.\nExample:\n"
        "  spineseg-lab split --data SPIDER --folds 5 --hold-out 18,55,98 --out splits_final.json");
    on_run(command, [arguments] { return run_split(*arguments); });
}

}  // namespace spineseg
