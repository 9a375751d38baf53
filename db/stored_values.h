// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Small durable values by name: the position in Orthanc's change log, the last known model. Part of JobStore's
/// database and its connection; any thread may call. Fails with database_unavailable when SQLite does.

#include <memory>
#include <optional>
#include <string>

#include "core/result.h"

namespace spineseg {

namespace sqlite {
class StoreConnection;
}

class StoredValues {
  public:
    explicit StoredValues(std::shared_ptr<sqlite::StoreConnection> connection);

    Result<void> set(const std::string& key, const std::string& value);
    Result<std::optional<std::string>> get(const std::string& key);

  private:
    std::shared_ptr<sqlite::StoreConnection> connection_;
};

}  // namespace spineseg
