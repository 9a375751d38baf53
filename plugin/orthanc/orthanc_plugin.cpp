// SPDX-License-Identifier: GPL-3.0-or-later
/// The edge: the four entry points of Orthanc's SDK and the callbacks behind them. Owns the one Service
/// between Initialize and Finalize. No exception passes any of these functions; the change callback only
/// queues.
#include <orthanc/OrthancCPlugin.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <string>

#include "config/settings.h"
#include "plugin/http/query_text.h"
#include "plugin/http/registered_users.h"
#include "plugin/orthanc/orthanc_archive.h"
#include "plugin/orthanc/orthanc_buffer.h"
#include "plugin/orthanc/orthanc_log.h"
#include "plugin/orthanc/orthanc_properties.h"
#include "plugin/orthanc/version.h"
#include "plugin/rest/web_pages.h"
#include "plugin/service/service.h"
#include "plugin/workers/installed_models.h"

namespace spineseg {
namespace {

constexpr int kFailed = -1;

struct Plugin {
    explicit Plugin(OrthancPluginContext* c) : context(c), archive(c), log(c) {}
    OrthancPluginContext* context;
    OrthancArchive archive;
    OrthancLog log;
    bool passwords_checked = false;  ///< set before the routes are registered
    std::unique_ptr<Service> service;
};

/// Of the HTTP request that this thread answers. The request that a REST callback gets does not name its client; the
/// filter, which Orthanc calls before it on the same thread, does. A call from within Orthanc (Lua, another plugin)
/// is not filtered: it has the address of the request that caused it, or none.
thread_local std::string client_address;

/// The SDK's callbacks carry no pointer of ours. Written in Initialize and Finalize only, before and after
/// all threads.
std::unique_ptr<Plugin> the_plugin;

/// Runs what a C caller asked for. What it throws is logged and becomes `otherwise`.
template <typename Value, typename Body>
Value guarded(const char* where, Value otherwise, Body body) noexcept {
    try {
        return body();
    } catch (const std::exception& e) {
        try {
            if (the_plugin) the_plugin->log.error(std::string(where) + " failed: " + e.what());
        } catch (...) {  // no memory even for the log line: nothing is left to say it with
        }
    } catch (...) {
        if (the_plugin) OrthancPluginLogError(the_plugin->context, where);
    }
    return otherwise;
}

HttpRequest request_of(const char* url, const OrthancPluginHttpRequest& from) {
    HttpRequest request;
    request.path = url;
    switch (from.method) {
        case OrthancPluginHttpMethod_Get:
            request.method = HttpMethod::get;
            break;
        case OrthancPluginHttpMethod_Post:
            request.method = HttpMethod::post;
            break;
        case OrthancPluginHttpMethod_Put:
            request.method = HttpMethod::put;
            break;
        default:
            request.method = HttpMethod::del;
            break;
    }
    for (std::uint32_t i = 0; i < from.getCount; ++i)
        request.query[query_text(from.getKeys[i])] = query_text(from.getValues[i]);
    for (std::uint32_t i = 0; i < from.headersCount; ++i) {
        std::string name = from.headersKeys[i];
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        request.headers[name] = from.headersValues[i];
    }
    if (from.body != nullptr) request.body.assign(static_cast<const char*>(from.body), from.bodySize);
    request.address = client_address;
    request.passwords_checked = the_plugin->passwords_checked;
    return request;
}

/// Orthanc 1.10 knows no 429: it would close the connection without an answer. The body says 429 all the same.
std::uint16_t sendable(int status) {
    return status == 429 ? 503 : static_cast<std::uint16_t>(status);
}

void send(OrthancPluginRestOutput* output, const HttpResponse& response) {
    auto* context = the_plugin->context;
    for (const auto& [name, value] : response.headers)
        OrthancPluginSetHttpHeader(context, output, name.c_str(), value.c_str());
    if (response.status == 405) {  // nothing else sends it; the headers above do not go with it
        OrthancPluginSendMethodNotAllowed(context, output, response.allow.c_str());
        return;
    }
    const auto size = static_cast<std::uint32_t>(response.body.size());
    if (response.status == 200) {
        OrthancPluginAnswerBuffer(context, output, response.body.data(), size, response.content_type.c_str());
        return;
    }
    if (response.status == 503) OrthancPluginSetHttpHeader(context, output, "Retry-After", "2");
    OrthancPluginSetHttpHeader(context, output, "Content-Type", response.content_type.c_str());
    OrthancPluginSendHttpStatus(context, output, sendable(response.status), response.body.data(), size);
}

OrthancPluginErrorCode on_rest(OrthancPluginRestOutput* output, const char* url,
                               const OrthancPluginHttpRequest* request) noexcept {
    return guarded("a REST route", OrthancPluginErrorCode_Plugin, [&] {
        send(output, the_plugin->service->answer(request_of(url, *request)));
        return OrthancPluginErrorCode_Success;
    });
}

/// Refuses nothing: it only learns where the request comes from.
std::int32_t on_filter(OrthancPluginHttpMethod, const char*, const char* ip, std::uint32_t,
                       const char* const*, const char* const*, std::uint32_t, const char* const*,
                       const char* const*) noexcept {
    try {
        client_address = ip == nullptr ? "" : ip;
    } catch (const std::bad_alloc&) {  // the journal lacks an address, and that is all
    }
    return 1;
}

OrthancPluginErrorCode on_change(OrthancPluginChangeType change, OrthancPluginResourceType resource,
                                 const char* id) noexcept {
    return guarded("the change callback", OrthancPluginErrorCode_Plugin, [&] {
        Service& service = *the_plugin->service;
        if (change == OrthancPluginChangeType_OrthancStarted) service.start();
        // Here Orthanc is whole yet, and no call of ours can be under way any more when it begins to take
        // itself apart.
        if (change == OrthancPluginChangeType_OrthancStopped) service.stop();
        if (change == OrthancPluginChangeType_NewInstance && id != nullptr) service.instance_arrived(id);
        if (resource == OrthancPluginResourceType_Instance && id != nullptr &&
            change == OrthancPluginChangeType_Deleted)
            service.instance_was_deleted(id);
        if (resource == OrthancPluginResourceType_Series && id != nullptr) {
            if (change == OrthancPluginChangeType_StableSeries) service.series_is_stable(id);
            if (change == OrthancPluginChangeType_Deleted) service.series_was_deleted(id);
        }
        return OrthancPluginErrorCode_Success;
    });
}

/// Orthanc's own page of metrics is being asked for.
void on_metrics() noexcept {
    guarded("the metrics", false, [] {
        for (const auto& [name, value] : the_plugin->service->gauges())
            OrthancPluginSetMetricsValue(the_plugin->context, name.c_str(), static_cast<float>(value),
                                         OrthancPluginMetricsType_Default);
        return true;
    });
}

/// What of Orthanc's configuration concerns us.
struct Configuration {
    std::string section;  ///< "SpineSeg", as text; empty when absent
    std::filesystem::path index_directory;
    StorageFolder storage;
    std::chrono::seconds stable_age{60};
    int long_polls = LongPolls::kMost;
    bool passwords_checked = false;
    bool open_to_others = false;
    OutgoingHttp http;
    Result<void> users;  ///< whether all have passwords of their own
};

Configuration read_configuration(OrthancPluginContext* context) {
    const OrthancString text(context, OrthancPluginGetConfiguration(context));
    const auto parsed = nlohmann::json::parse(text.view(), nullptr, false);
    Configuration configuration;
    if (!parsed.is_object()) return configuration;
    if (parsed.contains("SpineSeg")) configuration.section = parsed["SpineSeg"].dump();
    const auto storage = parsed.value("StorageDirectory", std::string("OrthancStorage"));
    configuration.index_directory = std::filesystem::absolute(parsed.value("IndexDirectory", storage));
    configuration.storage = {std::filesystem::absolute(storage), parsed.value("StorageCompression", false)};
    const int age = parsed.value("StableAge", 60);
    if (age > 0) configuration.stable_age = std::chrono::seconds(age);  // Orthanc reads 0 and below as 60
    // A quarter of Orthanc's threads at most.
    const int threads = parsed.value("HttpThreadsCount", 50);
    configuration.long_polls = std::clamp(threads / 4, 1, LongPolls::kMost);
    configuration.passwords_checked = asks_for_passwords(parsed);
    configuration.open_to_others = parsed.value("RemoteAccessAllowed", false);
    configuration.http = {parsed.value("HttpsCACertificates", std::string()),
                          parsed.value("HttpProxy", std::string()), parsed.value("HttpsVerifyPeers", true)};
    configuration.users = check_registered_users(parsed);
    return configuration;
}

Result<EligibilityRules> rules_of(const Settings& settings) {
    const auto& shipped = EligibilityRules::shipped();
    return settings.rules_json.empty() ? Result<EligibilityRules>(shipped)
                                       : shipped.with_site_changes(settings.rules_json);
}

Result<std::unique_ptr<Service>> make_service(Plugin& plugin, const Settings& settings,
                                              const Configuration& configuration) {
    auto rules = rules_of(settings);
    if (!rules) return failure(rules.error());
    std::filesystem::create_directories(settings.socket.parent_path());
    std::filesystem::create_directories(settings.database.parent_path());
    return Service::create({.archive = plugin.archive,
                            .log = plugin.log,
                            .settings = settings,
                            .rules = std::move(*rules),
                            .stable_age = configuration.stable_age,
                            .installed_models = installed_model_folders(),
                            .version = kVersion,
                            .archive_version = [&plugin] { return plugin.archive.version(); },
                            .long_polls = configuration.long_polls,
                            .gate = nullptr,
                            .http = configuration.http,
                            .storage_folder = configuration.storage.path});
}

void register_with(OrthancPluginContext* context, const Service& service, const std::string& root) {
    set_root_uri(context, (root + "app").c_str());
    extend_orthanc_explorer(context, explorer_button(root).c_str());
    for (const auto& pattern : service.route_patterns())
        OrthancPluginRegisterRestCallbackNoLock(context, pattern.c_str(), on_rest);
    OrthancPluginRegisterIncomingHttpRequestFilter2(context, on_filter);
    OrthancPluginRegisterOnChangeCallback(context, on_change);
    OrthancPluginRegisterRefreshMetricsCallback(context, on_metrics);
}

int refuse(const Error& why) {
    the_plugin->log.error(why.describe());
    the_plugin.reset();
    return kFailed;
}

int initialize(OrthancPluginContext* context) {
    if (OrthancPluginCheckVersionAdvanced(context, 1, 10, 1) == 0) {
        OrthancPluginLogError(context, "spineseg: needs Orthanc 1.10.1 or later");
        return kFailed;
    }
    the_plugin = std::make_unique<Plugin>(context);
    set_description(context, "Segments lumbar spine MRI on arrival. Research use only.");
    const auto configuration = read_configuration(context);
    const auto settings = Settings::parse(configuration.section, configuration.index_directory);
    if (!settings) return refuse(settings.error());
    if (!settings->enable) {
        the_plugin->log.warning("switched off by SpineSeg.Enable");
        return 0;
    }
    if (!configuration.users && settings->require_users) return refuse(configuration.users.error());
    if (!configuration.users && configuration.open_to_others)
        the_plugin->log.error("other machines may use Orthanc: " + configuration.users.error().detail);
    the_plugin->archive.set_storage(configuration.storage);
    auto service = make_service(*the_plugin, *settings, configuration);
    if (!service) return refuse(service.error());
    the_plugin->service = std::move(*service);
    the_plugin->passwords_checked = configuration.passwords_checked;
    register_with(context, *the_plugin->service, settings->root);
    return 0;
}

}  // namespace
}  // namespace spineseg

extern "C" {

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
    using namespace spineseg;
    const int failed = kFailed;
    return guarded("the start", failed, [&] { return initialize(context); });
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize() {
    using namespace spineseg;
    guarded("the end", false, [] {
        if (the_plugin && the_plugin->service) the_plugin->service->stop();
        the_plugin.reset();
        return true;
    });
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetName() {
    return "spineseg";
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion() {
    return spineseg::kVersion;
}
}
