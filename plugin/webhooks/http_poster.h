// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A POST to another server. Blocks; for a thread of its own.

#include <string>
#include <utility>
#include <vector>

#include "core/result.h"

namespace spineseg {

struct HttpPost {
    std::string url;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

class HttpPoster {
  public:
    virtual ~HttpPoster() = default;
    /// The status that the server answers with; the body of its answer is dropped. `canceled` when the poster is being
    /// stopped; any other error says why there is no answer, without user, password or query of the address.
    virtual Result<int> post(const HttpPost& request) = 0;
};

}  // namespace spineseg
