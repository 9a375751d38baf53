// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/columns.h"

#include <bit>

#include "core/printable_text.h"

namespace spineseg::sqlite {
namespace {

template <typename T>
T known(const std::optional<T>& value, const std::string& name) {
    if (!value) throw SqliteFailure("the database holds the unknown name \"" + name + "\"");
    return *value;
}

}  // namespace

std::int64_t to_ms(Timestamp time) {
    return time.time_since_epoch().count();
}
Timestamp from_ms(std::int64_t ms) {
    return Timestamp(std::chrono::milliseconds(ms));
}

void read_column(Statement& row, const char* column, std::string& value) {
    value = row.text(column);
}
void read_column(Statement& row, const char* column, bool& value) {
    value = row.integer(column) != 0;
}
void read_column(Statement& row, const char* column, int& value) {
    value = static_cast<int>(row.integer(column));
}
void read_column(Statement& row, const char* column, std::int64_t& value) {
    value = row.integer(column);
}
void read_column(Statement& row, const char* column, std::uint64_t& value) {
    value = std::bit_cast<std::uint64_t>(row.integer(column));
}
void read_column(Statement& row, const char* column, double& value) {
    value = row.real(column);
}
void read_column(Statement& row, const char* column, std::optional<int>& value) {
    const auto stored = row.maybe_integer(column);
    value = stored ? std::optional(static_cast<int>(*stored)) : std::nullopt;
}
void read_column(Statement& row, const char* column, std::optional<double>& value) {
    value = row.maybe_real(column);
}
void read_column(Statement& row, const char* column, Timestamp& value) {
    value = from_ms(row.integer(column));
}
void read_column(Statement& row, const char* column, std::optional<Timestamp>& value) {
    const auto stored = row.maybe_integer(column);
    value = stored ? std::optional(from_ms(*stored)) : std::nullopt;
}
void read_column(Statement& row, const char* column, JobState& value) {
    const auto name = row.text(column);
    value = known(job_state_from_string(name), name);
}
void read_column(Statement& row, const char* column, Stage& value) {
    const auto name = row.text(column);
    value = known(stage_from_string(name), name);
}
void read_column(Statement& row, const char* column, ResultKind& value) {
    const auto name = row.text(column);
    value = known(result_kind_from_string(name), name);
}

void read_error(Statement& row, std::optional<Error>& error) {
    const auto code = row.maybe_text("error_code");
    const auto detail = row.maybe_text("error_detail");
    error.reset();
    if (code) error = Error{known(error_code_from_string(*code), *code), detail.value_or("")};
}

void bind_column(Statement& statement, const char* column, const std::string& value) {
    statement.bind(column, printable(value));
}
void bind_column(Statement& statement, const char* column, bool value) {
    statement.bind(column, value ? 1 : 0);
}
void bind_column(Statement& statement, const char* column, std::uint64_t value) {
    statement.bind(column, std::bit_cast<std::int64_t>(value));
}
void bind_column(Statement& statement, const char* column, Timestamp value) {
    statement.bind(column, to_ms(value));
}
void bind_column(Statement& statement, const char* column, const std::optional<Timestamp>& value) {
    value ? statement.bind(column, to_ms(*value)) : statement.bind(column, std::nullopt);
}
void bind_column(Statement& statement, const char* column, JobState value) {
    statement.bind(column, to_string(value));
}
void bind_column(Statement& statement, const char* column, Stage value) {
    statement.bind(column, to_string(value));
}
void bind_column(Statement& statement, const char* column, ResultKind value) {
    statement.bind(column, to_string(value));
}

}  // namespace spineseg::sqlite
