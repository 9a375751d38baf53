// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/data_options.h"

#include <unistd.h>

#include <cstdio>
#include <map>

namespace spineseg {
namespace {

constexpr const char* kGroup = "Cases";

}  // namespace

void add_folder_options(CLI::App& command, TrainingDataRequest& request) {
    command
        .add_option_function<std::vector<std::string>>(
            "--data",
            [&request](const std::vector<std::string>& folders) {
                request.data.assign(folders.begin(), folders.end());
            },
            "Folders: images/ and masks/ as SPIDER has them, or imagesTr/, labelsTr/ and dataset.json as "
            "nnU-Net has them")
        ->delimiter(',')
        ->group(kGroup);
    command
        .add_option_function<std::string>(
            "--overview", [&request](const std::string& file) { request.overview = file; },
            "SPIDER's overview.csv, for the next two (default: the one in --data)")
        ->group(kGroup);
    command.add_option("--vendor", request.filter.manufacturer, "Series of one manufacturer, e.g. philips")
        ->group(kGroup);
    command.add_option("--field-strength", request.filter.field_strength, "Series at this field, in tesla")
        ->check(CLI::Range(0.01, 30.0))
        ->group(kGroup);
}

void add_reading_options(CLI::App& command, TrainingDataRequest& request) {
    static const std::map<std::string, PartialVertebrae> kPartial{{"vertebra", PartialVertebrae::vertebra},
                                                                  {"cut", PartialVertebrae::cut}};
    command
        .add_option_function<std::string>(
            "--partial-vertebrae",
            [&request](const std::string& name) { request.partial = kPartial.at(name); },
            "Partly visible ones (101-125): vertebra, or cut out of image and target")
        ->check(CLI::IsMember({"vertebra", "cut"}))
        ->default_str("vertebra")
        ->group(kGroup);
    command
        .add_option("--header-tolerance", request.header_tolerance_mm,
                    "How far apart in mm the headers may place image and mask")
        ->check(CLI::Range(0.0, 50.0))
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--phantoms", request.phantoms, "Procedural patients to add")
        ->check(CLI::Range(0, 1000))
        ->capture_default_str()
        ->group(kGroup);
    command.add_option("--phantom-seed", request.phantom_seed, "Seed of the first one")
        ->capture_default_str()
        ->group(kGroup);
}

TrainingDataRequest narrowed(TrainingDataRequest request, const CaseRules& rules) {
    request.filter.contrast = rules.contrast;
    if (!rules.ids.empty()) {
        request.filter.ids = rules.ids;
        request.filter.ids.insert(request.filter.ids.end(), rules.validate_ids.begin(),
                                  rules.validate_ids.end());
    }
    for (const auto& entry : rules.exclude)
        if (!listed(rules.validate_ids, parse_case_name(entry))) request.filter.exclude.push_back(entry);
    return request;
}

Result<std::vector<TrainingCase>> load_with_progress(const TrainingDataRequest& request,
                                                     const InputPlan& input, CaseLoader load) {
    const bool terminal = ::isatty(STDERR_FILENO) != 0;
    int count = 0;
    auto cases = load(request, input, [&](const std::string& id) {
        ++count;
        if (terminal) std::fprintf(stderr, "\r\033[K%d cases, %s", count, id.c_str());
    });
    std::fprintf(stderr, "%s%d cases\n", terminal ? "\r\033[K" : "", count);
    return cases;
}

}  // namespace spineseg
