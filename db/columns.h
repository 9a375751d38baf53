// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Which column of a table holds which member of a value. A table of columns is the one place that says so: rows
/// are read, inserted and updated by it. For the stores only; throws SqliteFailure.

#include <cstdint>
#include <optional>
#include <string>

#include "core/job.h"
#include "db/sqlite.h"

namespace spineseg::sqlite {

std::int64_t to_ms(Timestamp time);
Timestamp from_ms(std::int64_t ms);

void read_column(Statement& row, const char* column, std::string& value);
void read_column(Statement& row, const char* column, bool& value);
void read_column(Statement& row, const char* column, int& value);
void read_column(Statement& row, const char* column, std::int64_t& value);
/// 64 bits, which SQLite keeps as signed.
void read_column(Statement& row, const char* column, std::uint64_t& value);
void read_column(Statement& row, const char* column, double& value);
void read_column(Statement& row, const char* column, std::optional<int>& value);
void read_column(Statement& row, const char* column, std::optional<double>& value);
void read_column(Statement& row, const char* column, Timestamp& value);
void read_column(Statement& row, const char* column, std::optional<Timestamp>& value);
void read_column(Statement& row, const char* column, JobState& value);
void read_column(Statement& row, const char* column, Stage& value);
void read_column(Statement& row, const char* column, ResultKind& value);
/// The error of a job stands in two columns: `error_code` and `error_detail`.
void read_error(Statement& row, std::optional<Error>& error);

template <typename Value>
void bind_column(Statement& statement, const char* column, const Value& value) {
    statement.bind(column, value);
}
/// Texts are stored printable() (core/printable_text.h), because what they quote may come from anywhere.
void bind_column(Statement& statement, const char* column, const std::string& value);
void bind_column(Statement& statement, const char* column, bool value);
void bind_column(Statement& statement, const char* column, std::uint64_t value);
void bind_column(Statement& statement, const char* column, Timestamp value);
void bind_column(Statement& statement, const char* column, const std::optional<Timestamp>& value);
void bind_column(Statement& statement, const char* column, JobState value);
void bind_column(Statement& statement, const char* column, Stage value);
void bind_column(Statement& statement, const char* column, ResultKind value);

template <typename Row>
struct Column {
    const char* name;
    void (*read)(Statement& row, const char* column, Row& value);
    void (*bind)(Statement& statement, const char* column, const Row& value);
};

/// The column of the member that is reached from Row by these member pointers, one after the other.
template <typename Row, auto... Path>
constexpr Column<Row> column_of(const char* name) {
    return {
        name,
        [](Statement& row, const char* column, Row& value) { read_column(row, column, (value.*....*Path)); },
        [](Statement& statement, const char* column, const Row& value) {
            bind_column(statement, column, (value.*....*Path));
        }};
}

template <typename Columns, typename Row>
void read_row(const Columns& columns, Statement& row, Row& value) {
    for (const auto& column : columns) column.read(row, column.name, value);
}

template <typename Columns, typename Row>
void bind_row(const Columns& columns, Statement& statement, const Row& value) {
    for (const auto& column : columns) column.bind(statement, column.name, value);
}

/// "a, b, c".
template <typename Columns>
std::string names_of(const Columns& columns) {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? "" : ", ") + std::string(column.name);
    return list;
}

/// ":a, :b, :c".
template <typename Columns>
std::string parameters_of(const Columns& columns) {
    std::string list;
    for (const auto& column : columns) list += (list.empty() ? ":" : ", :") + std::string(column.name);
    return list;
}

/// "a = :a, b = :b".
template <typename Columns>
std::string assignments_of(const Columns& columns) {
    std::string list;
    for (const auto& column : columns)
        list += (list.empty() ? "" : ", ") + std::string(column.name) + " = :" + column.name;
    return list;
}

}  // namespace spineseg::sqlite
