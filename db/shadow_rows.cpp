// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/shadow_rows.h"

#include <algorithm>
#include <array>

#include "db/columns.h"

namespace spineseg {
namespace sqlite {
namespace {

using Run = ShadowRun;
using Figures = ShadowFigures;

constexpr std::array<std::string_view, kShadowStates> kStateNames{"waiting",  "running", "compared",
                                                                  "rejected", "failed",  "dropped"};

constexpr Column<Run> kState{
    "state",
    [](Statement& row, const char* column, Run& run) { run.state = shadow_state_from(row.text(column)); },
    [](Statement& statement, const char* column, const Run& run) {
        statement.bind(column, to_string(run.state));
    }};

/// JSON that the plugin wrote: bound as it is.
constexpr Column<Run> kLevels{
    "levels_json",
    [](Statement& row, const char* column, Run& run) { run.figures.levels_json = row.text(column); },
    [](Statement& statement, const char* column, const Run& run) {
        statement.bind(column, run.figures.levels_json);
    }};

constexpr std::array kRunIdentity{
    column_of<Run, &Run::id>("id"),
    column_of<Run, &Run::job_id>("job_id"),
    column_of<Run, &Run::job_epoch>("job_epoch"),
    column_of<Run, &Run::orthanc_series_id>("orthanc_series_id"),
    column_of<Run, &Run::wanted>("wanted"),
    column_of<Run, &Run::shown_model_id>("shown_model_id"),
    column_of<Run, &Run::shown_model_digest>("shown_model_digest"),
    column_of<Run, &Run::created>("created"),
};

constexpr std::array kRunFigures{
    column_of<Run, &Run::figures, &Figures::mean_dice>("mean_dice"),
    column_of<Run, &Run::figures, &Figures::canal>("canal_dice"),
    column_of<Run, &Run::figures, &Figures::vertebra>("vertebra_dice"),
    column_of<Run, &Run::figures, &Figures::disc>("disc_dice"),
    column_of<Run, &Run::figures, &Figures::shown_verdict>("shown_verdict"),
    column_of<Run, &Run::figures, &Figures::shadow_verdict>("shadow_verdict"),
    column_of<Run, &Run::figures, &Figures::shown_score>("shown_score"),
    column_of<Run, &Run::figures, &Figures::shadow_score>("shadow_score"),
    column_of<Run, &Run::figures, &Figures::shown_seconds>("shown_seconds"),
    column_of<Run, &Run::figures, &Figures::shadow_seconds>("shadow_seconds"),
};

constexpr std::array kRunState{
    kState,
    kLevels,
    column_of<Run, &Run::model_id>("model_id"),
    column_of<Run, &Run::model_digest>("model_digest"),
    column_of<Run, &Run::epoch>("epoch"),
    column_of<Run, &Run::attempts>("attempts"),
    column_of<Run, &Run::worker>("worker"),
    column_of<Run, &Run::reason>("reason"),
    column_of<Run, &Run::started>("started"),
    column_of<Run, &Run::finished>("finished"),
    column_of<Run, &Run::not_before>("not_before"),
};

}  // namespace

ShadowState shadow_state_from(const std::string& name) {
    const auto found = std::find(kStateNames.begin(), kStateNames.end(), name);
    if (found == kStateNames.end()) throw SqliteFailure("the state of a shadow run is \"" + name + "\"");
    return static_cast<ShadowState>(found - kStateNames.begin());
}

const std::string& select_run() {
    static const std::string sql = "SELECT " + names_of(kRunIdentity) + ", " + names_of(kRunFigures) + ", " +
                                   names_of(kRunState) + " FROM shadow_run ";
    return sql;
}

std::vector<Run> read_runs(Statement rows) {
    std::vector<Run> runs;
    while (rows.step()) {
        Run& run = runs.emplace_back();
        read_row(kRunIdentity, rows, run);
        read_row(kRunFigures, rows, run);
        read_row(kRunState, rows, run);
    }
    return runs;
}

void update_run(Database& database, const Run& run) {
    static const std::string sql = "UPDATE shadow_run SET " + assignments_of(kRunFigures) + ", " +
                                   assignments_of(kRunState) + " WHERE id = :id";
    Statement row = database.statement(sql);
    bind_row(kRunFigures, row, run);
    bind_row(kRunState, row, run);
    row.bind("id", run.id);
    row.step();
}

const std::string& figure_columns() {
    static const std::string columns = names_of(kRunFigures);
    return columns;
}

void read_figures(Statement& row, ShadowFigures& figures) {
    Run run;
    read_row(kRunFigures, row, run);
    figures = std::move(run.figures);
}

}  // namespace sqlite

std::string_view to_string(ShadowState state) {
    return sqlite::kStateNames.at(static_cast<std::size_t>(state));
}

}  // namespace spineseg
