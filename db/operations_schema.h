// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The seventh version of the schema: what operators filter by, wait for and look up. See kMigrations in schema.cpp.

namespace spineseg::sqlite {

inline constexpr const char* kOperationsSchema = R"sql(
-- The scanner, as its images name it.
ALTER TABLE job ADD COLUMN manufacturer TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN scanner_model TEXT NOT NULL DEFAULT '';
-- Every one that there was: a part of a name is looked for among these few, not in every job.
CREATE TABLE scanner_name (
    manufacturer TEXT NOT NULL,
    model        TEXT NOT NULL,
    PRIMARY KEY (manufacturer, model)
) STRICT, WITHOUT ROWID;
-- The quality verdict that the summary holds; NULL: none, or none that we know.
ALTER TABLE job ADD COLUMN quality TEXT;
UPDATE job SET quality = json_extract(summary_json, '$.quality.verdict')
    WHERE CASE WHEN json_valid(summary_json)
               THEN json_extract(summary_json, '$.quality.verdict') IN ('pass', 'review', 'reject') END;
-- 1: somebody asked for not_before; 0: it is a back-off.
ALTER TABLE job ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;
-- Holds all that lists are filtered by: the rows of jobs are wide.
CREATE INDEX job_list ON job (state, quality, created, manufacturer, scanner_model);
CREATE INDEX job_created ON job (created);
CREATE INDEX verdict_decided ON verdict (eligible, decided);
CREATE INDEX verdict_newest ON verdict (decided);

-- Every change of a job gets a number, so that a program can ask what changed since it asked last. The numbers of a new
-- file begin at the time, so that they are above those of a file that it replaces.
CREATE TABLE latest_change (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    number   INTEGER NOT NULL,
    queue    INTEGER NOT NULL      -- the latest that concerns the queue: a state, a priority, paused
) STRICT;
INSERT INTO latest_change SELECT 1, at, at FROM
    (SELECT CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) AS at);
ALTER TABLE job ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;
CREATE INDEX job_changed ON job (changed);
CREATE TRIGGER job_came AFTER INSERT ON job BEGIN
    UPDATE latest_change SET number = number + 1, queue = number + 1;
    UPDATE job SET changed = (SELECT number FROM latest_change) WHERE number = NEW.number;
END;
CREATE TRIGGER job_changes AFTER UPDATE OF state, priority, attempts, stage, fraction, not_before, model_digest ON job
WHEN NEW.state <> OLD.state OR NEW.priority <> OLD.priority OR NEW.attempts <> OLD.attempts
  OR NEW.stage <> OLD.stage OR NEW.fraction <> OLD.fraction OR NEW.not_before IS NOT OLD.not_before
  OR NEW.model_digest <> OLD.model_digest
BEGIN
    UPDATE latest_change SET number = number + 1,
        queue = iif(NEW.state <> OLD.state OR NEW.priority <> OLD.priority, number + 1, queue);
    UPDATE job SET changed = (SELECT number FROM latest_change) WHERE number = NEW.number;
END;
CREATE TRIGGER job_went AFTER DELETE ON job BEGIN
    UPDATE latest_change SET number = number + 1, queue = number + 1;
END;
CREATE TRIGGER result_came AFTER INSERT ON result BEGIN
    UPDATE latest_change SET number = number + 1;
    UPDATE job SET changed = (SELECT number FROM latest_change) WHERE number = NEW.job_number;
END;
CREATE TRIGGER result_moved AFTER UPDATE OF missing ON result WHEN NEW.missing IS NOT OLD.missing BEGIN
    UPDATE latest_change SET number = number + 1, queue = number + 1;
    UPDATE job SET changed = (SELECT number FROM latest_change) WHERE number = NEW.job_number;
END;

-- The journal is only appended to, and outlives the jobs. What is older than the horizon may be deleted, and the horizon
-- only moves on.
DROP TRIGGER journal_bound;
CREATE INDEX journal_written ON journal (written);
CREATE TABLE journal_horizon (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    before   INTEGER NOT NULL
) STRICT;
INSERT INTO journal_horizon VALUES (1, 0);
CREATE TRIGGER journal_stays BEFORE UPDATE ON journal BEGIN
    SELECT RAISE(ABORT, 'an entry of the journal does not change');
END;
CREATE TRIGGER journal_is_appended BEFORE INSERT ON journal
WHEN EXISTS (SELECT 1 FROM journal WHERE number = NEW.number) BEGIN
    SELECT RAISE(ABORT, 'an entry of the journal is not replaced');
END;
CREATE TRIGGER journal_is_kept BEFORE DELETE ON journal
WHEN OLD.written >= (SELECT before FROM journal_horizon) BEGIN
    SELECT RAISE(ABORT, 'an entry of the journal is kept as long as KeepJournalDays says');
END;
CREATE TRIGGER journal_horizon_moves_on BEFORE UPDATE ON journal_horizon WHEN NEW.before < OLD.before BEGIN
    SELECT RAISE(ABORT, 'the journal''s horizon only moves on');
END;
CREATE TRIGGER attempt_is_noted AFTER INSERT ON attempt BEGIN
    INSERT INTO journal (written, job_id, action, subject, detail)
    SELECT NEW.ended, id, 'attempt ended', 'attempt ' || NEW.attempt || ' by ' || NEW.worker,
           NEW.state || CASE WHEN NEW.error_code IS NULL THEN ''
                             ELSE ' after ' || NEW.error_code || ': ' || coalesce(NEW.error_detail, '') END
    FROM job WHERE number = NEW.job_number;
END;
)sql";

}  // namespace spineseg::sqlite
