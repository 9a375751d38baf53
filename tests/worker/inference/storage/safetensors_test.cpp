// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/storage/safetensors.h"

#include <gmock/gmock.h>
#include <torch/torch.h>

#include <cstring>
#include <fstream>
#include <limits>
#include <random>
#include <string>

namespace spineseg {
namespace safetensors_test {

using ::testing::HasSubstr;

/// A file put together by hand, byte by byte as the format's page says: not by our own writer.
std::string file_with(const std::string& header, const std::string& data) {
    std::string bytes(8, '\0');
    for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(header.size() >> (8 * i) & 0xff);
    return bytes + header + data;
}

void expect_refused(const std::string& bytes, const std::string& reason) {
    const auto content = parse_safetensors(bytes);
    ASSERT_FALSE(content.has_value()) << reason;
    EXPECT_EQ(content.error().code, ErrorCode::model_invalid);
    EXPECT_THAT(content.error().detail, HasSubstr(reason));
}

TEST(Safetensors, ReadsAFileMadeByHand) {
    const float values[] = {1.5f, -2.0f};
    std::string data(reinterpret_cast<const char*>(values), sizeof values);
    data += std::string("\x80\x3f\x00\xc0", 4);  // bfloat16 1 and −2
    const auto content = parse_safetensors(
        file_with(R"({"__metadata__":{"format":"pt"},"b":{"dtype":"BF16","shape":[2],"data_offsets":[8,12]},)"
                  R"("a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})",
                  data));
    ASSERT_TRUE(content.has_value()) << content.error().detail;
    EXPECT_EQ(content->metadata.at("format"), "pt");
    EXPECT_TRUE(torch::equal(content->tensors.at("a"), torch::tensor({1.5f, -2.0f}).reshape({2, 1})));
    EXPECT_TRUE(torch::equal(content->tensors.at("b").to(torch::kFloat32), torch::tensor({1.0f, -2.0f})));
}

TEST(Safetensors, WritesTheBytesOfTheFormat) {
    SafeTensors content;
    content.tensors["w"] = torch::tensor({1.0f});
    const auto bytes = safetensors_bytes(content);
    std::string header = R"({"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
    header.resize((header.size() + 7) / 8 * 8, ' ');
    EXPECT_EQ(bytes, file_with(header, std::string("\0\0\x80\x3f", 4)));
}

TEST(Safetensors, EveryElementTypeSurvives) {
    SafeTensors content;
    for (const auto type : {torch::kFloat32, torch::kFloat16, torch::kBFloat16, torch::kUInt8, torch::kInt16,
                            torch::kInt32, torch::kInt64}) {
        content.tensors[c10::toString(type)] = torch::arange(6).reshape({2, 3}).to(type);
    }
    content.tensors["scalar"] = torch::tensor(3.5f);
    content.tensors["empty"] = torch::empty({0, 4});
    content.tensors["transposed"] = torch::arange(6.0f).reshape({2, 3}).t();
    const auto again = parse_safetensors(safetensors_bytes(content));
    ASSERT_TRUE(again.has_value()) << again.error().detail;
    ASSERT_EQ(again->tensors.size(), content.tensors.size());
    for (const auto& [name, tensor] : content.tensors) {
        EXPECT_EQ(again->tensors.at(name).scalar_type(), tensor.scalar_type()) << name;
        EXPECT_TRUE(torch::equal(again->tensors.at(name), tensor)) << name;
    }
}

TEST(Safetensors, RefusesLengthsThatLie) {
    expect_refused("", "shorter");
    expect_refused(std::string(7, '\0'), "shorter");
    expect_refused(std::string(8, '\xff'), "length is out of range");
    expect_refused(file_with("{}", "").substr(0, 9), "length is out of range");
}

TEST(Safetensors, RefusesOffsetsThatLie) {
    const auto with = [](const std::string& shape, const std::string& offsets, const std::string& data) {
        return file_with(R"({"a":{"dtype":"F32","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}",
                         data);
    };
    expect_refused(with("[2]", "[0,8]", "1234"), "ends behind the end");
    expect_refused(with("[2]", "[0,4]", "1234"), "do not span");
    expect_refused(with("[1]", "[4,0]", "1234"), "do not span");
    expect_refused(with("[1]", "[4,8]", "12345678"), "gap or overlap");
    expect_refused(with("[1]", "[0,4]", "12345678"), "belong to no tensor");
    expect_refused(with("[4294967296,4294967296,4294967296]", "[0,0]", ""), "do not span");
    expect_refused(with("[9223372036854775807,4]", "[0,0]", ""), "out of range");
    expect_refused(with("[-1]", "[0,4]", "1234"), "wrong type");
    expect_refused(with("[1]", "[0,18446744073709551615]", "1234"), "do not span");
}

TEST(Safetensors, RefusesOverlappingTensors) {
    expect_refused(file_with(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                             R"("b":{"dtype":"U8","shape":[4],"data_offsets":[2,6]}})",
                             "123456"),
                   "gap or overlap");
}

TEST(Safetensors, RefusesHeadersThatAreNoHeaders) {
    expect_refused(file_with("[]", ""), "not a JSON object");
    expect_refused(file_with("{", ""), "not a JSON object");
    expect_refused(file_with(R"({"a":1})", ""), "not {dtype");
    expect_refused(file_with(R"({"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}})", "1"),
                   "not supported");
    expect_refused(file_with(R"({"__metadata__":{"n":1}})", ""), "not text");
    expect_refused(file_with(R"({"a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]},)"
                             R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}})",
                             ""),
                   "twice");
}

TEST(Safetensors, NoMutilatedFileDoesMoreThanFail) {
    SafeTensors content;
    content.tensors["a"] = torch::arange(10.0f);
    content.tensors["b"] = torch::arange(4);
    const auto whole = safetensors_bytes(content);
    std::mt19937 random(7);
    for (int i = 0; i < 3000; ++i) {
        auto bytes = whole.substr(0, i % 3 == 0 ? random() % whole.size() : whole.size());
        for (int k = 0; k < 3 && !bytes.empty(); ++k)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        const auto parsed = parse_safetensors(bytes);
        if (!parsed) {
            EXPECT_EQ(parsed.error().code, ErrorCode::model_invalid);
        }
    }
}

TEST(Safetensors, GoesThroughAFile) {
    const auto file =
        std::filesystem::path(::testing::TempDir()) /
        ("spineseg_safetensors_test_" + std::to_string(std::random_device{}()) + ".safetensors");
    SafeTensors content;
    content.tensors["a"] = torch::arange(10.0f);
    content.metadata["epoch"] = "3";
    ASSERT_TRUE(write_safetensors(file, content).has_value());
    const auto again = read_safetensors(file);
    ASSERT_TRUE(again.has_value());
    EXPECT_TRUE(torch::equal(again->tensors.at("a"), content.tensors.at("a")));
    EXPECT_EQ(again->metadata, content.metadata);
    std::filesystem::resize_file(file, 20);
    EXPECT_EQ(read_safetensors(file).error().code, ErrorCode::model_invalid);
    std::filesystem::remove(file);
    EXPECT_EQ(read_safetensors(file).error().code, ErrorCode::file_not_found);
    EXPECT_EQ(write_safetensors("/nowhere/at/all.safetensors", content).error().code,
              ErrorCode::file_unwritable);
}

TEST(LoadState, CopiesWhatFitsInAnyFloatType) {
    torch::nn::Linear source(3, 2), target(3, 2);
    auto state = state_of(*source);
    for (auto& [name, tensor] : state) tensor = tensor.to(torch::kBFloat16);
    ASSERT_TRUE(load_state(*target, state).has_value());
    EXPECT_TRUE(torch::equal(target->weight, source->weight.to(torch::kBFloat16).to(torch::kFloat32)));
}

TEST(LoadState, RefusesByNameAndThenCopiesNothing) {
    torch::nn::Linear module(3, 2);
    const auto before = module->weight.detach().clone();
    const auto refused = [&](TensorMap state, const std::string& name, const std::string& why) {
        const auto result = load_state(*module, state);
        ASSERT_FALSE(result.has_value());
        EXPECT_EQ(result.error().code, ErrorCode::model_invalid);
        EXPECT_THAT(result.error().detail, HasSubstr("\"" + name + "\""));
        EXPECT_THAT(result.error().detail, HasSubstr(why));
    };
    const auto weight = torch::ones({2, 3});
    const auto bias = torch::ones({2});
    refused({{"weight", weight}}, "bias", "missing");
    refused({{"weight", weight}, {"bias", bias}, {"extra", bias}}, "extra", "surplus");
    refused({{"weight", torch::ones({3, 2})}, {"bias", bias}}, "weight", "shape [3,2]");
    refused({{"weight", torch::ones({2, 3}, torch::kInt32)}, {"bias", bias}}, "weight", "kind");
    const auto broken = torch::full({2, 3}, std::numeric_limits<float>::quiet_NaN());
    refused({{"weight", broken}, {"bias", bias}}, "weight", "not finite");
    EXPECT_TRUE(torch::equal(module->weight, before));
}

}  // namespace safetensors_test
}  // namespace spineseg
