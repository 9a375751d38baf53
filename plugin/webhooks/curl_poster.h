// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// HttpPoster by libcurl. Orthanc's own HTTP client is not used because it follows redirects and cannot be interrupted.
/// Redirects are not followed, certificates are checked, and a call ends after kLongestPost. Several threads may call.

#include <atomic>
#include <chrono>
#include <string>

#include "plugin/webhooks/http_poster.h"

namespace spineseg {

/// As Orthanc's configuration has it.
struct OutgoingHttp {
    std::string ca_file;       ///< "HttpsCACertificates"; empty: those of the system
    std::string proxy;         ///< "HttpProxy"; empty: none, whatever the environment says
    bool verify_peers = true;  ///< "HttpsVerifyPeers"
};

class CurlPoster final : public HttpPoster {
  public:
    static constexpr auto kLongestPost = std::chrono::seconds(10);

    /// `longest` is for tests.
    explicit CurlPoster(OutgoingHttp plan, std::chrono::milliseconds longest = kLongestPost);
    ~CurlPoster() override;
    CurlPoster(const CurlPoster&) = delete;
    CurlPoster& operator=(const CurlPoster&) = delete;

    Result<int> post(const HttpPost& request) override;
    /// Calls under way end within a second, unless they wait for the name server; later ones end at once.
    void stop() { stopping_ = true; }

  private:
    const OutgoingHttp plan_;
    const std::chrono::milliseconds longest_;
    std::atomic<bool> stopping_{false};
};

}  // namespace spineseg
