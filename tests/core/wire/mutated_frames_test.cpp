// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <random>

#include "core/wire/frame.h"
#include "tests/core/wire/sample_messages.h"

namespace spineseg::wire {
namespace mutated_frames_test {

Result<std::optional<Message>> parse(const std::vector<std::uint8_t>& bytes) {
    FrameParser parser;
    parser.feed(bytes);
    return parser.next();
}

/// Changes a frame as a broken or hostile peer would; deterministic in the generator.
void mutate(std::vector<std::uint8_t>& bytes, std::mt19937& random) {
    const int changes = 1 + static_cast<int>(random() % 6);
    for (int i = 0; i < changes && !bytes.empty(); ++i) {
        const std::size_t at = random() % bytes.size();
        const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        static constexpr char kSyntax[] = "{}[]\",:0-9eE.\\utfn";
        switch (random() % 6) {
            case 0:
                bytes[at] = static_cast<std::uint8_t>(random());
                break;
            case 1:
                bytes[at] ^= static_cast<std::uint8_t>(1u << (random() % 8));
                break;
            case 2:
                bytes.erase(where, where + static_cast<std::ptrdiff_t>(random() % (bytes.size() - at)) / 4);
                break;
            case 3:
                bytes.insert(where, static_cast<std::uint8_t>(kSyntax[random() % (sizeof kSyntax - 1)]));
                break;
            case 4:
                bytes.resize(at);
                break;
            default:
                bytes.insert(bytes.end(), bytes.begin(), where);
                break;
        }
        // In half of the cases the length is corrected, so that the header parser is tested too.
        if (bytes.size() >= 8 && random() % 2 == 0) {
            const std::size_t length = bytes.size() - 4;
            for (int b = 0; b < 4; ++b)
                bytes[static_cast<std::size_t>(b)] = static_cast<std::uint8_t>(length >> 8 * b);
        }
    }
}

TEST(MutatedFrames, FiftyThousandMutatedFramesGiveAMessageAWaitOrAViolation) {
    std::mt19937 random(20261122);
    const auto messages = sample_messages();
    int violations = 0, waits = 0, accepted = 0;
    for (int i = 0; i < 50'000; ++i) {
        auto bytes = encode(messages[random() % messages.size()]);
        mutate(bytes, random);
        FrameParser parser;
        parser.feed(bytes);
        for (int step = 0; step < 8; ++step) {
            const auto message = parser.next();
            if (!message) {
                ASSERT_EQ(message.error().code, ErrorCode::protocol_violation);
                ASSERT_FALSE(message.error().detail.empty());
                ++violations;
                break;
            }
            if (!*message) {
                ++waits;
                break;
            }
            ++accepted;
            // What was accepted is within the bounds, hence can be said again.
            const auto again = parse(encode(**message));
            ASSERT_TRUE(again && *again) << name_of(**message);
            ASSERT_TRUE(**again == **message) << name_of(**message);
        }
    }
    EXPECT_GT(violations, 10'000);
    EXPECT_GT(waits, 1'000);
    EXPECT_GT(accepted, 1'000);
}

TEST(MutatedFrames, RandomBytesNeverGiveAMessage) {
    std::mt19937 random(7);
    for (int i = 0; i < 5'000; ++i) {
        std::vector<std::uint8_t> bytes(random() % 200);
        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
        const auto message = parse(bytes);
        ASSERT_TRUE(!message || !*message);
    }
}

}  // namespace mutated_frames_test
}  // namespace spineseg::wire
