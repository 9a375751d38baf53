// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// SQLite behind three RAII types: connection, borrowed statement, transaction. Nothing outside this library
/// includes it, and SQLite's own header stays in the source. Every failure is thrown as SqliteFailure; the
/// store's one seam turns it into database_unavailable. Not thread-safe: the store's mutex guards it.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace spineseg::sqlite {

struct SqliteFailure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A prepared statement lent by its database; goes back, reset, at the end of the scope. Parameters are bound
/// and columns are read from left to right.
class Statement {
  public:
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

    Statement& bind(std::int64_t value);
    Statement& bind(int value) { return bind(std::int64_t{value}); }
    Statement& bind(double value);
    Statement& bind(std::string_view value);
    Statement& bind(const std::string& value) { return bind(std::string_view(value)); }
    Statement& bind(const char* value) { return bind(std::string_view(value)); }
    Statement& bind(std::nullopt_t);
    template <typename T>
    Statement& bind(const std::optional<T>& value) {
        return value ? bind(*value) : bind(std::nullopt);
    }

    /// True when a row is there; its columns are then read one after the other.
    bool step();
    std::int64_t integer();
    double real();
    std::string text();
    std::optional<std::int64_t> maybe_integer();
    std::optional<std::string> maybe_text();

  private:
    struct GiveBack {
        void operator()(sqlite3_stmt* statement) const;
    };
    void check(int result) const;
    std::unique_ptr<sqlite3_stmt, GiveBack> statement_;
    int parameter_ = 0;
    int column_ = 0;
};

class Database {
  public:
    /// Creates the file with mode 0600 where there is none; -wal and -shm inherit the mode.
    Database(const std::filesystem::path& file, std::chrono::milliseconds busy_timeout);
    ~Database();
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    /// One statement with its parameters bound. `sql` must be a literal: prepared once, kept for the
    /// connection's life.
    template <typename... Values>
    Statement query(const char* sql, const Values&... values) {
        Statement statement(prepare(sql));
        (statement.bind(values), ...);
        return statement;
    }
    /// Runs to the end; how many rows were changed.
    template <typename... Values>
    int execute(const char* sql, const Values&... values) {
        {
            Statement statement = query(sql, values...);
            while (statement.step()) continue;
        }
        return changes();
    }
    /// Several statements without parameters: migrations and pragmas.
    void script(const char* sql);
    bool in_transaction() const;

  private:
    struct Close {
        void operator()(sqlite3* handle) const;
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const;
    };
    sqlite3_stmt* prepare(const char* sql);
    int changes() const;
    std::unique_ptr<sqlite3, Close> handle_;
    std::map<std::string_view, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// BEGIN IMMEDIATE … COMMIT, or ROLLBACK where commit() was not reached. A deferred transaction would find
/// out at its first write that somebody else has written since it read, and could not be retried.
class Transaction {
  public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

  private:
    Database& database_;
};

}  // namespace spineseg::sqlite
