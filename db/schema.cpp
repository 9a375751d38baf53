// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/schema.h"

#include <array>
#include <chrono>
#include <string>
#include <thread>

#include "db/operations_schema.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {
namespace {

/// "SPSG": tells our file from somebody else's that a wrong setting points to.
constexpr std::int64_t kApplicationId = 0x53505347;

/// Each entry lifts the file by one version. Entries are never edited once released, only appended.
/// A time is UTC milliseconds since 1970. A seed is 64 bits, read as signed.
constexpr std::array kMigrations{R"sql(
CREATE TABLE job (
    number            INTEGER PRIMARY KEY AUTOINCREMENT,   -- order of arrival
    id                TEXT NOT NULL UNIQUE,
    orthanc_series_id TEXT NOT NULL,
    orthanc_study_id  TEXT NOT NULL,
    series_uid        TEXT NOT NULL,
    fingerprint       TEXT NOT NULL,
    model_id          TEXT NOT NULL,
    model_digest      TEXT NOT NULL,
    samples           INTEGER,
    steps             INTEGER,
    seed              INTEGER NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('queued','leased','done','rejected','failed','canceled')),
    priority          INTEGER NOT NULL,
    attempts          INTEGER NOT NULL CHECK (attempts >= 0),
    max_attempts      INTEGER NOT NULL CHECK (max_attempts >= 1),
    epoch             INTEGER NOT NULL CHECK (epoch >= 0),
    worker            TEXT NOT NULL,
    stage             TEXT NOT NULL,
    fraction          REAL NOT NULL,
    error_code        TEXT,
    error_detail      TEXT,
    summary_json      TEXT NOT NULL,
    created           INTEGER NOT NULL,
    started           INTEGER,
    finished          INTEGER,
    lease_expires     INTEGER,
    not_before        INTEGER,
    CHECK ((state = 'leased') = (lease_expires IS NOT NULL)),
    CHECK ((state IN ('queued','leased')) = (finished IS NULL))
) STRICT;
-- One job per series, content, model and request. NULLs differ from each other in SQLite, hence ifnull.
CREATE UNIQUE INDEX job_key ON job
    (fingerprint, orthanc_series_id, model_digest, ifnull(samples, -1), ifnull(steps, -1), seed);
CREATE INDEX job_due ON job (model_digest, priority DESC, number) WHERE state = 'queued';
CREATE INDEX job_expiry ON job (lease_expires) WHERE state = 'leased';
CREATE INDEX job_series ON job (orthanc_series_id);
CREATE INDEX job_state ON job (state);

CREATE TABLE result (
    number              INTEGER PRIMARY KEY,               -- order of storing
    job_number          INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
    kind                TEXT NOT NULL,
    sop_class_uid       TEXT NOT NULL,
    sop_instance_uid    TEXT NOT NULL,
    series_uid          TEXT NOT NULL,
    orthanc_instance_id TEXT NOT NULL,
    orthanc_series_id   TEXT NOT NULL,
    UNIQUE (job_number, sop_instance_uid)
) STRICT;

CREATE TABLE verdict (
    orthanc_series_id TEXT PRIMARY KEY NOT NULL,
    series_uid        TEXT NOT NULL,
    fingerprint       TEXT NOT NULL,
    eligible          INTEGER NOT NULL,
    reason            TEXT NOT NULL,
    decided           INTEGER NOT NULL
) STRICT;

CREATE TABLE value (
    key   TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) STRICT;
)sql",
                                 R"sql(
-- Since when a job waits: what its priority ages from. A job that is asked for again begins anew.
ALTER TABLE job ADD COLUMN queued INTEGER NOT NULL DEFAULT 0;
UPDATE job SET queued = created;
-- The order now depends on a setting, so it cannot be an index's; what remains finds the jobs that wait.
DROP INDEX job_due;
CREATE INDEX job_due ON job (model_digest) WHERE state = 'queued';
CREATE INDEX job_ended ON job (finished) WHERE finished IS NOT NULL;
)sql",
                                 R"sql(
-- What was done with results after a job: deleted, sent on. Outlives the job.
CREATE TABLE journal (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    written INTEGER NOT NULL,
    job_id  TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX journal_job ON journal (job_id);
)sql",
                                 R"sql(
-- Since when the archive has not held a result that a job stored; NULL: it is there.
ALTER TABLE result ADD COLUMN missing INTEGER;
CREATE INDEX result_instance ON result (orthanc_instance_id);
CREATE INDEX result_series ON result (orthanc_series_id);
CREATE INDEX result_missing ON result (job_number) WHERE missing IS NOT NULL;
CREATE INDEX job_study ON job (orthanc_study_id);
-- Series that spineseg wrote, in the study of a job's source, and that no job stored.
CREATE TABLE copied_result (
    job_number        INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
    orthanc_series_id TEXT NOT NULL,
    series_uid        TEXT NOT NULL,
    description       TEXT NOT NULL,
    why               TEXT NOT NULL,
    PRIMARY KEY (job_number, orthanc_series_id)
) STRICT;
CREATE INDEX copied_series ON copied_result (orthanc_series_id);
)sql",
                                 R"sql(
-- Who asked. A job that came by arrival has NULL, one that nobody is known to have asked for has ''.
ALTER TABLE journal ADD COLUMN user TEXT NOT NULL DEFAULT '';
ALTER TABLE journal ADD COLUMN address TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN asked_by TEXT;
CREATE INDEX job_asked ON job (asked_by) WHERE asked_by IS NOT NULL AND finished IS NULL;
DELETE FROM journal WHERE job_id NOT IN (SELECT id FROM job);
CREATE TRIGGER journal_bound AFTER INSERT ON journal BEGIN
    DELETE FROM journal WHERE job_id = NEW.job_id AND number <=
        (SELECT number FROM journal WHERE job_id = NEW.job_id ORDER BY number DESC LIMIT 1 OFFSET 500);
END;
-- How each attempt ended. Written by the database itself whenever a lease ends, so that no way of ending one can leave
-- it out, and never changed afterwards.
CREATE TABLE attempt (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    job_number   INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
    epoch        INTEGER NOT NULL,
    attempt      INTEGER NOT NULL,                          -- counted since the job was asked for
    worker       TEXT NOT NULL,
    model_id     TEXT NOT NULL,
    model_digest TEXT NOT NULL,
    stage        TEXT NOT NULL,
    started      INTEGER,
    ended        INTEGER NOT NULL,
    state        TEXT NOT NULL,                             -- the job's afterwards, or 'released'
    error_code   TEXT,
    error_detail TEXT,
    summary_json TEXT NOT NULL,
    results      TEXT NOT NULL,                             -- SOP Instance UIDs of the job's results, with blanks between
    UNIQUE (job_number, epoch)
) STRICT;
INSERT INTO attempt (job_number, epoch, attempt, worker, model_id, model_digest, stage, started, ended, state,
                     error_code, error_detail, summary_json, results)
    SELECT number, epoch, attempts, worker, model_id, model_digest, stage, started, finished, state,
           error_code, error_detail, summary_json,
           coalesce((SELECT group_concat(sop_instance_uid, ' ') FROM result WHERE job_number = job.number), '')
    FROM job WHERE state IN ('done', 'rejected', 'failed');
CREATE TRIGGER attempt_ends AFTER UPDATE ON job WHEN OLD.state = 'leased' AND NEW.state <> 'leased' BEGIN
    INSERT INTO attempt (job_number, epoch, attempt, worker, model_id, model_digest, stage, started, ended, state,
                         error_code, error_detail, summary_json, results)
    SELECT OLD.number, OLD.epoch, OLD.attempts, OLD.worker, OLD.model_id, OLD.model_digest,
           CASE WHEN NEW.finished IS NULL THEN OLD.stage ELSE NEW.stage END, OLD.started,
           coalesce(NEW.finished, CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)),
           CASE WHEN NEW.attempts < OLD.attempts THEN 'released' ELSE NEW.state END,
           -- A lease that was handed back leaves the error of the attempt before it; one that was broken off waits.
           CASE WHEN NEW.attempts < OLD.attempts AND NEW.not_before IS NULL THEN NULL
                ELSE NEW.error_code END,
           CASE WHEN NEW.attempts < OLD.attempts AND NEW.not_before IS NULL THEN NULL
                ELSE NEW.error_detail END,
           CASE WHEN NEW.state = 'done' OR NEW.summary_json IS NOT OLD.summary_json THEN NEW.summary_json
                ELSE '' END,
           coalesce((SELECT group_concat(sop_instance_uid, ' ') FROM result WHERE job_number = NEW.number), '');
    DELETE FROM attempt WHERE job_number = NEW.number AND number <=
        (SELECT number FROM attempt WHERE job_number = NEW.number ORDER BY number DESC LIMIT 1 OFFSET 100);
END;
CREATE TRIGGER attempt_stays BEFORE UPDATE ON attempt BEGIN
    SELECT RAISE(ABORT, 'the record of an attempt does not change');
END;
CREATE INDEX attempt_job ON attempt (job_number, number);
)sql",
                                 R"sql(
-- Of an attempt that has not ended yet: 1: it brought the object into the archive; 2: the archive held it before.
-- 0: a result of the job.
ALTER TABLE result ADD COLUMN unfinished INTEGER NOT NULL DEFAULT 0;
-- What an attempt brought into the archive, or was about to, and what belongs to no job any more.
CREATE TABLE leftover (
    number              INTEGER PRIMARY KEY,
    job_id              TEXT NOT NULL,
    epoch               INTEGER NOT NULL,
    sop_instance_uid    TEXT NOT NULL,
    orthanc_instance_id TEXT NOT NULL,   -- empty: about to be stored
    UNIQUE (job_id, sop_instance_uid)
) STRICT;
-- How often a fault of database or archive broke an attempt off: such attempts do not count.
ALTER TABLE job ADD COLUMN interruptions INTEGER NOT NULL DEFAULT 0;
)sql", kOperationsSchema};

std::int64_t pragma(Database& database, const char* sql) {
    Statement statement = database.query(sql);
    return statement.step() ? statement.only_integer() : 0;
}

/// The change to WAL needs the file alone, and SQLite does not always wait for that by its busy timeout.
void enter_wal(Database& database) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(1);
    while (true) {
        try {
            Statement statement = database.query("PRAGMA journal_mode = WAL");
            const std::string mode = statement.step() ? statement.only_text() : "";
            if (mode == "wal") return;
            throw SqliteFailure("the file system allows no write-ahead log (journal mode " + mode + ")");
        } catch (const SqliteFailure&) {
            if (std::chrono::steady_clock::now() > deadline) throw;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

void check_owner(Database& database) {
    const auto tables = pragma(database, "SELECT count(*) FROM sqlite_schema");
    const auto application = pragma(database, "PRAGMA application_id");
    if (application != kApplicationId && (application != 0 || tables != 0)) {
        throw SqliteFailure("the file is the database of another program");
    }
}

void check_integrity(Database& database) {
    Statement statement = database.query("PRAGMA quick_check(1)");
    const std::string verdict = statement.step() ? statement.only_text() : "no answer";
    if (verdict != "ok") throw SqliteFailure("the database is damaged: " + verdict);
}

void migrate(Database& database) {
    Transaction transaction(database);  // two processes may open a new file at once: only one migrates
    check_owner(database);
    const auto version = pragma(database, "PRAGMA user_version");
    constexpr auto kVersion = static_cast<std::int64_t>(kMigrations.size());
    if (version < 0 || version > kVersion) {
        throw SqliteFailure("the database has schema version " + std::to_string(version) +
                            ", this program knows " + std::to_string(kVersion) +
                            ": it was written by a newer spineseg");
    }
    for (std::int64_t next = version; next < kVersion; ++next) {
        database.script(kMigrations.at(static_cast<std::size_t>(next)));
        database.script(("PRAGMA user_version = " + std::to_string(next + 1)).c_str());
        database.script(("PRAGMA application_id = " + std::to_string(kApplicationId)).c_str());
    }
    transaction.commit();
}

}  // namespace

void prepare_schema(Database& database, bool checked) {
    check_owner(database);  // before WAL, which changes the file
    if (!checked) check_integrity(database);
    enter_wal(database);
    // FULL: an acknowledged job survives a power cut; NORMAL may lose the last commits in WAL mode.
    database.script(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
        "PRAGMA journal_size_limit = 16777216;");
    migrate(database);
}

}  // namespace spineseg::sqlite
