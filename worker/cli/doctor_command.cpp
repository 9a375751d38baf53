// SPDX-License-Identifier: GPL-3.0-or-later
/// `spineseg doctor`: whether this machine, the model and Orthanc's plugin are as they must be, and what to do.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "worker/cage/cage.h"
#include "worker/cli/command.h"
#include "worker/cli/doctor_checks.h"
#include "worker/cli/loaded_model.h"
#include "worker/daemon/plugin_probe.h"
#include "worker/inference/segmentation/self_test.h"
#include "worker/inference/segmentation/stage_convolutions.h"
#include "worker/job/model_folder.h"
#include "worker/job/version.h"

namespace spineseg {
namespace {

/// Where packaging/systemd/tmpfiles.conf and the package orthanc-spineseg put it.
constexpr const char* kInstalledSocket = "/run/spineseg/worker.sock";
constexpr std::size_t kNameWidth = 11;
constexpr std::size_t kStatusWidth = 9;

struct DoctorArguments {
    ModelArguments model;
    std::string socket;
    bool allow_weaker_cage = false;
    bool json = false;
};

DoctorCheck check_model(const std::filesystem::path& folder, const ModelManifest& manifest) {
    DoctorCheck check{.name = "model"};
    check.text = manifest.id + " " + manifest.version + ", " + manifest.licence + ", digest " +
                 manifest.digest().substr(0, 16) + ", in " + folder.string();
    check.data = {{"id", manifest.id},
                  {"version", manifest.version},
                  {"licence", manifest.licence},
                  {"digest", manifest.digest()},
                  {"folder", folder.string()}};
    return check;
}

nlohmann::json agreement_json(const MapAgreement& found, const MapAgreement& bound) {
    return {{"mean", found.mean},
            {"largest", found.largest},
            {"mean_bound", bound.mean},
            {"largest_bound", bound.largest}};
}

DoctorCheck check_self_test(Segmenter& segmenter, const std::filesystem::path& folder) {
    const auto report = run_self_test(segmenter, folder);
    if (!report) return failed_check("self-test", report.error());
    const SelfTestOutcome& outcome = report->outcome;
    DoctorCheck check{.name = "self-test"};
    check.data = {
        {"state", std::string(to_string(outcome.state))},
        {"device", segmenter.device()},
        {"precision", to_string(segmenter.precision())},
        {"seconds", report->seconds},
        {"presegmentation", agreement_json(report->presegmentation, report->bounds.presegmentation)},
        {"result", agreement_json(report->probability, report->bounds.probability)}};
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.2f s", report->seconds);
    check.text = std::string(to_string(outcome.state)) + " on " + segmenter.describe_device() + ", " +
                 seconds + ": " + outcome.detail;
    if (outcome.state == SelfTestState::absent) {
        check.status = CheckStatus::warning;
        check.text = outcome.detail;
        check.remedy = "make one on a machine that you trust: spineseg-lab self-test --model BUNDLE --write";
    } else if (outcome.state == SelfTestState::failed) {
        check.status = CheckStatus::problem;
        check.remedy =
            "do not use this device with this precision: try --precision float32, then --device cpu; where that "
            "fails too, install model and program anew";
        check.error = Error{ErrorCode::self_test_failed, check.text + "; " + check.remedy};
    }
    return check;
}

nlohmann::json trial_json(const ConvolutionTrial& trial) {
    nlohmann::json candidates = nlohmann::json::array();
    for (const auto& candidate : trial.candidates)
        candidates.push_back({{"method", to_string(candidate.method)},
                              {"milliseconds", candidate.seconds * 1e3},
                              {"difference", candidate.difference},
                              {"agrees", candidate.agrees}});
    return {{"chosen", to_string(trial.chosen)}, {"candidates", candidates}};
}

/// Of the time of the method that is taken. Other programs on this machine move the times less.
constexpr double kMuchFaster = 0.5;

double seconds_of_chosen(const ConvolutionTrial& trial) {
    for (const auto& candidate : trial.candidates)
        if (candidate.method == trial.chosen) return candidate.seconds;
    return 0.0;
}

DoctorCheck check_convolutions(const Segmenter& segmenter) {
    const StageConvolutions& found = segmenter.convolutions();
    DoctorCheck check{.name = "convolution", .text = found.describe()};
    check.data = {{"presegmentation", trial_json(found.presegmentation)},
                  {"diffusion", trial_json(found.diffusion)}};
    for (const auto* trial : {&found.presegmentation, &found.diffusion})
        for (const auto& candidate : trial->candidates) {
            if (!candidate.agrees) {
                check.status = CheckStatus::warning;
                check.remedy = std::string("report this processor and oneDNN; ") +
                               to_string(candidate.method) + " is not used here";
            } else if (candidate.seconds < kMuchFaster * seconds_of_chosen(*trial)) {
                check.status = CheckStatus::warning;
                check.remedy = std::string("--convolutions ") + to_string(candidate.method) +
                               " is faster here: write it into the worker's unit";
            }
        }
    return check;
}

/// The model's lines. A self-test needs a model that loads, and that one its manifest.
void check_bundle(const ModelArguments& arguments, std::vector<DoctorCheck>& checks) {
    const auto folder = find_model(arguments.folder);
    if (!folder) return checks.push_back(failed_check("model", folder.error()));
    const auto manifest = ModelManifest::read(*folder);
    if (!manifest) return checks.push_back(failed_check("model", manifest.error()));
    const auto segmenter = load_model(arguments);
    if (segmenter) {
        checks.push_back(check_model(*folder, *manifest));
        checks.push_back(check_convolutions(**segmenter));
        return checks.push_back(check_self_test(**segmenter, *folder));
    }
    const bool of_the_model = segmenter.error().code == ErrorCode::model_invalid;
    checks.push_back(of_the_model ? failed_check("model", segmenter.error())
                                  : check_model(*folder, *manifest));
    DoctorCheck not_run{
        .name = "self-test", .status = CheckStatus::note, .text = "not run: the model does not load here"};
    checks.push_back(std::move(not_run));
}

DoctorCheck check_orthanc(const std::string& given) {
    const std::string socket = given.empty() ? kInstalledSocket : given;
    std::error_code ignored;
    if (given.empty() && !std::filesystem::exists(socket, ignored))
        return {.name = "Orthanc",
                .status = CheckStatus::note,
                .text = std::string("not asked: there is no ") + socket +
                        "; --socket names another path of the plugin's socket"};
    const auto plugin = probe_plugin(socket);
    if (!plugin) return failed_check("Orthanc", plugin.error());
    return {.name = "Orthanc",
            .text = "plugin " + plugin->version + " answers on " + socket,
            .data = {{"socket", socket}, {"version", plugin->version}, {"protocol", plugin->protocol}}};
}

std::vector<DoctorCheck> all_checks(const DoctorArguments& arguments) {
    std::vector<DoctorCheck> checks{check_processor(),
                                    check_precision(arguments.model),
                                    check_threads(arguments.model),
                                    check_memory(),
                                    check_libtorch(),
                                    check_blas(),
                                    check_cuda(arguments.model),
                                    check_cage(arguments.allow_weaker_cage)};
    check_bundle(arguments.model, checks);
    checks.push_back(check_orthanc(arguments.socket));
    return checks;
}

void print_table(const std::vector<DoctorCheck>& checks) {
    std::printf("spineseg %s\n", software_version().c_str());
    for (const auto& check : checks) {
        std::printf("  %-*s %-*s %s\n", static_cast<int>(kNameWidth), check.name.c_str(),
                    static_cast<int>(kStatusWidth), to_string(check.status), check.text.c_str());
        if (!check.remedy.empty())
            std::printf("  %*s to do: %s\n", static_cast<int>(kNameWidth + 1 + kStatusWidth), "",
                        check.remedy.c_str());
    }
}

void print_checks_json(const std::vector<DoctorCheck>& checks, bool works) {
    nlohmann::json list = nlohmann::json::array();
    for (const auto& check : checks)
        list.push_back({{"name", check.name},
                        {"status", to_string(check.status)},
                        {"text", check.text},
                        {"remedy", check.remedy},
                        {"data", check.data}});
    const nlohmann::json report{{"version", software_version()}, {"works", works}, {"checks", list}};
    std::printf("%s\n", report.dump(2, ' ', false, nlohmann::json::error_handler_t::replace).c_str());
}

Result<void> run_doctor(const DoctorArguments& arguments) {
    const auto checks = all_checks(arguments);
    const auto worst = std::find_if(checks.begin(), checks.end(), [](const DoctorCheck& check) {
        return check.status == CheckStatus::problem;
    });
    const bool works = worst == checks.end();
    if (arguments.json)
        print_checks_json(checks, works);
    else
        print_table(checks);
    std::fflush(stdout);
    if (works) return {};
    return failure(worst->error.value_or(Error{ErrorCode::internal, worst->text}));
}

}  // namespace

void add_doctor_command(CLI::App& app) {
    auto arguments = std::make_shared<DoctorArguments>();  // lives as long as CLI11's callback
    CLI::App& command = *app.add_subcommand("doctor", "Check this machine, the model and Orthanc's plugin");
    command.footer(
        "Says what the processor can do and which precision follows, whether there are GPUs, and whether the "
        "model computes\n"
        "here what it computed where it was made (its self-test). Asks the plugin who it is and takes no "
        "job. The exit code is 0\n"
        "when everything needed works, else that of the first problem; warnings and notes are no problem.");
    add_model_options(command, arguments->model);
    command.add_option(
        "--socket", arguments->socket,
        std::string("The plugin's socket (default: ") + kInstalledSocket + " where it is there)");
    command
        .add_flag(kAllowWeakerCage, arguments->allow_weaker_cage,
                  "As the worker's: a kernel that cannot confine it wholly is a warning")
        ->envname(kAllowWeakerCageVariable);
    command.add_flag("--json", arguments->json, "Print the same as JSON");
    on_run(command, [arguments] { return run_doctor(*arguments); });
}

}  // namespace spineseg
