// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/webhook_outbox.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "db/columns.h"
#include "db/job_journal.h"
#include "db/store_connection.h"

namespace spineseg {
namespace {

using sqlite::Named;

void note_failure(sqlite::Database& database, const WebhookDelivery& delivery, const std::string& why,
                  Timestamp now) {
    auto row = database.statement(R"sql(
        UPDATE webhook SET last_error = :why, last_failed = :now
        WHERE hook = (SELECT hook FROM webhook_delivery WHERE number = :number))sql");
    sqlite::bind_column(row, "why", why);
    sqlite::bind_column(row, "now", now);
    sqlite::bind_column(row, "number", delivery.number);
    row.step();
}

void remove_delivery(sqlite::Database& database, const WebhookDelivery& delivery) {
    database.execute("DELETE FROM webhook_delivery WHERE number = :number", Named{"number", delivery.number});
}

}  // namespace

WebhookOutbox::WebhookOutbox(std::shared_ptr<sqlite::StoreConnection> connection, Clock clock)
    : connection_(std::move(connection)), clock_(std::move(clock)) {}

Result<void> WebhookOutbox::subscribe(const std::vector<WebhookSubscription>& all) {
    auto hooks = nlohmann::json::array();
    for (const auto& one : all) hooks.push_back(one.hook);
    const std::string names = hooks.dump();
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute("DELETE FROM webhook WHERE hook NOT IN (SELECT value FROM json_each(:hooks))",
                         Named{"hooks", names});
        database.execute("DELETE FROM webhook_event");
        for (const auto& one : all) {
            database.execute("INSERT OR IGNORE INTO webhook (hook) VALUES (:hook)", Named{"hook", one.hook});
            for (const auto& event : one.events)
                database.execute("INSERT OR IGNORE INTO webhook_event (hook, event) VALUES (:hook, :event)",
                                 Named{"hook", one.hook}, Named{"event", event});
        }
        return {};
    });
}

Result<std::optional<WebhookDelivery>> WebhookOutbox::next(const std::string& hook) {
    static const std::string sql =
        "SELECT webhook_delivery.number AS delivery, "
        "webhook_delivery.attempts AS failures, not_before, " +
        sqlite::ending_columns() + R"sql(
        FROM webhook_delivery JOIN ending ON ending.number = webhook_delivery.ending
        WHERE hook = :hook ORDER BY webhook_delivery.ending LIMIT 1)sql";
    return connection_->look([&](sqlite::Database& database) -> Result<std::optional<WebhookDelivery>> {
        auto row = database.query(sql, Named{"hook", hook});
        if (!row.step()) return std::nullopt;
        WebhookDelivery delivery;
        sqlite::read_column(row, "delivery", delivery.number);
        sqlite::read_column(row, "failures", delivery.attempts);
        sqlite::read_column(row, "not_before", delivery.not_before);
        sqlite::read_ending(row, delivery.ending);
        return delivery;
    });
}

Result<void> WebhookOutbox::delivered(const WebhookDelivery& delivery) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(R"sql(
            UPDATE webhook SET delivered = delivered + 1, last_delivered = :now
            WHERE hook = (SELECT hook FROM webhook_delivery WHERE number = :number))sql",
                         Named{"now", sqlite::to_ms(clock_())}, Named{"number", delivery.number});
        remove_delivery(database, delivery);
        return {};
    });
}

Result<void> WebhookOutbox::postpone(const WebhookDelivery& delivery, const std::string& why,
                                     Timestamp not_before) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        database.execute(R"sql(
            UPDATE webhook_delivery SET attempts = attempts + 1, not_before = :not_before
            WHERE number = :number)sql",
                         Named{"not_before", sqlite::to_ms(not_before)}, Named{"number", delivery.number});
        note_failure(database, delivery, why, clock_());
        return {};
    });
}

Result<void> WebhookOutbox::give_up(const WebhookDelivery& delivery, const std::string& why,
                                    const std::string& receiver) {
    return connection_->transact([&](sqlite::Database& database) -> Result<void> {
        const auto now = clock_();
        database.execute(R"sql(
            UPDATE webhook SET given_up = given_up + 1
            WHERE hook = (SELECT hook FROM webhook_delivery WHERE number = :number))sql",
                         Named{"number", delivery.number});
        note_failure(database, delivery, why, now);
        remove_delivery(database, delivery);
        sqlite::append_journal(database, {delivery.ending.job_id, "not told", receiver, why, {}, {}, 0}, now);
        return {};
    });
}

Result<std::vector<WebhookState>> WebhookOutbox::states() {
    return connection_->look([&](sqlite::Database& database) -> Result<std::vector<WebhookState>> {
        std::vector<WebhookState> states;
        auto row = database.query(R"sql(
            SELECT webhook.hook AS name, delivered, given_up, last_delivered, last_failed, last_error,
                   count(ending.number) AS waiting, min(ending.finished) AS oldest
            FROM webhook LEFT JOIN webhook_delivery ON webhook_delivery.hook = webhook.hook
                         LEFT JOIN ending ON ending.number = webhook_delivery.ending
            GROUP BY webhook.hook ORDER BY webhook.hook)sql");
        while (row.step()) {
            auto& state = states.emplace_back();
            sqlite::read_column(row, "name", state.hook);
            sqlite::read_column(row, "waiting", state.waiting);
            sqlite::read_column(row, "oldest", state.oldest_waiting);
            sqlite::read_column(row, "delivered", state.delivered);
            sqlite::read_column(row, "given_up", state.given_up);
            sqlite::read_column(row, "last_delivered", state.last_delivered);
            sqlite::read_column(row, "last_failed", state.last_failed);
            sqlite::read_column(row, "last_error", state.last_error);
        }
        return states;
    });
}

}  // namespace spineseg
