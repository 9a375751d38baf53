// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/wire/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/wire/message_json.h"
#include "tests/core/wire/sample_messages.h"

namespace spineseg::wire {
namespace frame_test {

std::vector<std::uint8_t> raw_frame(const std::string& header, const std::string& body = "") {
    std::vector<std::uint8_t> frame;
    const auto u32 = [&](std::size_t v) {
        for (int s = 0; s < 32; s += 8) frame.push_back(static_cast<std::uint8_t>(v >> s));
    };
    u32(4 + header.size() + body.size());
    u32(header.size());
    frame.insert(frame.end(), header.begin(), header.end());
    frame.insert(frame.end(), body.begin(), body.end());
    return frame;
}

Result<std::optional<Message>> parse(const std::vector<std::uint8_t>& bytes) {
    FrameParser parser;
    parser.feed(bytes);
    return parser.next();
}

void expect_violation(const std::string& header, const std::string& part_of_detail) {
    const auto message = parse(raw_frame(header));
    ASSERT_FALSE(message) << header;
    EXPECT_EQ(message.error().code, ErrorCode::protocol_violation) << header;
    EXPECT_THAT(message.error().detail, testing::HasSubstr(part_of_detail)) << header;
}

TEST(Frame, EveryMessageSurvivesTheRoundTrip) {
    for (const Message& message : sample_messages()) {
        const auto back = parse(encode(message));
        ASSERT_TRUE(back) << name_of(message) << back.error().describe();
        ASSERT_TRUE(*back) << name_of(message);
        EXPECT_TRUE(**back == message) << name_of(message);
    }
}

TEST(Frame, EveryAlternativeIsInTheSample) {
    std::vector<bool> seen(std::variant_size_v<Message>, false);
    for (const Message& message : sample_messages()) seen[message.index()] = true;
    EXPECT_THAT(seen, testing::Each(true));
}

TEST(Frame, BytesOnTheWireAreTheDocumentedOnes) {
    const auto frame = encode(NoWork{250});
    const std::string header = R"({"retry_ms":250,"type":"no_work"})";
    EXPECT_EQ(frame, raw_frame(header));
    EXPECT_EQ(frame[0], 4 + header.size());  // little endian
    EXPECT_EQ(frame[4], header.size());
}

TEST(Frame, MessagesArriveInOrderHoweverTheStreamIsCut) {
    std::vector<std::uint8_t> stream;
    const auto sent = sample_messages();
    for (const Message& message : sent) {
        const auto frame = encode(message);
        stream.insert(stream.end(), frame.begin(), frame.end());
    }
    for (const std::size_t chunk : {std::size_t{1}, std::size_t{3}, std::size_t{64}, stream.size()}) {
        FrameParser parser;
        std::vector<Message> got;
        for (std::size_t at = 0; at < stream.size(); at += chunk) {
            parser.feed(std::span(stream).subspan(at, std::min(chunk, stream.size() - at)));
            while (true) {
                auto message = parser.next();
                ASSERT_TRUE(message) << message.error().describe();
                if (!*message) break;
                got.push_back(std::move(**message));
            }
        }
        EXPECT_TRUE(got == sent) << "chunks of " << chunk;
    }
}

TEST(Frame, LengthsAreCheckedBeforeTheBytesArrive) {
    EXPECT_EQ(parse({3, 0, 0, 0}).error().code, ErrorCode::protocol_violation);              // no room
    EXPECT_EQ(parse({0xff, 0xff, 0xff, 0xff}).error().code, ErrorCode::protocol_violation);  // 4 GiB
    EXPECT_EQ(parse({8, 0, 0, 0, 9, 0, 0, 0}).error().code, ErrorCode::protocol_violation);  // header > frame
    EXPECT_EQ(parse({0, 0, 0, 0x10, 1, 0, 0x40, 0}).error().code,
              ErrorCode::protocol_violation);  // header > 4 MiB
    const auto whole = parse({0, 0, 0, 0x10, 1, 0, 0, 0});
    ASSERT_TRUE(whole);
    EXPECT_FALSE(*whole);  // a legal beginning: wait
}

TEST(Frame, ASmallerLimitOfTheSessionHolds) {
    FrameParser parser(100);
    parser.feed(encode(StoreResult{"j", 1, sample_result_object(), std::vector<std::uint8_t>(200)}));
    EXPECT_EQ(parser.next().error().code, ErrorCode::protocol_violation);
}

TEST(Frame, HeadersAreReadStrictly) {
    expect_violation("", "not valid JSON");
    expect_violation("[]", "must be a JSON object");
    expect_violation("{}", "names no message type");
    expect_violation(R"({"type":7})", "names no message type");
    expect_violation(R"({"type":"reboot"})", "unknown message type");
    expect_violation(R"({"type":"ack"} {})", "not valid JSON");
    expect_violation(R"({"type":"ack","why":1})", "ack.why");
    expect_violation(R"({"type":"ack","type":"ack"})", "twice");
    expect_violation(R"({"type":"no_work"})", "no_work.retry_ms: is missing");
    expect_violation(R"({"type":"no_work","retry_ms":1.5})", "whole number");
    expect_violation(R"({"type":"no_work","retry_ms":-1})", "outside");
    expect_violation(R"({"type":"no_work","retry_ms":99999999999999999999})", "whole number");
    expect_violation(R"({"type":"cancel","job":null})", "must be a text");
    expect_violation(R"({"type":"cancel","job":")" + std::string(300, 'x') + "\"}", "longer than");
    expect_violation(R"({"type":"cancel","job":"a\u0000b"})", "NUL");
    expect_violation("{\"type\":\"cancel\",\"job\":\"\xff\"}", "not valid JSON");
    expect_violation(R"({"type":"cancel","job":)" + std::string(50, '[') + std::string(50, ']') + "}",
                     "too deeply");
    expect_violation(
        R"({"type":"renew","job":"j","epoch":1,"counter":0,"progress":{"stage":"lunch","fraction":0}})",
        "renew.progress.stage");
    expect_violation(
        R"({"type":"renew","job":"j","epoch":1,"counter":0,"progress":{"stage":"writing","fraction":2}})",
        "outside");
    expect_violation(
        R"({"type":"device_report","device":"cpu","precision":"float32","self_test":{"state":"fine","detail":""}})",
        "device_report.self_test.state");
    expect_violation(R"({"type":"refused","error":{"code":"bad_mood","detail":""}})", "refused.error.code");
}

// A worker's name or device with a line break wrote a forged line into Orthanc's log.
TEST(Frame, NamesThatCannotBePrintedAreRefusedAndSentencesAreEscaped) {
    for (const std::string broken : {"a\\nb", "\\u001b[31m", "\\u202e"}) {
        expect_violation(R"({"type":"hello","protocol":1,"worker":")" + broken +
                             R"(","version":"1","model_id":"m","model_digest":"d"})",
                         "hello.worker: holds characters that cannot be printed");
        expect_violation(R"({"type":"device_report","device":")" + broken +
                             R"(","precision":"float32","self_test":{"state":"passed","detail":""}})",
                         "device_report.device");
    }
    const auto report = parse(raw_frame(
        R"({"type":"device_report","device":"cpu","precision":"float32","self_test":{"state":"failed","detail":"a\nE forged"}})"));
    ASSERT_TRUE(report) << report.error().describe();
    EXPECT_EQ(std::get<DeviceReport>(**report).self_test.detail, "a\\nE forged");
    const auto refused =
        parse(raw_frame(R"({"type":"refused","error":{"code":"internal","detail":"a\u001b[2Jb"}})"));
    ASSERT_TRUE(refused) << refused.error().describe();
    EXPECT_EQ(std::get<Refused>(**refused).error.detail, "a\\x1b[2Jb");
}

// One message of 3,000,000 bytes became an error of that length.
TEST(Frame, AnErrorQuotesLittleOfAForeignMessage) {
    for (const auto& header : {"{\"type\":\"ack\",\"" + std::string(1'000'000, 'k') + "\\n\":1}",
                               "{\"type\":\"ack\",\"" + std::string(1'000'000, 'k') + "\":1,\"" +
                                   std::string(1'000'000, 'k') + "\":1}"}) {
        const auto message = parse(raw_frame(header));
        ASSERT_FALSE(message);
        EXPECT_LT(message.error().detail.size(), 200u);
    }
}

TEST(Frame, AnOutcomeMustMakeSense) {
    const auto complete = [](const std::string& outcome) {
        return R"({"type":"complete","job":"j","epoch":1,"outcome":{"results":[],)" + outcome + "}}";
    };
    expect_violation(complete(R"("state":"queued","summary_json":"")"), "done, rejected or failed");
    expect_violation(complete(R"("state":"failed","summary_json":"")"), "every outcome but done");
    expect_violation(complete(R"("state":"done","summary_json":"","error":{"code":"internal","detail":""})"),
                     "every outcome but done");
    expect_violation(complete(R"("state":"done","summary_json":"[1]")"), "summary_json");
}

TEST(Frame, OnlyMessagesThatCarryDicomMayHaveABody) {
    const auto message = parse(raw_frame(R"({"type":"ack"})", "x"));
    ASSERT_FALSE(message);
    EXPECT_EQ(message.error().code, ErrorCode::protocol_violation);
}

TEST(Frame, ALongOrBrokenDetailDoesNotBreakTheSession) {
    const Refused refused{{ErrorCode::internal, std::string(100'000, '\xff') + '\0'}};
    const auto back = parse(encode(refused));
    ASSERT_TRUE(back) << back.error().describe();
    EXPECT_EQ(std::get<Refused>(**back).error.code, ErrorCode::internal);
}

/// A plugin cannot make a worker read the fat images of a Dixon series.
TEST(Frame, AWordThatNamesNoAnatomyBreaksTheProtocol) {
    LeaseGranted lease;
    lease.lease_ms = 1;
    lease.image_words.anatomy = {"FAT"};
    const auto back = parse(encode(lease));
    ASSERT_FALSE(back);
    EXPECT_EQ(back.error().code, ErrorCode::protocol_violation);
    EXPECT_NE(back.error().detail.find("image_words"), std::string::npos) << back.error().detail;
}

TEST(Frame, AMessageThatThePeerWouldRefuseIsNotEncoded) {
    LeaseGranted lease;
    lease.instances.assign(20'000, std::string(256, 'i'));
    EXPECT_THROW(encode(lease), std::length_error);
}

}  // namespace frame_test
}  // namespace spineseg::wire
