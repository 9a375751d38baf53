// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// SQLite behind three RAII types: connection, borrowed statement, transaction. Nothing outside this library
/// includes it, and SQLite's own header stays in the source. Every failure is thrown as SqliteFailure; StoreConnection
/// turns it into database_unavailable. Not thread-safe: the store's mutex guards it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace spineseg::sqlite {

struct SqliteFailure : std::runtime_error {
    explicit SqliteFailure(const std::string& text, bool gone = false)
        : std::runtime_error(text), connection_is_spoilt(gone) {}
    /// The file was moved, overwritten or damaged: only a new connection can help.
    bool connection_is_spoilt = false;
};

/// A value for the parameter `:name` of a statement.
template <typename T>
struct Named {
    const char* name;
    const T& value;
};
template <typename T>
Named(const char*, const T&) -> Named<T>;

/// A prepared statement lent by its database; goes back, reset, at the end of the scope. Parameters and columns
/// have names; one that the statement does not have is a SqliteFailure.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    void bind(const char* name, std::int64_t value);
    void bind(const char* name, int value) { bind(name, std::int64_t{value}); }
    void bind(const char* name, double value);
    void bind(const char* name, std::string_view value);
    void bind(const char* name, const std::string& value) { bind(name, std::string_view(value)); }
    void bind(const char* name, const char* value) { bind(name, std::string_view(value)); }
    void bind(const char* name, std::nullopt_t);
    template <typename T>
    void bind(const char* name, const std::optional<T>& value) {
        value ? bind(name, *value) : bind(name, std::nullopt);
    }
    int parameters() const;

    /// True when a row is there; its columns may then be read.
    bool step();
    std::int64_t integer(std::string_view column);
    double real(std::string_view column);
    std::string text(std::string_view column);
    std::optional<std::int64_t> maybe_integer(std::string_view column);
    std::optional<double> maybe_real(std::string_view column);
    std::optional<std::string> maybe_text(std::string_view column);
    /// Of a row with one column: a pragma, a count.
    std::int64_t only_integer() { return integer_at(0); }
    std::string only_text() { return text_at(0); }

  private:
    struct GiveBack {
        void operator()(sqlite3_stmt* statement) const;
    };
    void check(int result) const;
    int parameter(const char* name) const;
    int column(std::string_view name);
    std::int64_t integer_at(int column);
    std::string text_at(int column);
    bool is_null(int column) const;
    std::unique_ptr<sqlite3_stmt, GiveBack> statement_;
    int expected_column_ = 0;  ///< where the search for a name begins: most are read in the row's order
};

class Database {
  public:
    /// Creates the file with mode 0600 where there is none; -wal and -shm inherit the mode.
    Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// A statement whose parameters are NULL until they are bound. Prepared once and kept for the connection's
    /// life, so texts must not be made of values. One borrower of the same text at a time.
    Statement statement(std::string_view sql) { return Statement(prepare(sql)); }
    /// One statement with all of its parameters bound.
    template <typename... Values>
    Statement query(std::string_view sql, const Named<Values>&... values) {
        Statement bound = statement(sql);
        if (bound.parameters() != static_cast<int>(sizeof...(values)))
            throw SqliteFailure("a statement lacks parameters: " + std::string(sql));
        (bound.bind(values.name, values.value), ...);
        return bound;
    }
    /// Runs to the end; how many rows were changed.
    template <typename... Values>
    int execute(std::string_view sql, const Named<Values>&... values) {
        {
            Statement bound = query(sql, values...);
            while (bound.step()) continue;
        }
        return changes();
    }
    int changes() const;
    /// Several statements without parameters: migrations and pragmas.
    void script(const char* sql);
    bool in_transaction() const;
    /// Whether the file that was opened still stands under its name. A call of stat().
    bool stands_in_place() const;
    /// To be called once the write-ahead log exists: see ~Database().
    void note_log_file() { log_identity_ = identity_of(log_file_); }

  private:
    /// Device and inode; zeros where there is no such file.
    using Identity = std::pair<std::uint64_t, std::uint64_t>;
    static Identity identity_of(const std::filesystem::path& file);
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3_stmt* prepare(std::string_view sql);
    std::filesystem::path path_;
    std::filesystem::path log_file_;
    Identity identity_{};
    Identity log_identity_{};
    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string, std::unique_ptr<sqlite3_stmt, Finalize>, std::less<>> statements_;
};

/// BEGIN IMMEDIATE … COMMIT, or ROLLBACK where commit() was not reached. A deferred transaction would find
/// out at its first write that somebody else has written since it read, and could not be retried. What only
/// reads may be deferred: it waits for nobody.
class Transaction {
  public:
    enum class Kind { write, read };
    explicit Transaction(Database& database, Kind kind = Kind::write);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
};

}  // namespace spineseg::sqlite
