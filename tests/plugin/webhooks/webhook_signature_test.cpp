// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/webhooks/webhook_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "plugin/http/base64.h"
#include "tests/support/temporary_folder.h"

namespace spineseg {
namespace webhook_signature_test {

std::string hex(const std::array<std::uint8_t, 32>& bytes) {
    std::string text;
    for (const auto byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        text += digits;
    }
    return text;
}

struct Vector {
    std::string key, text, expected;
};

// RFC 4231 section 4.
TEST(WebhookSignature, HmacIsThatOfTheRfcsVectors) {
    std::string counting;
    for (char c = 1; c <= 25; ++c) counting += c;
    const std::vector<Vector> vectors{
        {std::string(20, '\x0b'), "Hi There",
         "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
        {"Jefe", "what do ya want for nothing?",
         "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
        {std::string(20, '\xaa'), std::string(50, '\xdd'),
         "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"},
        {counting, std::string(50, '\xcd'),
         "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b"},
        {std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First",
         "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"},
        {std::string(131, '\xaa'),
         "This is a test using a larger than block-size key and a larger than block-size data. The key needs to be "
         "hashed before being used by the HMAC algorithm.",
         "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2"}};
    for (const auto& [key, text, expected] : vectors)
        EXPECT_EQ(hex(hmac_sha256(key, text)), expected) << text;
    EXPECT_TRUE(hex(hmac_sha256(std::string(20, '\x0c'), "Test With Truncation"))
                    .starts_with("a3b6167473100ee06e0c796c2955552b"));
}

// The example of the specification of Standard Webhooks.
TEST(WebhookSignature, IsThatOfStandardWebhooks) {
    const auto key = from_base64("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    ASSERT_TRUE(key);
    EXPECT_EQ(webhook_signature(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
              "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

class WebhookSecretTest : public testing::Test {
  protected:
    Result<std::string> read(const std::string& text) {
        std::ofstream(folder_.file("key"), std::ios::binary) << text;
        return read_webhook_secret(folder_.file("key"));
    }
    TemporaryFolder folder_;
};

TEST_F(WebhookSecretTest, IsTheFilesTextOrTheBytesThatItEncodes) {
    EXPECT_EQ(*read("twenty-four bytes of key\r\n"), "twenty-four bytes of key");
    EXPECT_EQ(read("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")->size(), 24u);
    EXPECT_EQ(*read(std::string(256, '\x01')), std::string(256, '\x01'));
}

TEST_F(WebhookSecretTest, ThatIsTooShortTooLongNoneOrAwayIsRefusedWithoutShowingIt) {
    for (const std::string text :
         {"", "\n", "twenty-three bytes key.", "whsec_c2hvcnQ=", "whsec_#########################"}) {
        const auto refused = read(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().code, ErrorCode::invalid_configuration);
        EXPECT_THAT(refused.error().detail, testing::HasSubstr(folder_.file("key")));
        EXPECT_THAT(refused.error().detail, testing::Not(testing::HasSubstr("twenty-three")));
    }
    EXPECT_FALSE(read(std::string(257, 'x')));
    EXPECT_FALSE(read(std::string(100'000, 'x')));
    EXPECT_FALSE(read_webhook_secret(folder_.file("absent")));
    EXPECT_FALSE(read_webhook_secret(folder_.path()));
}

}  // namespace webhook_signature_test
}  // namespace spineseg
