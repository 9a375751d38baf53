// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/curl_poster.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

namespace spineseg {
namespace {

constexpr auto kLongestConnect = std::chrono::milliseconds(5000);
constexpr std::size_t kMostAnswer = 64 * 1024;

struct EndCurl {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlHandle = std::unique_ptr<CURL, EndCurl>;
using CurlList = std::unique_ptr<curl_slist, FreeList>;

CurlList header_list(const HttpPost& request) {
    // No "Expect: 100-continue": the body is small.
    CurlList list(curl_slist_append(nullptr, "Expect:"));
    for (const auto& [name, value] : request.headers) {
        curl_slist* longer = curl_slist_append(list.get(), (name + ": " + value).c_str());
        if (longer == nullptr) return nullptr;
        static_cast<void>(list.release());  // it is the head of `longer`
        list.reset(longer);
    }
    return list;
}

/// Reads what the server answers and drops it; an answer that does not end is broken off.
std::size_t drop_answer(char*, std::size_t size, std::size_t count, void* received) {
    auto& bytes = *static_cast<std::size_t*>(received);
    bytes += size * count;
    return bytes > kMostAnswer ? 0 : size * count;
}

/// Other than 0: breaks the call off.
int ask_whether_to_stop(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

}  // namespace

CurlPoster::CurlPoster(OutgoingHttp plan, std::chrono::milliseconds longest)
    : plan_(std::move(plan)), longest_(longest) {
    curl_global_init(CURL_GLOBAL_ALL);  // counted, and Orthanc has done so too
}

CurlPoster::~CurlPoster() {
    curl_global_cleanup();
}

Result<int> CurlPoster::post(const HttpPost& request) {
    const CurlHandle handle(curl_easy_init());
    const CurlList headers = header_list(request);
    if (!handle || !headers) return failure(ErrorCode::out_of_memory, "no memory for a call over HTTP");
    CURL* curl = handle.get();
    std::array<char, CURL_ERROR_SIZE> why{};
    std::size_t received = 0;
    curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, plan_.proxy.c_str());
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, plan_.verify_peers ? 1L : 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, plan_.verify_peers ? 2L : 0L);
    if (!plan_.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, plan_.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(longest_.count()));
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::min(longest_, kLongestConnect).count()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &drop_answer);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &received);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, &ask_whether_to_stop);
    curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stopping_);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why.data());
    const CURLcode code = curl_easy_perform(curl);
    if (stopping_) return failure(ErrorCode::canceled, "the plugin stops");
    if (code != CURLE_OK)
        return failure(ErrorCode::internal, why[0] != '\0' ? why.data() : curl_easy_strerror(code));
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    return static_cast<int>(status);
}

}  // namespace spineseg
