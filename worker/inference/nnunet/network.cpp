// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/nnunet/network.h"

#include <torch/torch.h>

#include <algorithm>
#include <optional>
#include <string>

#include "worker/inference/networks/fused_norm.h"
#include "worker/inference/nnunet/weight_taker.h"

namespace spineseg::nnunet {
namespace {

using torch::Tensor;

/// What every layer of one prediction shares.
struct Settings {
    double eps = 1e-5;
    double slope = 0.01;
};

/// Convolution → instance norm → LeakyReLU, or without the last. The convolution's bias is not computed: the
/// norm that follows cancels it.
class ConvNorm {
  public:
    struct Shape {
        std::int64_t in, out;
        Size kernel{1, 1}, stride{1, 1};
        bool bias = false;
    };
    ConvNorm(WeightTaker& weights, const std::string& name, const Shape& shape)
        : weight_(
              weights.take(name + ".conv.weight", {shape.out, shape.in, shape.kernel[0], shape.kernel[1]})),
          gamma_(weights.take(name + ".norm.weight", {shape.out})),
          beta_(weights.take(name + ".norm.bias", {shape.out})),
          stride_(shape.stride),
          padding_{shape.kernel[0] / 2, shape.kernel[1] / 2} {
        if (shape.bias) weights.take(name + ".conv.bias", {shape.out});
    }
    Tensor activated(const Tensor& x, const Settings& settings) const {
        return normed(x, settings, settings.slope);
    }
    Tensor linear(const Tensor& x, const Settings& settings) const { return normed(x, settings, 1.0); }

  private:
    Tensor normed(const Tensor& x, const Settings& settings, double slope) const {
        const Tensor convolved =
            torch::conv2d(x, weight_.to(x.scalar_type()), {}, torch::IntArrayRef(stride_.data(), 2),
                          torch::IntArrayRef(padding_.data(), 2));
        return norm_activation(
            {.x = convolved, .gamma = gamma_, .beta = beta_, .eps = settings.eps, .slope = slope});
    }
    Tensor weight_, gamma_, beta_;
    Size stride_, padding_;
};

class Block {
  public:
    virtual ~Block() = default;
    virtual Tensor forward(const Tensor& x, const Settings& settings) const = 0;
};
using Blocks = std::vector<std::unique_ptr<Block>>;

class PlainBlock : public Block {
  public:
    PlainBlock(WeightTaker& weights, const std::string& name, const ConvNorm::Shape& shape)
        : conv_(weights, name, shape) {}
    Tensor forward(const Tensor& x, const Settings& settings) const override {
        return conv_.activated(x, settings);
    }

  private:
    ConvNorm conv_;
};

/// BasicBlockD: two convolutions beside a shortcut, which is averaged down where the block strides and
/// projected where the number of features changes.
class ResidualBlock : public Block {
  public:
    ResidualBlock(WeightTaker& weights, const std::string& name, const ConvNorm::Shape& shape)
        : stride_(shape.stride),
          first_(weights, name + ".conv1", shape),
          second_(weights, name + ".conv2", {shape.out, shape.out, shape.kernel, {1, 1}, shape.bias}) {
        if (shape.in != shape.out)
            projection_.emplace(weights, name + ".skip." + (strides() ? "1" : "0"),
                                ConvNorm::Shape{shape.in, shape.out});
    }
    Tensor forward(const Tensor& x, const Settings& settings) const override {
        const torch::IntArrayRef stride(stride_.data(), 2);
        Tensor shortcut = strides() ? torch::avg_pool2d(x, stride, stride) : x;
        if (projection_) shortcut = projection_->linear(shortcut, settings);
        const Tensor residual = second_.linear(first_.activated(x, settings), settings);
        return torch::leaky_relu(residual + shortcut, settings.slope);
    }

  private:
    bool strides() const { return stride_ != Size{1, 1}; }
    Size stride_;
    ConvNorm first_, second_;
    std::optional<ConvNorm> projection_;
};

/// A transposed convolution whose kernel is its stride: a matrix product over the pixels and a shuffle, as in
/// our own networks.
class Upsampling {
  public:
    Upsampling(WeightTaker& weights, const std::string& name, std::int64_t in, std::int64_t out, Size stride,
               bool bias)
        : in_(in), out_(out), stride_(stride) {
        const Tensor weight = weights.take(name + ".weight", {in, out, stride[0], stride[1]});
        if (bias) bias_ = weights.take(name + ".bias", {out}).repeat({stride[0] * stride[1]});
        weight_ = weight.permute({2, 3, 1, 0}).reshape({stride[0] * stride[1] * out, in}).contiguous();
    }
    Tensor forward(const Tensor& x) const {
        const auto n = x.size(0), h = x.size(2), w = x.size(3), rows = stride_[0], columns = stride_[1];
        const Tensor pixels = x.permute({0, 2, 3, 1}).reshape({n * h * w, in_});
        const Tensor bias = bias_.defined() ? bias_.to(x.scalar_type()) : Tensor();
        const Tensor shuffled = torch::linear(pixels, weight_.to(x.scalar_type()), bias)
                                    .view({n, h, w, rows, columns, out_})
                                    .permute({0, 1, 3, 2, 4, 5});
        return shuffled.reshape({n, rows * h, columns * w, out_}).permute({0, 3, 1, 2});
    }

  private:
    std::int64_t in_, out_;
    Size stride_;
    Tensor weight_, bias_;
};

struct DecoderStage {
    Upsampling up;
    Blocks convolutions;
};

Tensor through(const Blocks& blocks, Tensor x, const Settings& settings) {
    for (const auto& block : blocks) x = block->forward(x, settings);
    return x;
}

class UNet : public Network {
  public:
    UNet(const NetworkPlan& plan, std::int64_t classes, WeightTaker& weights)
        : settings_{plan.norm_eps, plan.slope} {
        add_encoder(plan, weights);
        add_decoder(plan, classes, weights);
    }

    Tensor logits(const Tensor& image, Precision precision) const override {
        const auto type = precision == Precision::bfloat16 ? torch::kBFloat16 : torch::kFloat32;
        Tensor x = through(stem_, image.to(type).contiguous(torch::MemoryFormat::ChannelsLast), settings_);
        std::vector<Tensor> skips;
        for (const auto& stage : encoder_) skips.push_back(x = through(stage, x, settings_));
        for (std::size_t s = 0; s < decoder_.size(); ++s) {
            const Tensor up = decoder_[s].up.forward(x);
            const Tensor& skip = skips[skips.size() - 2 - s];
            // On the NHWC view, which keeps the layout.
            x = torch::cat({up.permute({0, 2, 3, 1}), skip.permute({0, 2, 3, 1})}, 3).permute({0, 3, 1, 2});
            x = through(decoder_[s].convolutions, x, settings_);
        }
        return torch::conv2d(x, head_weight_.to(type), head_bias_.to(type)).to(torch::kFloat32).contiguous();
    }

  private:
    void add_encoder(const NetworkPlan& plan, WeightTaker& weights) {
        const bool plain = plan.kind == NetworkKind::plain;
        std::int64_t in = 1;
        if (!plain) {
            stem_.push_back(std::make_unique<PlainBlock>(
                weights, "encoder.stem.convs.0",
                ConvNorm::Shape{in, plan.features[0], plan.kernels[0], {1, 1}, plan.bias}));
            in = plan.features[0];
        }
        for (std::size_t s = 0; s < plan.stages(); ++s) {
            const auto prefix = "encoder.stages." + std::to_string(s) + (plain ? ".0.convs." : ".blocks.");
            Blocks blocks;
            for (std::int64_t i = 0; i < plan.encoder[s]; ++i) {
                const ConvNorm::Shape shape{in, plan.features[s], plan.kernels[s],
                                            i == 0 ? plan.strides[s] : Size{1, 1}, plan.bias};
                const auto name = prefix + std::to_string(i);
                if (plain)
                    blocks.push_back(std::make_unique<PlainBlock>(weights, name, shape));
                else
                    blocks.push_back(std::make_unique<ResidualBlock>(weights, name, shape));
                in = plan.features[s];
            }
            encoder_.push_back(std::move(blocks));
        }
    }

    void add_decoder(const NetworkPlan& plan, std::int64_t classes, WeightTaker& weights) {
        for (std::size_t s = 0; s + 1 < plan.stages(); ++s) {
            const std::size_t below = plan.stages() - 1 - s, level = below - 1;
            const std::int64_t features = plan.features[level];
            const auto index = std::to_string(s);
            DecoderStage stage{Upsampling(weights, "decoder.transpconvs." + index, plan.features[below],
                                          features, plan.strides[below], plan.bias),
                               {}};
            for (std::int64_t i = 0; i < plan.decoder[s]; ++i) {
                stage.convolutions.push_back(std::make_unique<PlainBlock>(
                    weights, "decoder.stages." + index + ".convs." + std::to_string(i),
                    ConvNorm::Shape{
                        i == 0 ? 2 * features : features, features, plan.kernels[level], {1, 1}, plan.bias}));
            }
            decoder_.push_back(std::move(stage));
            // Every stage has a head, for deep supervision; prediction uses the last one.
            head_weight_ = weights.take("decoder.seg_layers." + index + ".weight", {classes, features, 1, 1});
            head_bias_ = weights.take("decoder.seg_layers." + index + ".bias", {classes});
        }
    }

    Settings settings_;
    Blocks stem_;
    std::vector<Blocks> encoder_;
    std::vector<DecoderStage> decoder_;
    Tensor head_weight_, head_bias_;
};

/// The name under which a weight is kept, see without_aliases().
std::string canonical(std::string name) {
    const auto replace = [&](std::string_view from, std::string_view to) {
        if (const auto at = name.find(from); at != std::string::npos) name.replace(at, from.size(), to);
    };
    for (const char* prefix : {"_orig_mod.", "module."}) {  // torch.compile, DistributedDataParallel
        if (name.starts_with(prefix)) name.erase(0, std::string_view(prefix).size());
    }
    if (name.starts_with("decoder.encoder.")) replace("decoder.encoder.", "encoder.");
    replace(".all_modules.0.", ".conv.");
    replace(".all_modules.1.", ".norm.");
    return name;
}

}  // namespace

Result<TensorMap> without_aliases(const TensorMap& state) {
    TensorMap kept;
    for (const auto& [name, tensor] : state) {
        const auto [place, fresh] = kept.emplace(canonical(name), tensor);
        if (fresh || place->second.is_alias_of(tensor)) continue;
        if (place->second.sizes() != tensor.sizes() || !torch::equal(place->second, tensor))
            return failure(ErrorCode::model_invalid, "tensor \"" + name + "\" is not the \"" + place->first +
                                                         "\" that it should repeat");
    }
    return kept;
}

Result<std::unique_ptr<Network>> make_network(const NetworkPlan& plan, std::int64_t classes,
                                              const TensorMap& state, const torch::Device& device) {
    try {
        WeightTaker weights(state, device);
        auto network = std::make_unique<UNet>(plan, classes, weights);
        weights.refuse_surplus();
        return network;
    } catch (const WeightRefused& refused) {
        return failure(ErrorCode::model_invalid, refused.what);
    }
}

}  // namespace spineseg::nnunet
