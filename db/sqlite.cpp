// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace spineseg::sqlite {
namespace {

[[noreturn]] void fail(sqlite3* handle, int result) {
    const char* message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(result);
    const int kind = result & 0xff;
    const bool spoilt = kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB || kind == SQLITE_READONLY;
    throw SqliteFailure(std::string("SQLite: ") + message + " (" + std::to_string(result) + ")", spoilt);
}

/// SQLite would create the file as the umask says, 0644 as a rule; it names studies of patients. A file that exists is
/// not opened here: to close it would drop the locks of another connection of this process (fcntl(2)).
void create_privately(const std::filesystem::path& file) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (descriptor < 0 && errno == EEXIST && !std::filesystem::is_directory(file)) return;
    if (descriptor < 0 && errno == EEXIST) errno = EISDIR;
    if (descriptor < 0) {
        throw SqliteFailure("cannot open " + file.string() + ": " + std::generic_category().message(errno));
    }
    ::close(descriptor);
}

}  // namespace

void Statement::GiveBack::operator()(sqlite3_stmt* statement) const {
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
}

void Statement::check(int result) const {
    if (result != SQLITE_OK) fail(sqlite3_db_handle(statement_.get()), result);
}

int Statement::parameter(const char* name) const {
    const std::string marked = std::string(":") + name;
    const int index = sqlite3_bind_parameter_index(statement_.get(), marked.c_str());
    if (index == 0) throw SqliteFailure("a statement has no parameter " + marked);
    return index;
}

int Statement::parameters() const {
    return sqlite3_bind_parameter_count(statement_.get());
}

void Statement::bind(const char* name, std::int64_t value) {
    check(sqlite3_bind_int64(statement_.get(), parameter(name), value));
}

void Statement::bind(const char* name, double value) {
    check(sqlite3_bind_double(statement_.get(), parameter(name), value));
}

void Statement::bind(const char* name, std::string_view value) {
    // An empty view may point nowhere, which SQLite would take for NULL.
    const char* data = value.data() != nullptr ? value.data() : "";
    check(sqlite3_bind_text64(statement_.get(), parameter(name), data, value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
}

void Statement::bind(const char* name, std::nullopt_t) {
    check(sqlite3_bind_null(statement_.get(), parameter(name)));
}

bool Statement::step() {
    const int result = sqlite3_step(statement_.get());
    if (result == SQLITE_ROW) return true;
    if (result == SQLITE_DONE) return false;
    fail(sqlite3_db_handle(statement_.get()), result);
}

int Statement::column(std::string_view name) {
    const int count = sqlite3_column_count(statement_.get());
    for (int i = 0; i < count; ++i) {
        const int candidate = (expected_column_ + i) % count;
        if (name != sqlite3_column_name(statement_.get(), candidate)) continue;
        expected_column_ = candidate + 1;
        return candidate;
    }
    throw SqliteFailure("a row has no column " + std::string(name));
}

std::int64_t Statement::integer_at(int column) {
    return sqlite3_column_int64(statement_.get(), column);
}

std::string Statement::text_at(int column) {
    const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    if (data == nullptr) return {};
    return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(std::string_view name) {
    return integer_at(column(name));
}

double Statement::real(std::string_view name) {
    return sqlite3_column_double(statement_.get(), column(name));
}

std::string Statement::text(std::string_view name) {
    return text_at(column(name));
}

std::optional<std::int64_t> Statement::maybe_integer(std::string_view name) {
    const int at = column(name);
    if (is_null(at)) return std::nullopt;
    return integer_at(at);
}

std::optional<double> Statement::maybe_real(std::string_view name) {
    if (is_null(column(name))) return std::nullopt;
    return real(name);
}

std::optional<std::string> Statement::maybe_text(std::string_view name) {
    const int at = column(name);
    if (is_null(at)) return std::nullopt;
    return text_at(at);
}

void Database::Close::operator()(sqlite3* handle) const {
    sqlite3_close_v2(handle);
}
void Database::Finalize::operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
}

Database::Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout) {
    create_privately(file);
    sqlite3* handle = nullptr;
    // Threads are kept apart by the store's mutex, so SQLite need not lock once more.
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW;
    const auto absolute = std::filesystem::canonical(file);  // NOFOLLOW is about races after this point
    const int result = sqlite3_open_v2(absolute.c_str(), &handle, flags, nullptr);
    handle_.reset(handle);
    if (result != SQLITE_OK) fail(handle, result);
    // SQLite opens a file that may only be read all the same, and the first change would fail.
    if (sqlite3_db_readonly(handle, "main") == 1) fail(nullptr, SQLITE_READONLY);
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, static_cast<int>(busy_timeout.count()));
    path_ = absolute;
    log_file_ = absolute.string() + "-wal";
    identity_ = identity_of(path_);
}

/// SQLite leaves the write-ahead log of a file that was moved or replaced where it is, and would apply it to whatever
/// is opened under that name next. So its content goes into the file to which it belongs, and it is emptied. The
/// log of another database that somebody has put there stays.
Database::~Database() {
    if (stands_in_place() || identity_of(log_file_) != log_identity_) return;
    const int emptied =
        sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
    const bool replaced = identity_of(path_) != Identity{};
    if (emptied != SQLITE_OK && replaced) ::unlink(log_file_.c_str());
}

Database::Identity Database::identity_of(const std::filesystem::path& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return {};
    return {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino)};
}

bool Database::stands_in_place() const {
    return identity_of(path_) == identity_;
}

sqlite3_stmt* Database::prepare(std::string_view sql) {
    if (const auto known = statements_.find(sql); known != statements_.end()) return known->second.get();
    sqlite3_stmt* statement = nullptr;
    const int result = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                          SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
    std::unique_ptr<sqlite3_stmt, Finalize> prepared(statement);
    if (result != SQLITE_OK) fail(handle_.get(), result);
    return statements_.emplace(sql, std::move(prepared)).first->second.get();
}

void Database::script(const char* sql) {
    const int result = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
    if (result != SQLITE_OK) fail(handle_.get(), result);
}

int Database::changes() const {
    return sqlite3_changes(handle_.get());
}

bool Database::in_transaction() const {
    return sqlite3_get_autocommit(handle_.get()) == 0;
}

Transaction::Transaction(Database& database, Kind kind) : database_(database) {
    database_.script(kind == Kind::write ? "BEGIN IMMEDIATE" : "BEGIN DEFERRED");
}

Transaction::~Transaction() {
    // After a full disk or an I/O error SQLite has rolled back by itself already.
    if (!database_.in_transaction()) return;
    try {
        database_.script("ROLLBACK");
    } catch (const SqliteFailure&) {  // the next BEGIN will say so again, and louder
    }
}

void Transaction::commit() {
    database_.script("COMMIT");
}

}  // namespace spineseg::sqlite
