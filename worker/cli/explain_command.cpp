// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg explain`: why series would be segmented on arrival, or why not.

#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "worker/cli/command.h"
#include "worker/cli/rules_file.h"
#include "worker/explain/explanation.h"

namespace spineseg {
namespace {

struct ExplainArguments {
    std::vector<std::filesystem::path> paths;
    std::string rules;
    bool json = false;
    bool all = false;
    bool table = false;
};

Result<void> run_explain(const ExplainArguments& arguments) {
    const auto rules = read_rules_file(arguments.rules);
    if (!rules) return failure(rules.error());
    auto found = find_series(arguments.paths, rules->images);
    if (!found) return failure(found.error());
    nlohmann::json list = nlohmann::json::array(), unreadable = nlohmann::json::array();
    std::vector<SeriesExplanation> rows;
    for (auto& series : found->series) {
        auto explanation = explain_series(std::move(series), *rules);
        if (arguments.table)
            rows.push_back(std::move(explanation));
        else if (arguments.json)
            list.push_back(to_json(explanation));
        else
            std::printf("%s\n", to_text(explanation, arguments.all).c_str());
    }
    if (arguments.table) std::printf("%s", to_table(rows, arguments.paths.front()).c_str());
    for (const auto& [file, error, stray] : found->unreadable) {
        if (arguments.json)
            unreadable.push_back({{"File", file.string()},
                                  {"Code", to_string(error.code)},
                                  {"Detail", error.detail},
                                  {"LeftAside", stray}});
        else
            std::printf("%s  %s: %s\n", stray ? "left aside" : "unreadable", file.c_str(),
                        error.describe().c_str());
    }
    if (arguments.json)
        std::printf("%s\n", dump_json({{"Series", list}, {"Unreadable", unreadable}}, 2).c_str());
    if (found->series.empty()) return failure(ErrorCode::not_dicom, "there is no DICOM series to explain");
    return {};
}

}  // namespace

void add_explain_command(CLI::App& app) {
    auto arguments = std::make_shared<ExplainArguments>();  // lives as long as CLI11's callback
    CLI::App& command =
        *app.add_subcommand("explain", "Why series would be segmented on arrival, or why not");
    command.footer(
        "Answers rule by rule, and says which stack of each series would be read. Runs nothing. Rules that "
        "fired\n"
        "are marked: x excludes, + speaks for, - against, with the evidence in log-odds. POST "
        "/series/{id}/explain\n"
        "answers the same from Orthanc.");
    command.add_option("PATH", arguments->paths, "Folders, searched to their depth, and files")->required();
    command.add_option("--rules", arguments->rules, kRulesHelp);
    command.add_flag("--all", arguments->all, "Also the rules that did not fire, and why");
    auto* json = command.add_flag("--json", arguments->json, "Everything as JSON");
    command
        .add_flag("--table", arguments->table,
                  "One row for each series, as a Markdown table: what would be read, or why not")
        ->excludes(json);
    const auto files = [arguments] {
        CommandFiles opened{.reads = arguments->paths};
        opened.reads.emplace_back(arguments->rules);
        return opened;
    };
    on_run_confined(command, files, [arguments] { return run_explain(*arguments); });
}

}  // namespace spineseg
