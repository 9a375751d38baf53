// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The tables, as a list of migrations that `user_version` counts. For the store only.

namespace spineseg::sqlite {

class Database;

/// Sets the connection up (WAL, synchronous=FULL), checks the file, and brings its tables to this program's
/// version. Throws SqliteFailure when the file is damaged, not ours, or newer than we are. `checked`: damage was
/// looked for a moment ago.
void prepare_schema(Database& database, bool checked = false);

}  // namespace spineseg::sqlite
