// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/stored_values.h"

#include <utility>

#include "db/store_connection.h"

namespace spineseg {

using sqlite::Named;

StoredValues::StoredValues(std::shared_ptr<sqlite::StoreConnection> connection)
    : connection_(std::move(connection)) {}

Result<void> StoredValues::set(const std::string& key, const std::string& value) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("INSERT OR REPLACE INTO value (key, value) VALUES (:key, :value)", Named{"key", key},
                         Named{"value", value});
        return {};
    });
}

Result<std::optional<std::string>> StoredValues::get(const std::string& key) {
    return connection_->look([&](sqlite::Database& database) -> Result<std::optional<std::string>> {
        sqlite::Statement row = database.query("SELECT value FROM value WHERE key = :key", Named{"key", key});
        if (!row.step()) return std::nullopt;
        return row.text("value");
    });
}

}  // namespace spineseg
