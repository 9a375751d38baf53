// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg explain`: why series would be segmented on arrival, or why not.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "core/json_fields.h"
#include "worker/cli/command.h"
#include "worker/explain/explanation.h"

namespace spineseg {
namespace {

constexpr std::size_t kMaxRulesBytes = std::size_t{1} << 20;

struct ExplainArguments {
    std::vector<std::filesystem::path> paths;
    std::string rules;
    bool json = false;
    bool all = false;
};

Result<EligibilityRules> rules_of(const std::string& file) {
    const auto& shipped = EligibilityRules::shipped();
    if (file.empty()) return shipped;
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return failure(ErrorCode::file_not_found, file + " cannot be opened");
    std::string text{std::istreambuf_iterator<char>(stream), {}};
    if (text.size() > kMaxRulesBytes)
        return failure(ErrorCode::file_unreadable, file + " is larger than 1 MiB");
    auto changed = shipped.with_site_changes(text);
    if (!changed) return failure(changed.error().code, file + ": " + changed.error().detail);
    return changed;
}

Result<void> run_explain(const ExplainArguments& arguments) {
    const auto rules = rules_of(arguments.rules);
    if (!rules) return failure(rules.error());
    auto found = find_series(arguments.paths);
    if (!found) return failure(found.error());
    nlohmann::json list = nlohmann::json::array(), unreadable = nlohmann::json::array();
    for (auto& series : found->series) {
        const auto explanation = explain_series(std::move(series), *rules);
        if (arguments.json)
            list.push_back(to_json(explanation));
        else
            std::printf("%s\n", to_text(explanation, arguments.all).c_str());
    }
    for (const auto& [file, error] : found->unreadable) {
        if (arguments.json)
            unreadable.push_back(
                {{"File", file.string()}, {"Code", to_string(error.code)}, {"Detail", error.detail}});
        else
            std::printf("%s: %s\n", file.c_str(), error.describe().c_str());
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
    command.add_option("--rules", arguments->rules,
                       "A site's changes to the shipped rules, as under \"Rules\" in orthanc.json");
    command.add_flag("--all", arguments->all, "Also the rules that did not fire, and why");
    command.add_flag("--json", arguments->json, "Everything as JSON");
    on_run(command, [arguments] { return run_explain(*arguments); });
}

}  // namespace spineseg
