// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/networks.h"

#include <torch/torch.h>

#include <cmath>
#include <string>

#include "worker/inference/networks/blocked_map.h"
#include "worker/inference/networks/current_precision.h"
#include "worker/inference/networks/fused_norm.h"

namespace spineseg {
namespace {

using torch::Tensor;
namespace nn = torch::nn;

constexpr double kLeakySlope = 0.1;
constexpr double kNormEps = 1e-5;
constexpr int kTimeChannels = 512;
constexpr int kSinusoids = 64;

thread_local Precision t_precision = Precision::float32;

torch::ScalarType compute_type() {
    return t_precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
}

/// For blocked maps the picture stays in plain order (NCHW): the first layer reads it so and writes blocked maps.
Tensor to_compute(const Tensor& x) {
    const Tensor converted = x.to(compute_type());
    return computes_blocked(converted) ? converted.contiguous()
                                       : converted.contiguous(torch::MemoryFormat::ChannelsLast);
}

Tensor swish(const Tensor& x) {
    return x * torch::sigmoid(x);
}

/// ConvTranspose2d(kernel 2, stride 2) as one matrix product over the pixels and a shuffle: there is no
/// bfloat16 transposed convolution on CPUs, and this stays in NHWC. The module holds the weights in the
/// published shape.
Tensor upsample(const nn::ConvTranspose2d& deconv, const Tensor& x) {
    const auto n = x.size(0), in = x.size(1), h = x.size(2), w = x.size(3), out = deconv->weight.size(1);
    const Tensor weight = deconv->weight.permute({2, 3, 1, 0}).reshape({4 * out, in}).to(x.scalar_type());
    const Tensor bias = deconv->bias.repeat({4}).to(x.scalar_type());
    const Tensor pixels = x.permute({0, 2, 3, 1}).reshape({n * h * w, in});
    const Tensor shuffled =
        torch::linear(pixels, weight, bias).view({n, h, w, 2, 2, out}).permute({0, 1, 3, 2, 4, 5});
    return shuffled.reshape({n, 2 * h, 2 * w, out}).permute({0, 3, 1, 2});
}

/// Concatenation along channels on the NHWC view, which keeps the layout (torch::cat on NCHW views need not).
Tensor concatenate(const Tensor& skip, const Tensor& up) {
    return torch::cat({skip.permute({0, 2, 3, 1}), up.permute({0, 2, 3, 1})}, 3).permute({0, 3, 1, 2});
}

Tensor project_to_logits(const nn::Conv2d& final_conv, BlockedLayer& blocked, const Tensor& x) {
    if (is_blocked(x))
        return from_blocked(blocked(x, final_conv->weight, final_conv->bias).to(torch::kFloat32),
                            final_conv->weight.size(0));
    blocked.forget();
    return torch::conv2d(x, final_conv->weight.to(x.scalar_type()), final_conv->bias.to(x.scalar_type()))
        .to(torch::kFloat32)
        .contiguous();
}

nn::ConvTranspose2d make_deconv(int in, int out) {
    return nn::ConvTranspose2d(nn::ConvTranspose2dOptions(in, out, 2).stride(2));
}

}  // namespace

ConvNormActivationImpl::ConvNormActivationImpl(int in_channels, int out_channels)
    : conv(nn::Conv2dOptions(in_channels, out_channels, 3).padding(1)),
      norm(nn::InstanceNorm2dOptions(out_channels).eps(kNormEps).affine(true)) {
    register_module("conv", conv);
    const auto adn =
        std::make_shared<nn::Module>();  // MONAI's activation-dropout-norm holder, for the names only
    adn->register_module("N", norm.ptr());
    register_module("adn", adn);
}

Tensor ConvNormActivationImpl::forward(const Tensor& x, const Tensor& vector, const Tensor& map) {
    return norm_activation({.x = convolve_(x, conv->weight),
                            .gamma = norm->weight,
                            .beta = norm->bias,
                            .vector = vector,
                            .map = map,
                            .eps = kNormEps,
                            .slope = kLeakySlope,
                            .in_place = !torch::GradMode::is_enabled()});
}

TwoConvImpl::TwoConvImpl(int in_channels, int out_channels, bool timed) {
    if (timed) temb_proj = register_module("temb_proj", nn::Linear(kTimeChannels, out_channels));
    conv_0 = register_module("conv_0", ConvNormActivation(in_channels, out_channels));
    conv_1 = register_module("conv_1", ConvNormActivation(out_channels, out_channels));
}

Tensor TwoConvImpl::forward(const Tensor& x, const Tensor& time, const Tensor& map) {
    const Tensor vector = time.defined() ? temb_proj->forward(swish(time)) : Tensor();
    return conv_1->forward(conv_0->forward(x, vector), {}, map);
}

DownImpl::DownImpl(int in_channels, int out_channels, bool timed)
    : convs(register_module("convs", TwoConv(in_channels, out_channels, timed))) {}

Tensor DownImpl::forward(const Tensor& x, const Tensor& time, const Tensor& map) {
    return convs->forward(is_blocked(x) ? max_pooled(x) : torch::max_pool2d(x, 2), time, map);
}

UpCatImpl::UpCatImpl(int in_channels, int skip_channels, int up_channels, int out_channels, bool timed)
    : deconv(make_deconv(in_channels, up_channels)) {
    const auto holder = std::make_shared<nn::Module>();  // the published names say "upsample.deconv"
    holder->register_module("deconv", deconv.ptr());
    register_module("upsample", holder);
    convs = register_module("convs", TwoConv(skip_channels + up_channels, out_channels, timed));
}

Tensor UpCatImpl::forward(const Tensor& x, const Tensor& skip, const Tensor& time) {
    if (is_blocked(x)) return convs->forward(joined(skip, blocked_(x, deconv->weight, deconv->bias)), time);
    blocked_.forget();
    return convs->forward(concatenate(skip, upsample(deconv, x)), time);
}

Tensor sinusoidal_embedding(const Tensor& timestep) {
    const Tensor k =
        torch::arange(kSinusoids, torch::TensorOptions().dtype(torch::kFloat64).device(timestep.device()));
    const Tensor frequency = torch::exp(k * (-std::log(10000.0) / (kSinusoids - 1)));
    // The original multiplies in float32; so do we, to agree with its digits at large t.
    const Tensor angle =
        timestep.to(torch::kFloat32).unsqueeze(1) * frequency.to(torch::kFloat32).unsqueeze(0);
    return torch::cat({torch::sin(angle), torch::cos(angle)}, 1);
}

TimeEmbeddingImpl::TimeEmbeddingImpl() {
    dense =
        nn::ModuleList(nn::Linear(2 * kSinusoids, kTimeChannels), nn::Linear(kTimeChannels, kTimeChannels));
    register_module("dense", dense);
}

Tensor TimeEmbeddingImpl::forward(const Tensor& timestep) {
    const Tensor hidden = dense->at<nn::LinearImpl>(0).forward(sinusoidal_embedding(timestep));
    return dense->at<nn::LinearImpl>(1).forward(swish(hidden));
}

ImageEncoderImpl::ImageEncoderImpl(const Widths& widths, int in_channels)
    : conv_0(register_module("conv_0", TwoConv(in_channels, widths[0], false))) {
    for (int level = 1; level <= 4; ++level)
        downs.push_back(
            register_module("down_" + std::to_string(level), Down(widths[level - 1], widths[level], false)));
}

std::vector<Tensor> ImageEncoderImpl::forward(const Tensor& image) {
    std::vector<Tensor> features{conv_0->forward(to_compute(image))};
    for (auto& down : downs) features.push_back(down->forward(features.back()));
    return features;
}

namespace {

/// upcat_4 … upcat_1; the last one does not halve its channels (docs/method.md §2.3).
std::vector<UpCat> make_decoder(nn::Module& owner, const Widths& widths, bool timed) {
    std::vector<UpCat> ups;
    int in = widths[4];
    for (int level = 4; level >= 1; --level) {
        const int skip = widths[level - 1];
        const int up = level == 1 ? in : in / 2;
        const int out = level == 1 ? widths[5] : skip;
        ups.push_back(
            owner.register_module("upcat_" + std::to_string(level), UpCat(in, skip, up, out, timed)));
        in = out;
    }
    return ups;
}

}  // namespace

DenoiserImpl::DenoiserImpl(const Widths& widths)
    : temb(register_module("temb", TimeEmbedding())),
      conv_0(register_module("conv_0", TwoConv(1 + kStructures, widths[0], true))) {
    for (int level = 1; level <= 4; ++level)
        downs.push_back(
            register_module("down_" + std::to_string(level), Down(widths[level - 1], widths[level], true)));
    ups = make_decoder(*this, widths, true);
    final_conv = register_module("final_conv", nn::Conv2d(nn::Conv2dOptions(widths[5], kStructures, 1)));
}

Tensor DenoiserImpl::forward(const Tensor& image, const Tensor& x_t, const Tensor& timestep,
                             const std::vector<Tensor>& features) {
    const auto map = [&](std::size_t level) { return features.empty() ? Tensor() : features[level]; };
    const Tensor time = temb->forward(timestep);
    std::vector<Tensor> skips{conv_0->forward(to_compute(torch::cat({image, x_t}, 1)), time, map(0))};
    for (std::size_t level = 1; level <= downs.size(); ++level)
        skips.push_back(downs[level - 1]->forward(skips.back(), time, map(level)));
    Tensor x = skips.back();
    for (std::size_t i = 0; i < ups.size(); ++i) x = ups[i]->forward(x, skips[skips.size() - 2 - i], time);
    return project_to_logits(final_conv, blocked_final_, x);
}

SpineSegDiffImpl::SpineSegDiffImpl(const Widths& widths, bool image_encoder) {
    if (image_encoder) embed_model = register_module("embed_model", ImageEncoder(widths));
    model = register_module("model", Denoiser(widths));
}

std::vector<Tensor> SpineSegDiffImpl::encode(const Tensor& image) {
    return embed_model.is_empty() ? std::vector<Tensor>{} : embed_model->forward(image);
}

PresegmentationUNetImpl::PresegmentationUNetImpl(const Widths& widths)
    : encoder(register_module("encoder", ImageEncoder(widths))) {
    ups = make_decoder(*this, widths, false);
    final_conv = register_module("final_conv", nn::Conv2d(nn::Conv2dOptions(widths[5], 1 + kStructures, 1)));
}

Tensor PresegmentationUNetImpl::forward(const Tensor& image) {
    const std::vector<Tensor> features = encoder->forward(image);
    Tensor x = features.back();
    for (std::size_t i = 0; i < ups.size(); ++i) x = ups[i]->forward(x, features[features.size() - 2 - i]);
    return project_to_logits(final_conv, blocked_final_, x);
}

Precision current_precision() {
    return t_precision;
}

PrecisionScope::PrecisionScope(Precision precision) : before_(t_precision) {
    t_precision = precision;
}
PrecisionScope::~PrecisionScope() {
    t_precision = before_;
}

}  // namespace spineseg
