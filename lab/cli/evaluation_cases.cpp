// SPDX-License-Identifier: GPL-3.0-or-later
#include "lab/cli/evaluation_cases.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "lab/cli/training_data.h"
#include "lab/evaluation/slice_range.h"
#include "worker/cli/header_table.h"
#include "worker/model_grid/sagittal_stack.h"
#include "worker/volume_files/volume_file.h"

namespace spineseg {
namespace fs = std::filesystem;

namespace {

constexpr const char* kNone = "none";

/// "98_t2_SPACE" → "t2_SPACE".
std::string contrast_of(const fs::path& image) {
    const std::string stem = image.stem().string();
    const auto underscore = stem.find('_');
    return underscore == std::string::npos ? std::string() : stem.substr(underscore + 1);
}

using Table = std::vector<std::vector<std::string>>;

/// Of each column but the first two (patient, disc), the largest number over a patient's rows.
std::map<std::string, std::string> worst_grades(const Table& table, const std::string& patient) {
    std::map<std::string, double> worst;
    for (std::size_t row = 1; row < table.size(); ++row) {
        if (table[row].empty() || table[row][0] != patient) continue;
        for (std::size_t c = 2; c < std::min(table[row].size(), table[0].size()); ++c) {
            char* end = nullptr;
            const double grade = std::strtod(table[row][c].c_str(), &end);
            if (end == table[row][c].c_str()) continue;
            const auto [place, fresh] = worst.emplace(table[0][c], grade);
            if (!fresh) place->second = std::max(place->second, grade);
        }
    }
    std::map<std::string, std::string> grades;
    for (const auto& [column, grade] : worst)
        grades["worst " + column] = std::to_string(static_cast<int>(grade));
    return grades;
}

Result<Table> read_gradings(const std::string& file) {
    if (file.empty()) return Table{};
    std::ifstream in(file, std::ios::binary);
    if (!in) return failure(ErrorCode::file_not_found, "cannot read " + file);
    auto table = parse_csv({std::istreambuf_iterator<char>(in), {}});
    if (!table) return failure(table.error().code, file + ": " + table.error().detail);
    if (table->empty() || table->front().empty() || table->front().front() != "Patient")
        return failure(ErrorCode::file_unreadable, file + ": the first column must be \"Patient\"");
    return table;
}

Result<std::map<std::string, std::string>> strata_of(const CaseSelection& selection, const SelectedFile& file,
                                                     const Table& gradings) {
    std::map<std::string, std::string> strata = worst_grades(gradings, file.id);
    if (const auto contrast = contrast_of(file.image); !contrast.empty()) strata["contrast"] = contrast;
    if (selection.headers.empty()) return strata;
    const auto row = read_header_row(selection.headers, file.image.stem().string());
    if (!row) return failure(row.error());
    for (const auto& column : selection.header_strata) {
        const auto cell = row->find(column);
        if (cell == row->end())
            return failure(ErrorCode::invalid_argument,
                           selection.headers + " has no column \"" + column + "\"");
        strata[column] = cell->second;
    }
    return strata;
}

/// Image and truth as sagittal stacks, with the slices that are wanted.
Result<CaseToEvaluate> read_case(const CaseSelection& selection, const SelectedFile& file) {
    const fs::path mask = fs::path(selection.data) / "masks" / file.image.filename();
    const auto image = read_volume(file.image);
    if (!image) return failure(image.error());
    const auto truth = read_label_map(mask);
    if (!truth) return failure(truth.error());
    auto upright = as_sagittal_stack(*image);
    if (!upright) return failure(upright.error().code, file.image.string() + ": " + upright.error().detail);
    auto drawn = as_sagittal_stack(*truth);
    if (!drawn) return failure(drawn.error().code, mask.string() + ": " + drawn.error().detail);
    if (!same_grid(upright->geometry, drawn->geometry, 0.05))
        return failure(ErrorCode::invalid_argument, mask.string() + " does not lie on its image's grid");
    CaseToEvaluate read{file.id, file.image.filename().string(), {}, {}, {}};
    const SliceRange middle = middle_slices(upright->geometry.slices, selection.slices);
    const SliceRange thinned = every_nth_slice(middle.count, selection.every);
    read.image = take_slices(take_slices(*upright, middle), thinned);
    read.truth = take_slices(take_slices(*drawn, middle), thinned);
    return read;
}

}  // namespace

void add_case_options(CLI::App& command, CaseSelection& selection) {
    command.add_option("--data", selection.data, "Folder with images/ and masks/")->required();
    command.add_option("--ids", selection.ids, "Cases, e.g. 18,55,98")->delimiter(',')->required();
    command.add_option("--slices", selection.slices, "Only this many slices in the middle of each stack")
        ->check(CLI::Range(1, 512));
}

void add_study_options(CLI::App& command, CaseSelection& selection) {
    command
        .add_option(
            "--degrade", selection.degradations,
            "Each case once per item: none, or a kind of `spineseg-lab degrade` with a strength of 0 to 1,\n"
            "e.g. none,noise:0.5,lean:1")
        ->delimiter(',');
    command
        .add_option("--degradation-seed", selection.degradation_seed, "Seed of what is drawn by --degrade")
        ->capture_default_str();
    auto* headers = command.add_option("--headers", selection.headers,
                                       "CSV of header values (SPIDER's overview.csv), for --by");
    command
        .add_option("--by", selection.header_strata,
                    "Columns of --headers to group by, e.g. Manufacturer,MagneticFieldStrength")
        ->delimiter(',')
        ->needs(headers);
    command.add_option("--gradings", selection.gradings,
                       "CSV of gradings per disc (SPIDER's radiological_gradings.csv): groups by a patient's "
                       "worst grades");
}

Result<std::vector<SelectedFile>> select_files(const CaseSelection& selection) {
    std::vector<SelectedFile> files;
    for (const auto& id : selection.ids) {
        const auto found = images_of(selection.data, id);
        if (!found) return failure(found.error());
        for (const auto& image : *found) files.push_back({id, image});
    }
    return files;
}

Result<void> visit_cases(const CaseSelection& selection, const std::vector<SelectedFile>& files,
                         const std::function<Result<void>(const CaseToEvaluate&)>& visit) {
    std::vector<std::optional<Degradation>> degradations;
    for (const auto& text : selection.degradations) {
        if (text == kNone) {
            degradations.emplace_back();
            continue;
        }
        const auto parsed = parse_degradation(text);
        if (!parsed) return failure(parsed.error());
        degradations.emplace_back(*parsed);
    }
    if (degradations.empty()) degradations.emplace_back();
    const auto gradings = read_gradings(selection.gradings);
    if (!gradings) return failure(gradings.error());
    std::uint64_t seed = selection.degradation_seed;
    for (const SelectedFile& file : files) {
        auto whole = read_case(selection, file);
        if (!whole) return failure(whole.error());
        auto strata = strata_of(selection, file, *gradings);
        if (!strata) return failure(strata.error());
        for (std::size_t i = 0; i < degradations.size(); ++i) {
            CaseToEvaluate one = *whole;
            one.strata = *strata;
            if (!selection.degradations.empty()) {
                one.strata["degradation"] = selection.degradations[i];
                one.file += " " + selection.degradations[i];
            }
            if (degradations[i]) {
                degradations[i]->seed = seed++;  // every case is spoilt in its own way
                auto spoilt = degrade(one.image, one.truth, *degradations[i]);
                if (!spoilt) return failure(spoilt.error().code, one.file + ": " + spoilt.error().detail);
                one.image = std::move(spoilt->image);
                one.truth = std::move(spoilt->truth);
            }
            if (auto visited = visit(one); !visited)
                return failure(visited.error().code, one.file + ": " + visited.error().detail);
        }
    }
    return {};
}

}  // namespace spineseg
