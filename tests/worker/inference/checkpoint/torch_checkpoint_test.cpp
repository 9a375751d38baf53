// SPDX-License-Identifier: GPL-3.0-or-later
// The fixtures are files of the real torch.save; make_checkpoint_fixtures.py made them.
#include "worker/inference/checkpoint/torch_checkpoint.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <chrono>
#include <random>

namespace spineseg {
namespace torch_checkpoint_test {

using ::testing::HasSubstr;

std::filesystem::path fixture(const std::string& name) {
    return std::filesystem::path(SPINESEG_SOURCE_DIR) / "tests/worker/inference/checkpoint/fixtures" / name;
}

TorchCheckpoint opened(const std::string& name) {
    auto checkpoint = TorchCheckpoint::read(fixture(name));
    if (!checkpoint) throw std::runtime_error(checkpoint.error().detail);
    return std::move(*checkpoint);
}

void expect_refused(const std::string& name, const std::string& reason) {
    const auto checkpoint = TorchCheckpoint::read(fixture(name));
    ASSERT_FALSE(checkpoint.has_value()) << name;
    EXPECT_EQ(checkpoint.error().code, ErrorCode::file_unreadable);
    EXPECT_THAT(checkpoint.error().detail, HasSubstr(name));
    EXPECT_THAT(checkpoint.error().detail, HasSubstr(reason));
}

template <typename T>
T value(const PickleNode& dict, const std::string& name) {
    const auto* item = find_item(dict, name);
    if (item == nullptr) throw std::runtime_error(name + " is missing");
    return std::get<T>(item->value);
}

TEST(TorchCheckpoint, ReadsAStateDictWithItsMetadata) {
    auto checkpoint = opened("state_dict.pt");
    const auto tensors = checkpoint.tensors(checkpoint.root(), "the checkpoint");
    ASSERT_TRUE(tensors.has_value()) << tensors.error().detail;
    ASSERT_EQ(tensors->size(), 4u);
    EXPECT_TRUE(torch::equal(tensors->at("0.weight"), torch::arange(18).reshape({2, 1, 3, 3}) / 8.0f));
    EXPECT_TRUE(torch::equal(tensors->at("1.bias"), torch::arange(2) / 8.0f));
}

TEST(TorchCheckpoint, ReadsViewsSharedStoragesAndEveryElementType) {
    auto checkpoint = opened("values.pt");
    const auto* dict = find_item(checkpoint.root(), "weights");
    ASSERT_NE(dict, nullptr);
    const auto tensors = checkpoint.tensors(*dict, "weights");
    ASSERT_TRUE(tensors.has_value()) << tensors.error().detail;
    const auto base = torch::arange(12.0f).reshape({3, 4});
    EXPECT_TRUE(torch::equal(tensors->at("base"), base));
    EXPECT_TRUE(torch::equal(tensors->at("transposed"), base.t()));
    EXPECT_TRUE(torch::equal(tensors->at("slice"), torch::tensor({6.0f, 10.0f})));
    EXPECT_TRUE(tensors->at("transposed").is_alias_of(tensors->at("base")));
    EXPECT_TRUE(torch::equal(tensors->at("parameter"), torch::ones({2})));
    EXPECT_TRUE(torch::equal(tensors->at("half"), torch::tensor({0.5f, -2.0f}).to(torch::kFloat16)));
    EXPECT_TRUE(torch::equal(tensors->at("bfloat16"), torch::tensor({1.5f}).to(torch::kBFloat16)));
    EXPECT_EQ(tensors->at("double").item<double>(), 0.1);
    EXPECT_EQ(tensors->at("long").item<std::int64_t>(), -3);
    EXPECT_EQ(tensors->at("byte").item<std::int64_t>(), 200);
    EXPECT_TRUE(torch::equal(tensors->at("boolean"), torch::tensor({true, false})));
    EXPECT_EQ(tensors->at("scalar").dim(), 0);
    EXPECT_EQ(tensors->at("empty").sizes(), (torch::IntArrayRef{0, 3}));
}

TEST(TorchCheckpoint, ReadsPythonsAndNumpysNumbers) {
    const auto checkpoint = opened("values.pt");
    const auto& root = checkpoint.root();
    const auto* numbers = find_item(root, "numbers");
    ASSERT_NE(numbers, nullptr);
    EXPECT_EQ(value<double>(*numbers, "float64"), 2.5);
    EXPECT_EQ(value<double>(*numbers, "float32"), -1.5);
    EXPECT_EQ(value<std::int64_t>(*numbers, "int64"), -4);
    EXPECT_EQ(value<bool>(*numbers, "bool"), true);
    EXPECT_EQ(value<std::int64_t>(*numbers, "uint8"), 250);
    EXPECT_EQ(value<std::int64_t>(*numbers, "big"), std::int64_t{1} << 40);
    EXPECT_EQ(value<std::int64_t>(*numbers, "negative"), -70000);
    EXPECT_EQ(value<double>(*numbers, "real"), 0.1);
    EXPECT_EQ(value<bool>(*numbers, "yes"), true);
    EXPECT_NO_THROW(value<PickleNone>(*numbers, "none"));
    EXPECT_EQ(value<std::string>(root, "device"), "cuda:1");
    EXPECT_EQ(value<PickleTuple>(root, "size").items.size(), 2u);
    EXPECT_EQ(value<PickleList>(root, "list").items.size(), 2u);
    EXPECT_EQ(std::get<std::int64_t>(value<PickleTuple>(root, "axes").items[1]->value), 1);
}

TEST(TorchCheckpoint, RefusesForeignCallsByNameAndRunsNothing) {
    expect_refused("foreign.pt", "posix system");
    expect_refused("whole_module.pt", "torch.nn.modules.container Sequential");
}

TEST(TorchCheckpoint, SaysWhatToDoAboutFilesOfOtherForms) {
    expect_refused("legacy.pt", "save it again with torch.save");
    expect_refused("protocol4.pt", "default pickle_protocol");
    expect_refused("torchscript.pt", "spineseg-lab convert torchscript");
    expect_refused("expanded.pt", "save it contiguous");
    const auto missing = TorchCheckpoint::read("/nowhere.pt");
    ASSERT_FALSE(missing.has_value());
    EXPECT_EQ(missing.error().code, ErrorCode::file_not_found);
    const auto text = TorchCheckpoint::parse("no checkpoint at all");
    ASSERT_FALSE(text.has_value());
    EXPECT_THAT(text.error().detail, HasSubstr("does not begin as a zip archive"));
}

TEST(TorchCheckpoint, RefusesADictThatHoldsMoreThanTensors) {
    auto checkpoint = opened("values.pt");
    const auto mixed = checkpoint.tensors(checkpoint.root(), "the checkpoint");
    ASSERT_FALSE(mixed.has_value());
    EXPECT_THAT(mixed.error().detail, HasSubstr("is no tensor"));
    const auto* list = find_item(checkpoint.root(), "list");
    const auto none = checkpoint.tensors(*list, "list");
    ASSERT_FALSE(none.has_value());
    EXPECT_THAT(none.error().detail, HasSubstr("no dict"));
}

TEST(TorchCheckpoint, RefusesTheMarkOfABigEndianMachine) {
    auto bytes = read_weights_file(fixture("state_dict.pt"));
    ASSERT_TRUE(bytes.has_value());
    const auto at = bytes->find("little");
    ASSERT_NE(at, std::string::npos);
    bytes->replace(at, 6, "big   ");
    const auto checkpoint = TorchCheckpoint::parse(*bytes);
    ASSERT_FALSE(checkpoint.has_value());
    EXPECT_THAT(checkpoint.error().detail, HasSubstr("big-endian"));
}

TEST(TorchCheckpoint, EveryCutShortFileIsRefused) {
    const auto bytes = read_weights_file(fixture("values.pt"));
    ASSERT_TRUE(bytes.has_value());
    for (std::size_t length = 0; length < bytes->size(); length += 7)
        EXPECT_FALSE(TorchCheckpoint::parse(bytes->substr(0, length)).has_value()) << length;
}

/// Reads whatever still parses to the end, as a conversion would.
void use(const std::string& bytes) {
    auto checkpoint = TorchCheckpoint::parse(bytes);
    if (!checkpoint) return;
    for (const auto* name : {"weights", "numbers"}) {
        const auto* dict = find_item(checkpoint->root(), name);
        if (dict == nullptr) continue;
        const auto tensors = checkpoint->tensors(*dict, name);
        if (!tensors) continue;
        for (const auto& [key, tensor] : *tensors) ASSERT_LE(tensor.nbytes(), bytes.size()) << key;
    }
}

TEST(TorchCheckpoint, SurvivesThirtyThousandMutationsOfARealFile) {
    const auto original = read_weights_file(fixture("values.pt"));
    ASSERT_TRUE(original.has_value());
    const auto pickle = original->find("data.pkl");
    std::mt19937 random(7);
    const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    int done = 0;
    for (; done < 30'000 && std::chrono::steady_clock::now() < deadline; ++done) {
        std::string bytes = *original;
        for (std::size_t changes = 1 + below(4); changes > 0; --changes) {
            // The pickle lies at the front and is what can do most; the archive's directory lies at the end.
            const std::size_t at = below(3) == 0 ? below(bytes.size())
                                   : below(2) == 0
                                       ? pickle + below(2500)
                                       : bytes.size() - 1 - below(std::min<std::size_t>(bytes.size(), 2500));
            if (at >= bytes.size()) continue;
            switch (below(4)) {
                case 0:
                    bytes[at] = static_cast<char>(random());
                    break;
                case 1:
                    bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(8)));
                    break;
                case 2:
                    bytes.erase(at, 1 + below(8));
                    break;
                default:
                    bytes.insert(at, bytes.substr(below(bytes.size()), below(16)));
            }
        }
        use(bytes);
    }
    EXPECT_GT(done, 1000);
}

}  // namespace torch_checkpoint_test
}  // namespace spineseg
