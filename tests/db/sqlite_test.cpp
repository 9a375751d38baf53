// SPDX-License-Identifier: GPL-3.0-or-later
#include "db/sqlite.h"

#include <gmock/gmock.h>

#include "tests/db/store_fixture.h"

namespace spineseg {
namespace sqlite_test {

using sqlite::Named;
using sqlite::SqliteFailure;

class SqliteTest : public StoreTest {
  protected:
    SqliteTest() { database.script("CREATE TABLE pair (a INTEGER, b TEXT)"); }
    sqlite::Database database{file(), 1s};
};

TEST_F(SqliteTest, ParametersAndColumnsGoByNameInAnyOrder) {
    database.execute("INSERT INTO pair (a, b) VALUES (:a, :b)", Named{"b", "text"}, Named{"a", 7});
    auto row = database.query("SELECT a, b FROM pair");
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.text("b"), "text");
    EXPECT_EQ(row.integer("a"), 7);
}

TEST_F(SqliteTest, ANameThatTheStatementDoesNotHaveIsAFailureAndNotANull) {
    EXPECT_THROW(database.query("SELECT a FROM pair WHERE a = :a", Named{"b", 1}), SqliteFailure);
    EXPECT_THROW(database.query("SELECT a FROM pair WHERE a = :a"), SqliteFailure);
    database.execute("INSERT INTO pair (a) VALUES (1)");
    auto row = database.query("SELECT a FROM pair");
    ASSERT_TRUE(row.step());
    EXPECT_THROW(row.text("b"), SqliteFailure);
}

// Statements were kept by the address of their text, so a text had to be a literal.
TEST_F(SqliteTest, AStatementIsFoundByItsTextThoughTheTextHasGone) {
    for (const char column : {'a', 'b', 'a'}) {
        const std::string sql = std::string("SELECT ") + column + " AS only FROM pair";
        auto row = database.query(sql);
        EXPECT_FALSE(row.step());
    }
    database.execute("INSERT INTO pair (a, b) VALUES (1, 'x')");
    auto row = database.query(std::string("SELECT b AS only FROM pair"));
    ASSERT_TRUE(row.step());
    EXPECT_EQ(row.text("only"), "x");
}

}  // namespace sqlite_test
}  // namespace spineseg
