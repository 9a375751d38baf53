// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/checkpoint/pickle.h"

#include <gmock/gmock.h>

#include <optional>

#include "worker/inference/checkpoint/torch_vocabulary.h"

namespace spineseg {
namespace pickle_test {

using ::testing::HasSubstr;
using namespace std::string_literals;

/// One storage, "0", of eight bytes.
TorchVocabulary vocabulary() {
    return TorchVocabulary([](const std::string& key) -> std::optional<std::uint64_t> {
        if (key == "0") return 8;
        return std::nullopt;
    });
}

Result<Pickle> read(const std::string& bytes) {
    auto words = vocabulary();
    return read_pickle(bytes, words);
}

void expect_refused(const std::string& bytes, const std::string& reason) {
    const auto pickle = read(bytes);
    ASSERT_FALSE(pickle.has_value()) << reason;
    EXPECT_EQ(pickle.error().code, ErrorCode::file_unreadable);
    EXPECT_THAT(pickle.error().detail, HasSubstr(reason));
}

std::string text(const std::string& content) {
    return "X"s + static_cast<char>(content.size()) + "\0\0\0"s + content;
}

/// torch's persistent id of a storage, then its tensor of the size and stride given as pickled tuples.
std::string tensor(const std::string& count, const std::string& offset, const std::string& size,
                   const std::string& stride) {
    return "\x80\x02"s + "ctorch._utils\n_rebuild_tensor_v2\n((" + text("storage") +
           "ctorch\nFloatStorage\n" + text("0") + text("cpu") + count + "tQ" + offset + size + stride +
           "\x89" + "N" + "tR.";
}

TEST(Pickle, ReadsAValueThatIsReachedTwiceAsOne) {
    const auto pickle = read("\x80\x02]q\x00(K\x05h\x00"s + "e.");  // a list that holds 5 and itself
    ASSERT_TRUE(pickle.has_value()) << pickle.error().detail;
    const auto& list = std::get<PickleList>(pickle->root->value);
    ASSERT_EQ(list.items.size(), 2u);
    EXPECT_EQ(std::get<std::int64_t>(list.items[0]->value), 5);
    EXPECT_EQ(list.items[1], pickle->root);
}

TEST(Pickle, ReadsWholeNumbersOfEveryWidth) {
    const auto number = [](const std::string& bytes) {
        const auto pickle = read("\x80\x02"s + bytes + ".");
        return pickle ? std::get<std::int64_t>(pickle->root->value) : 0;
    };
    EXPECT_EQ(number("K\xff"s), 255);
    EXPECT_EQ(number("M\x01\x02"s), 513);
    EXPECT_EQ(number("J\xff\xff\xff\xff"s), -1);
    EXPECT_EQ(number("\x8a\x01\x80"s), -128);
    EXPECT_EQ(number("\x8a\x02\x80\x00"s), 128);
    EXPECT_EQ(number("\x8a\x00"s), 0);
}

TEST(Pickle, RefusesWhatIsNotItsOwn) {
    expect_refused("", "cut short");
    expect_refused("\x80\x03.", "protocol 2");
    expect_refused("\x80\x02.", "not one value");
    expect_refused("\x80\x02NN.", "not one value");
    expect_refused("\x80\x02(N.", "not one value");
    expect_refused("\x80\x02R.", "empty stack");
    expect_refused("\x80\x02N(K\x01\x85t.", "not one value");
    expect_refused("\x80\x02t.", "a mark is missing");
    expect_refused("\x80\x02h\x07.", "refers to value 7");
    expect_refused("\x80\x02X\xff\xff\xff\x7f", "cut short");
    expect_refused("\x80\x02Ns.", "empty stack");
    expect_refused("\x80\x02NNNs.", "no dict");
    expect_refused("\x80\x02NNa.", "no list");
    expect_refused("\x80\x02NNR.", "without a name");
    expect_refused("\x80\x02\x8a\x09"s + std::string(9, '\1') + ".", "64 bits");
    expect_refused("\x80\x02Z.", "opcode 0x5a");
}

TEST(Pickle, NeverCallsANameThatIsNotInItsVocabulary) {
    expect_refused("\x80\x02"s + "cposix\nsystem\n" + text("true") + "\x85R.", "\"posix system\"");
    expect_refused("\x80\x02"s + "cbuiltins\neval\n.", "\"builtins eval\"");
    expect_refused("\x80\x02"s + "ctorch\nFloatStorage\n)R.", "cannot be called");
    expect_refused("\x80\x02"s + "c" + std::string(300, 'a'), "a name without an end");
}

TEST(Pickle, DoesNotGrowFarBeyondItsBytes) {
    const std::string proto = "\x80\x02";
    for (const auto& opcode : {"("s, "N"s, "h\0"s}) {
        std::string many = proto + "Nq\0"s;
        for (int i = 0; i < 2'000'001; ++i) many += opcode;
        expect_refused(many, "more values than any checkpoint holds");
    }
    // One long value that is remembered could be copied by each of many short calls.
    const std::string word = text(std::string(65, 'a'));
    expect_refused(proto + "ctorch\ndevice\n" + word + "\x85R.", "torch.device");
    expect_refused(proto + "c_codecs\nencode\n" + word + text("latin1") + "\x86R.", "scalar's bytes");
    expect_refused(proto + "(" + text("storage") + "ctorch\nFloatStorage\n" + word + text("cpu") + "K\1tQ.",
                   "no storage");
    expect_refused(proto + "ctorch\nSize\n(K\1K\1K\1K\1K\1K\1K\1K\1K\1t\x85R.", "torch.Size");
    const std::string attribute = text("_metadata") + "N";
    expect_refused(proto + "}}(" + attribute + attribute + "ub.", "attributes other than _metadata");
}

TEST(Pickle, RefusesTensorsThatLeaveTheirStorage) {
    const auto sound = read(tensor("K\x02", "K\x00"s, "K\x02\x85", "K\x01\x85"));
    ASSERT_TRUE(sound.has_value()) << sound.error().detail;
    EXPECT_TRUE(std::holds_alternative<PickleTensor>(sound->root->value));
    expect_refused(tensor("K\x03", "K\x00"s, "K\x02\x85", "K\x01\x85"), "does not have the bytes");
    expect_refused(tensor("K\x02", "K\x01"s, "K\x02\x85", "K\x01\x85"), "reaches behind");
    expect_refused(tensor("K\x02", "K\x00"s, "K\x02\x85", "K\x02\x85"), "reaches behind");
    expect_refused(tensor("K\x02", "K\x00"s, "K\x03\x85", "K\x00\x85"s), "repeats elements");
    expect_refused(tensor("K\x02", "K\x00"s, "K\x02\x85", "J\xff\xff\xff\xff\x85"), "none");
    expect_refused(tensor("K\x02", "J\xff\xff\xff\xff", "K\x02\x85", "K\x01\x85"), "does not take");
    const auto huge = "\x8a\x06\x00\x00\x00\x00\x00\x40"s;
    expect_refused(tensor("K\x02", "K\x00"s, huge + "\x85", "K\x00\x85"s), "none");
    const auto large = "\x8a\x05\x00\x00\x00\x00\x01"s;  // 2^32 in each of three dimensions
    expect_refused(tensor("K\x02", "K\x00"s, large + large + large + "\x87", "K\x00K\x00K\x00\x87"s),
                   "reaches behind");
}

}  // namespace pickle_test
}  // namespace spineseg
