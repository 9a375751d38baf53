// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhook_signature.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "core/digest.h"
#include "plugin/http/base64.h"

namespace spineseg {
namespace {

constexpr std::size_t kBlock = 64;  ///< of SHA-256, bytes
constexpr std::size_t kLeastSecret = 24;
constexpr std::size_t kMostSecret = 256;
constexpr std::string_view kEncodedSecret = "whsec_";

std::string_view as_text(const std::array<std::uint8_t, 32>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

}  // namespace

std::array<std::uint8_t, 32> hmac_sha256(std::string_view key, std::string_view text) {
    std::string block(key);
    if (block.size() > kBlock) block = as_text(Sha256().update(key).digest());
    block.resize(kBlock, '\0');
    std::string inner = block, outer = block;
    for (char& c : inner) c = static_cast<char>(c ^ 0x36);
    for (char& c : outer) c = static_cast<char>(c ^ 0x5c);
    const auto first = Sha256().update(std::string_view(inner)).update(text).digest();
    return Sha256().update(std::string_view(outer)).update(as_text(first)).digest();
}

Result<std::string> read_webhook_secret(const std::filesystem::path& file) {
    const auto wrong = [&](const std::string& why) {
        return failure(ErrorCode::invalid_configuration,
                       "SpineSeg.Webhooks.SecretFile: " + file.string() + " " + why);
    };
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return wrong("cannot be read");
    std::string text(2 * kMostSecret, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!stream.eof()) return wrong("is too long for a key");
    text.resize(static_cast<std::size_t>(stream.gcount()));
    text = without_line_end(std::move(text));
    if (text.starts_with(kEncodedSecret)) {
        auto bytes = from_base64(std::string_view(text).substr(kEncodedSecret.size()));
        if (!bytes) return wrong("holds no base64 behind \"whsec_\"");
        text = std::move(*bytes);
    }
    if (text.size() < kLeastSecret || text.size() > kMostSecret)
        return wrong("must hold a key of 24 to 256 bytes, for example of: openssl rand -base64 32");
    return text;
}

std::string webhook_signature(std::string_view key, std::string_view id, std::int64_t seconds,
                              std::string_view body) {
    std::string content(id);
    content += "." + std::to_string(seconds) + ".";
    content += body;
    return "v1," + to_base64(hmac_sha256(key, content));
}

}  // namespace spineseg
