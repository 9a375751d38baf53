// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The ninth version of the schema: how jobs ended, for the metrics and for those who are told. See kMigrations in schema.cpp.

namespace spineseg::sqlite {

inline constexpr const char* kEndingSchema = R"sql(
-- One row for each end of a job, written in the same transaction by the database itself. A job that is asked for again
-- ends again. What nobody needs any more is deleted after a day.
CREATE TABLE ending (
    number            INTEGER PRIMARY KEY AUTOINCREMENT,    -- order of ending
    job_id            TEXT NOT NULL,
    epoch             INTEGER NOT NULL,                     -- of the job's newest lease
    orthanc_series_id TEXT NOT NULL,
    orthanc_study_id  TEXT NOT NULL,
    model_id          TEXT NOT NULL,
    model_digest      TEXT NOT NULL,
    manufacturer      TEXT NOT NULL,                        -- of the scanner
    state             TEXT NOT NULL,
    verdict           TEXT NOT NULL,                        -- 'pass', 'review', 'reject'; '': none
    event             TEXT NOT NULL,                        -- 'done', 'review', 'rejected', 'failed', 'canceled'
    error_code        TEXT NOT NULL,                        -- '': none
    attempts          INTEGER NOT NULL,
    created           INTEGER NOT NULL,
    queued            INTEGER NOT NULL,
    started           INTEGER,
    finished          INTEGER NOT NULL
) STRICT;
-- Who is told of which ends. `hook` is a digest of the address, so that no password of an address is kept here.
CREATE TABLE webhook (
    hook           TEXT PRIMARY KEY NOT NULL,
    delivered      INTEGER NOT NULL DEFAULT 0,
    given_up       INTEGER NOT NULL DEFAULT 0,
    last_delivered INTEGER,
    last_failed    INTEGER,
    last_error     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE webhook_event (
    hook  TEXT NOT NULL REFERENCES webhook (hook) ON DELETE CASCADE,
    event TEXT NOT NULL,
    PRIMARY KEY (hook, event)
) STRICT;
CREATE TABLE webhook_delivery (
    number     INTEGER PRIMARY KEY,
    hook       TEXT NOT NULL REFERENCES webhook (hook) ON DELETE CASCADE,
    ending     INTEGER NOT NULL REFERENCES ending (number) ON DELETE CASCADE,
    attempts   INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    UNIQUE (hook, ending)
) STRICT;
CREATE INDEX webhook_delivery_ending ON webhook_delivery (ending);
CREATE TRIGGER job_ends AFTER UPDATE OF finished ON job WHEN OLD.finished IS NULL AND NEW.finished IS NOT NULL BEGIN
    INSERT INTO ending (job_id, epoch, orthanc_series_id, orthanc_study_id, model_id, model_digest, manufacturer, state,
                        verdict, event, error_code, attempts, created, queued, started, finished)
    SELECT NEW.id, NEW.epoch, NEW.orthanc_series_id, NEW.orthanc_study_id, NEW.model_id, NEW.model_digest,
           NEW.manufacturer, NEW.state, verdict,
           CASE WHEN NEW.state = 'done' AND verdict = 'review' THEN 'review' ELSE NEW.state END,
           coalesce(NEW.error_code, ''), NEW.attempts, NEW.created, NEW.queued, NEW.started, NEW.finished
    FROM (SELECT CASE WHEN NEW.error_code = 'quality_rejected' THEN 'reject'
                      WHEN NEW.state = 'done' THEN coalesce(NEW.quality, '')
                      ELSE '' END AS verdict);
END;
CREATE TRIGGER ending_is_told AFTER INSERT ON ending BEGIN
    INSERT INTO webhook_delivery (hook, ending)
    SELECT hook, NEW.number FROM webhook_event WHERE event = NEW.event;
END;
)sql";

}  // namespace spineseg::sqlite
