// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Rows of `shadow_run` as values. For the store of shadow runs only; throws SqliteFailure.

#include <string>
#include <vector>

#include "db/shadow_values.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

ShadowState shadow_state_from(const std::string& name);
/// "SELECT … FROM shadow_run ", for read_runs().
const std::string& select_run();
std::vector<ShadowRun> read_runs(Statement rows);
/// "mean_dice, …" without the levels, for read_figures().
const std::string& figure_columns();
void read_figures(Statement& row, ShadowFigures& figures);
/// State and figures of the run with that id.
void update_run(Database& database, const ShadowRun& run);

}  // namespace spineseg::sqlite
