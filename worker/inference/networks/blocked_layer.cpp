// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/blocked_layer.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include "worker/inference/networks/blocked_map.h"
#include "worker/inference/networks/convolution_method.h"
#include "worker/inference/networks/parameter_version.h"

#if defined(SPINESEG_ONEDNN)
#include <oneapi/dnnl/dnnl.hpp>
#endif

#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spineseg {

using torch::Tensor;

#if defined(SPINESEG_ONEDNN)

namespace {

using Descriptor = dnnl::memory::desc;
using Tag = dnnl::memory::format_tag;
using Dims = dnnl::memory::dims;

const dnnl::engine& cpu_engine() {
    static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    return engine;
}

dnnl::memory::data_type element_type(torch::ScalarType type) {
    return type == torch::kBFloat16 ? dnnl::memory::data_type::bf16 : dnnl::memory::data_type::f32;
}

Tag blocked_tag(std::int64_t block) {
    return block == 16 ? Tag::nChw16c : Tag::nChw8c;
}

/// oneDNN 2 makes a primitive's description in two steps, oneDNN 3 in one.
template <typename Layer, typename... Arguments>
typename Layer::primitive_desc described(const Arguments&... arguments) {
#if DNNL_VERSION_MAJOR >= 3
    return typename Layer::primitive_desc(cpu_engine(), arguments...);
#else
    return typename Layer::primitive_desc(typename Layer::desc(arguments...), cpu_engine());
#endif
}

/// The maps and weights of one call, by their sizes; what oneDNN may choose is left open.
struct Signature {
    Descriptor from, weight, bias, to;
    std::int64_t border;
    bool winograd = false;
};

dnnl::convolution_forward::primitive_desc convolution_description(const Signature& s) {
    const Dims one{1, 1}, border{s.border, s.border};
    const auto inference = dnnl::prop_kind::forward_inference;
    const auto algorithm =
        s.winograd ? dnnl::algorithm::convolution_winograd : dnnl::algorithm::convolution_direct;
    using Layer = dnnl::convolution_forward;
    if (s.bias.get_size() == 0)
        return described<Layer>(inference, algorithm, s.from, s.weight, s.to, one, border, border);
    return described<Layer>(inference, algorithm, s.from, s.weight, s.bias, s.to, one, border, border);
}

bool is_fast(const char* implementation) {
    const std::string name = implementation;
    return name.find("ref") == std::string::npos && name.find("gemm") == std::string::npos;
}

bool has_fast_convolution(torch::ScalarType type, std::int64_t block, bool winograd = false) {
    constexpr std::int64_t kChannels = 64, kSide = 32;
    const auto element = element_type(type);
    const Descriptor map({1, kChannels, kSide, kSide}, element, blocked_tag(block));
    const Descriptor weight({kChannels, kChannels, 3, 3}, element, Tag::any);
    try {
        return is_fast(convolution_description({map, weight, {}, map, 1, winograd}).impl_info_str());
    } catch (const dnnl::error&) {
        return false;  // oneDNN has no such convolution, as for bfloat16 without AVX-512
    }
}

/// Winograd's where it is asked for and oneDNN has it for these sizes.
dnnl::convolution_forward::primitive_desc best_description(Signature signature) {
    try {
        return convolution_description(signature);
    } catch (const dnnl::error&) {
        if (!signature.winograd) throw;
    }
    signature.winograd = false;
    return convolution_description(signature);
}

bool wants_winograd() {
    return current_convolution_method() == ConvolutionMethod::winograd;
}

Tensor bytes_for(const Descriptor& description) {
    return torch::empty({static_cast<std::int64_t>(description.get_size())}, torch::kUInt8);
}

dnnl::memory memory_of(const Descriptor& description, const Tensor& tensor) {
    return {description, cpu_engine(), tensor.data_ptr()};
}

std::int64_t whole_blocks(std::int64_t channels, std::int64_t block) {
    return (channels + block - 1) / block * block;
}

/// float32 [K, ...] with zeros behind the parameter's own K.
Tensor padded(const Tensor& parameter, std::int64_t channels) {
    auto sizes = parameter.sizes().vec();
    const auto own = std::exchange(sizes.front(), channels);
    Tensor all = torch::zeros(sizes);
    all.narrow(0, 0, own).copy_(parameter.detach());
    return all;
}

/// Of a layer as a convolution: [K, C, k, k] with K channels of the result in whole blocks. oneDNN's transposed convolution
/// takes up to twenty times as long as one of 1 × 1 that makes each of the four pixels.
Tensor plain_weight(BlockedLayer::Kind kind, const Tensor& parameter, std::int64_t block) {
    const bool quarters = kind == BlockedLayer::Kind::quarters;
    const Tensor weight =
        quarters ? parameter.permute({2, 3, 1, 0}).reshape({4 * parameter.size(1), parameter.size(0), 1, 1})
                 : parameter;
    return padded(weight, whole_blocks(weight.size(0), block));
}

Tensor plain_bias(BlockedLayer::Kind kind, const Tensor& bias, std::int64_t channels) {
    return padded(kind == BlockedLayer::Kind::quarters ? bias.repeat({4}) : bias, channels);
}

/// A primitive for one size of input on one number of threads.
struct Prepared {
    std::vector<std::int64_t> sizes;
    int threads;
    Descriptor from, to;
    dnnl::primitive primitive;
    Descriptor weight;
};

}  // namespace

struct BlockedLayer::Packed {
    Packed(Kind of, const Tensor& x, const Tensor& parameter, const Tensor& bias_parameter);
    bool is_of(const Tensor& x, const Tensor& parameter) const {
        return data == parameter.data_ptr() && version == version_of(parameter) && type == x.scalar_type() &&
               winograd == wants_winograd();
    }
    const Prepared& prepare(const Tensor& x);
    void pack(const Descriptor& wanted, const Tensor& parameter);

    Kind kind;
    const void* data;
    std::int64_t version;
    torch::ScalarType type;
    std::int64_t block;
    std::int64_t out, in, side;
    bool winograd;
    Tensor bias;  ///< [out] float32, or undefined
    Descriptor packed_as;
    Tensor weight;
    std::vector<Prepared> prepared;
};

BlockedLayer::Packed::Packed(Kind of, const Tensor& x, const Tensor& parameter, const Tensor& bias_parameter)
    : kind(of),
      data(parameter.data_ptr()),
      version(version_of(parameter)),
      type(x.scalar_type()),
      block(block_of_channels(type)),
      out(kind == Kind::quarters ? 4 * parameter.size(1) : whole_blocks(parameter.size(0), block)),
      in(parameter.size(kind == Kind::quarters ? 0 : 1)),
      side(kind == Kind::quarters ? 1 : parameter.size(2)),
      winograd(wants_winograd()) {
    if (bias_parameter.defined()) bias = plain_bias(kind, bias_parameter, out);
}

/// Sizes almost never ask for another order than the first did.
void BlockedLayer::Packed::pack(const Descriptor& wanted, const Tensor& parameter) {
    if (weight.defined() && packed_as == wanted) return;
    const Tensor plain = plain_weight(kind, parameter, block);
    const Descriptor plain_as({out, in, side, side}, dnnl::memory::data_type::f32, Tag::abcd);
    weight = bytes_for(wanted);
    packed_as = wanted;
    dnnl::stream stream(cpu_engine());
    auto source = memory_of(plain_as, plain), target = memory_of(wanted, weight);
    dnnl::reorder(source, target).execute(stream, source, target);
    stream.wait();
}

const Prepared& BlockedLayer::Packed::prepare(const Tensor& x) {
    constexpr std::size_t kMostSizes = 8;
    const int threads = at::get_num_threads();
    for (const auto& known : prepared)
        if (known.threads == threads && x.sizes() == at::IntArrayRef(known.sizes)) return known;
    const auto element = element_type(type);
    const std::int64_t rows = x.size(2), columns = x.size(3);
    Signature signature{
        {{x.size(0), in, rows, columns}, element, is_blocked(x) ? blocked_tag(block) : Tag::nchw},
        {{out, in, side, side}, element, Tag::any},
        bias.defined() ? Descriptor({out}, dnnl::memory::data_type::f32, Tag::a) : Descriptor(),
        {{x.size(0), out, rows, columns}, element, blocked_tag(block)},
        side / 2,
        winograd && side == 3 && is_blocked(x)};
    const auto description = best_description(signature);
    Prepared made{x.sizes().vec(),
                  threads,
                  signature.from,
                  signature.to,
                  dnnl::convolution_forward(description),
                  description.weights_desc()};
    if (prepared.size() == kMostSizes) prepared.erase(prepared.begin());
    prepared.push_back(std::move(made));
    return prepared.back();
}

std::int64_t block_of_channels(torch::ScalarType type) {
    const auto found = [](torch::ScalarType of) -> std::int64_t {
        for (const std::int64_t block : {16, 8})
            if (has_fast_convolution(of, block)) return block;
        return 0;
    };
    static const std::int64_t of_float32 = found(torch::kFloat32), of_bfloat16 = found(torch::kBFloat16);
    return type == torch::kBFloat16 ? of_bfloat16 : of_float32;
}

Tensor BlockedLayer::operator()(const Tensor& x, const Tensor& parameter, const Tensor& bias) {
    if (!packed_ || !packed_->is_of(x, parameter))
        packed_ = std::make_shared<Packed>(kind_, x, parameter, bias);
    Packed& packed = *packed_;
    const Tensor dense = x.contiguous();
    const Prepared& prepared = packed.prepare(dense);
    packed.pack(prepared.weight, parameter);
    Tensor y =
        torch::empty({x.size(0), packed.out / packed.block, x.size(2), x.size(3), packed.block}, x.options());
    std::unordered_map<int, dnnl::memory> arguments{
        {DNNL_ARG_SRC, memory_of(prepared.from, dense)},
        {DNNL_ARG_WEIGHTS, memory_of(prepared.weight, packed.weight)},
        {DNNL_ARG_DST, memory_of(prepared.to, y)}};
    if (packed.bias.defined())
        arguments.emplace(DNNL_ARG_BIAS,
                          memory_of({{packed.out}, dnnl::memory::data_type::f32, Tag::a}, packed.bias));
    dnnl::stream stream(cpu_engine());
    prepared.primitive.execute(stream, arguments);
    stream.wait();
    return y;
}

bool has_winograd(torch::ScalarType type) {
    static const bool of_float32 =
        has_fast_convolution(torch::kFloat32, block_of_channels(torch::kFloat32), true);
    return type == torch::kFloat32 && block_of_channels(type) > 0 && of_float32;
}

#else

struct BlockedLayer::Packed {};

bool has_winograd(torch::ScalarType) {
    return false;
}

std::int64_t block_of_channels(torch::ScalarType) {
    return 0;
}

Tensor BlockedLayer::operator()(const Tensor&, const Tensor&, const Tensor&) {
    TORCH_CHECK(false, "built without oneDNN: there are no blocked maps");
}

#endif

bool computes_blocked(const Tensor& x) {
    return current_convolution_method() != ConvolutionMethod::channels_last && x.device().is_cpu() &&
           !torch::GradMode::is_enabled();
}

BlockedLayer::BlockedLayer(Kind kind) : kind_(kind) {}

void BlockedLayer::forget() {
    packed_.reset();
}

}  // namespace spineseg
