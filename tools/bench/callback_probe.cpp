// SPDX-License-Identifier: GPL-3.0-or-later
/// A plugin of Orthanc that loads another plugin and measures how long each call of its change callback takes. So the
/// product needs no instrument. Environment: SPINESEG_PROBED_PLUGIN names the other plugin, SPINESEG_PROBE_OUT the file
/// that is written when Orthanc stops: a line "CHANGE NANOSECONDS" for each call, in the order in which they ended.

#include <dlfcn.h>
#include <orthanc/OrthancCPlugin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Call {
    std::int32_t change;
    std::int64_t nanoseconds;
};
constexpr std::size_t kMostCalls = 1'000'000;  // later ones are not noted

struct Probe {
    OrthancPluginContext context;  ///< as the other plugin sees it
    OrthancPluginContext* orthanc = nullptr;
    OrthancPluginOnChangeCallback callback = nullptr;
    void* library = nullptr;
    std::vector<Call> calls{kMostCalls};
    std::atomic<std::size_t> count{0};
};
Probe* the_probe = nullptr;

OrthancPluginErrorCode on_change(OrthancPluginChangeType change, OrthancPluginResourceType resource,
                                 const char* id) {
    const auto start = std::chrono::steady_clock::now();
    const auto code = the_probe->callback(change, resource, id);
    const auto took = std::chrono::steady_clock::now() - start;
    const auto place = the_probe->count.fetch_add(1);
    if (place < kMostCalls) the_probe->calls[place] = {change, std::chrono::nanoseconds(took).count()};
    return code;
}

/// Passes everything on, but for the change callback, in whose place ours is registered.
OrthancPluginErrorCode invoke(OrthancPluginContext*, _OrthancPluginService service, const void* parameters) {
    Probe& probe = *the_probe;
    if (service != _OrthancPluginService_RegisterOnChangeCallback)
        return probe.orthanc->InvokeService(probe.orthanc, service, parameters);
    probe.callback = static_cast<const _OrthancPluginOnChangeCallback*>(parameters)->callback;
    const _OrthancPluginOnChangeCallback ours{on_change};
    return probe.orthanc->InvokeService(probe.orthanc, service, &ours);
}

template <typename Function>
Function entry(const char* name) {
    return reinterpret_cast<Function>(dlsym(the_probe->library, name));
}

void write_calls() {
    const char* path = std::getenv("SPINESEG_PROBE_OUT");
    std::FILE* file = path == nullptr ? nullptr : std::fopen(path, "w");
    if (file == nullptr) return;
    const std::size_t count = std::min(the_probe->count.load(), kMostCalls);
    for (std::size_t i = 0; i < count; ++i)
        std::fprintf(file, "%d %lld\n", the_probe->calls[i].change,
                     static_cast<long long>(the_probe->calls[i].nanoseconds));
    std::fclose(file);
}

}  // namespace

extern "C" {

ORTHANC_PLUGINS_API int32_t OrthancPluginInitialize(OrthancPluginContext* context) {
    the_probe = new Probe;
    the_probe->orthanc = context;
    the_probe->context = *context;
    the_probe->context.InvokeService = invoke;
    const char* path = std::getenv("SPINESEG_PROBED_PLUGIN");
    the_probe->library = path == nullptr ? nullptr : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const auto initialize = the_probe->library == nullptr
                                ? nullptr
                                : entry<int32_t (*)(OrthancPluginContext*)>("OrthancPluginInitialize");
    if (initialize == nullptr) {
        OrthancPluginLogError(context, "callback_probe: SPINESEG_PROBED_PLUGIN names no plugin");
        return -1;
    }
    return initialize(&the_probe->context);
}

ORTHANC_PLUGINS_API void OrthancPluginFinalize() {
    if (const auto finalize = entry<void (*)()>("OrthancPluginFinalize")) finalize();
    write_calls();
}

// The other plugin registers its routes and settings under its own name.
ORTHANC_PLUGINS_API const char* OrthancPluginGetName() {
    return "spineseg";
}

ORTHANC_PLUGINS_API const char* OrthancPluginGetVersion() {
    return "probe";
}
}
