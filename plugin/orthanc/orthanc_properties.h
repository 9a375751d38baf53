// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What the plugin tells Orthanc about itself (an edge file), the same for the SDKs of 1.10.1 to 1.12.7. Call these in
/// OrthancPluginInitialize only.
///
/// OrthancPluginSetRootUri and its like are deprecated in the SDK of 1.12.7, and the functions that replace them are not in
/// the older SDKs. All of them make the service call that stands here.

#include <orthanc/OrthancCPlugin.h>

namespace spineseg {

inline void set_property(OrthancPluginContext* context, _OrthancPluginProperty property, const char* value) {
    _OrthancPluginSetPluginProperty arguments;
    arguments.plugin = OrthancPluginGetName();
    arguments.property = property;
    arguments.value = value;
    context->InvokeService(context, _OrthancPluginService_SetPluginProperty, &arguments);
}

/// Where Orthanc's page of plugins links to.
inline void set_root_uri(OrthancPluginContext* context, const char* uri) {
    set_property(context, _OrthancPluginProperty_RootUri, uri);
}

/// One sentence for Orthanc's page of plugins.
inline void set_description(OrthancPluginContext* context, const char* text) {
    set_property(context, _OrthancPluginProperty_Description, text);
}

/// JavaScript that Orthanc Explorer runs.
inline void extend_orthanc_explorer(OrthancPluginContext* context, const char* javascript) {
    set_property(context, _OrthancPluginProperty_OrthancExplorer, javascript);
}

}  // namespace spineseg
