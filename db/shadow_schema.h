// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The version of the schema that brings the runs of shadow models. See kMigrations in schema.cpp.

namespace spineseg::sqlite {

inline constexpr const char* kShadowSchema = R"sql(
-- Runs of a shadow model over the series of jobs that are done. Outlives the job.
CREATE TABLE shadow_run (
    number             INTEGER PRIMARY KEY AUTOINCREMENT,  -- order of the jobs' ends
    id                 TEXT NOT NULL UNIQUE,
    job_id             TEXT NOT NULL,
    job_epoch          INTEGER NOT NULL,                   -- of the attempt whose result is shown
    orthanc_series_id  TEXT NOT NULL,
    wanted             TEXT NOT NULL,                      -- the entry of the setting: a model's name or digest
    shown_model_id     TEXT NOT NULL,
    shown_model_digest TEXT NOT NULL,
    model_id           TEXT NOT NULL DEFAULT '',           -- of the worker that took it
    model_digest       TEXT NOT NULL DEFAULT '',
    state              TEXT NOT NULL CHECK
        (state IN ('waiting','running','compared','rejected','failed','dropped')),
    epoch              INTEGER NOT NULL DEFAULT 0,
    attempts           INTEGER NOT NULL DEFAULT 0,
    worker             TEXT NOT NULL DEFAULT '',
    reason             TEXT NOT NULL DEFAULT '',
    created            INTEGER NOT NULL,
    started            INTEGER,
    finished           INTEGER,
    not_before         INTEGER,
    mean_dice          REAL,
    canal_dice         REAL,
    vertebra_dice      REAL,
    disc_dice          REAL,
    shown_verdict      TEXT NOT NULL DEFAULT '',
    shadow_verdict     TEXT NOT NULL DEFAULT '',
    shown_score        REAL,
    shadow_score       REAL,
    shown_seconds      REAL,
    shadow_seconds     REAL,
    levels_json        TEXT NOT NULL DEFAULT '',           -- the last, because it is long
    UNIQUE (job_id, job_epoch, wanted)
) STRICT;
CREATE INDEX shadow_waiting ON shadow_run (wanted, number) WHERE state = 'waiting';
CREATE INDEX shadow_running ON shadow_run (number) WHERE state = 'running';
-- All that runs are counted by: their rows are wide.
CREATE INDEX shadow_counted ON shadow_run (state, model_digest, model_id, created);
CREATE INDEX shadow_ended ON shadow_run (finished) WHERE finished IS NOT NULL;
)sql";

}  // namespace spineseg::sqlite
