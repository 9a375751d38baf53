// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/http/registered_users.h"

#include <nlohmann/json.hpp>

#include "core/printable_text.h"

namespace spineseg {
namespace {

using nlohmann::json;

tl::unexpected<Error> refused(const std::string& why) {
    return failure(ErrorCode::invalid_configuration,
                   why +
                       ". Name each user with a password of his own in Orthanc's configuration: "
                       "\"RegisteredUsers\": {\"NAME\": \"PASSWORD\"}");
}

bool flag_in(const json& configuration, const char* key, bool otherwise) {
    const auto found = configuration.find(key);
    return found != configuration.end() && found->is_boolean() ? found->get<bool>() : otherwise;
}

}  // namespace

bool asks_for_passwords(const json& configuration) {
    if (!configuration.is_object()) return false;
    return flag_in(configuration, "AuthenticationEnabled",
                   flag_in(configuration, "RemoteAccessAllowed", false));
}

Result<void> check_registered_users(const json& configuration) {
    if (!asks_for_passwords(configuration))
        return refused("Orthanc asks nobody for a password (AuthenticationEnabled)");
    const auto users = configuration.find("RegisteredUsers");
    if (users == configuration.end() || !users->is_object() || users->empty())
        return refused(
            "RegisteredUsers names nobody, so Orthanc would let in the user \"orthanc\" with the password \"orthanc\"");
    for (const auto& [name, password] : users->items()) {
        const auto* text = password.get_ptr<const std::string*>();
        if (text == nullptr || text->empty() || *text == name)
            return refused("the password of the user " + in_quotes(name) +
                           " is empty or the user's own name");
    }
    return {};
}

}  // namespace spineseg
