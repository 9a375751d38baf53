// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The networks: SpineSegDiff's image encoder and denoiser (docs/method.md §2; parameter names are the
/// published ones), and the presegmentation U-Net from the same blocks. Activations are channels-last, or blocked where
/// this thread's ConvolutionScope says so, in the thread's compute precision; parameters stay float32. Inputs and outputs are float32 [N, C, H, W] with H
/// and W multiples of 16. Throws c10::Error on what LibTorch cannot do. One thread at a time.

#include <torch/nn.h>

#include <vector>

#include "config/model_manifest.h"
#include "core/volume.h"
#include "worker/inference/networks/blocked_layer.h"
#include "worker/inference/networks/precision.h"
#include "worker/inference/networks/prepacked_convolution.h"

namespace spineseg {

/// Four poolings by two: rows and columns of every input are multiples of this.
inline constexpr std::int64_t kPoolingMultiple = 16;

/// Convolution 3×3 → instance norm → LeakyReLU(0.1): "CNA". What comes after the activation is fused into it.
/// The convolution's bias is kept for the checkpoint's sake and not computed: the norm that follows cancels
/// it.
struct ConvNormActivationImpl : torch::nn::Module {
    ConvNormActivationImpl(int in_channels, int out_channels);
    /// `vector` [N, C] and `map` (like the output) are added to the activation when defined.
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& vector = {},
                          const torch::Tensor& map = {});
    torch::nn::Conv2d conv{nullptr};
    torch::nn::InstanceNorm2d norm{nullptr};

  private:
    PrepackedConvolution convolve_;
};
TORCH_MODULE(ConvNormActivation);

/// "Two" and "TwoT": two CNAs, with the time vector added after the first where there is one.
struct TwoConvImpl : torch::nn::Module {
    TwoConvImpl(int in_channels, int out_channels, bool timed);
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& time = {},
                          const torch::Tensor& map = {});
    torch::nn::Linear temb_proj{nullptr};
    ConvNormActivation conv_0{nullptr}, conv_1{nullptr};
};
TORCH_MODULE(TwoConv);

/// Max-pooling by two, then TwoConv under the name "convs".
struct DownImpl : torch::nn::Module {
    DownImpl(int in_channels, int out_channels, bool timed);
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& time = {},
                          const torch::Tensor& map = {});
    TwoConv convs{nullptr};
};
TORCH_MODULE(Down);

/// Transposed convolution 2×2 (computed as a matrix product and a pixel shuffle), concatenation [skip, up],
/// TwoConv.
struct UpCatImpl : torch::nn::Module {
    UpCatImpl(int in_channels, int skip_channels, int up_channels, int out_channels, bool timed);
    torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& skip, const torch::Tensor& time = {});
    torch::nn::ConvTranspose2d deconv{nullptr};
    TwoConv convs{nullptr};

  private:
    BlockedLayer blocked_{BlockedLayer::Kind::quarters};
};
TORCH_MODULE(UpCat);

/// docs/method.md §2.4: 128 sinusoids, two linear layers → [N, 512].
struct TimeEmbeddingImpl : torch::nn::Module {
    TimeEmbeddingImpl();
    torch::Tensor forward(const torch::Tensor& timestep);
    torch::nn::ModuleList dense{nullptr};
};
TORCH_MODULE(TimeEmbedding);

/// [sin(t·f), cos(t·f)], all sines first; float32 [N, 128].
torch::Tensor sinusoidal_embedding(const torch::Tensor& timestep);

/// The image encoder ("embed_model"): [N, 1, H, W] → five feature maps, in the compute precision and layout.
struct ImageEncoderImpl : torch::nn::Module {
    explicit ImageEncoderImpl(const Widths& widths, int in_channels = 1);
    std::vector<torch::Tensor> forward(const torch::Tensor& image);
    TwoConv conv_0{nullptr};
    std::vector<Down> downs;
};
TORCH_MODULE(ImageEncoder);

/// The denoiser ("model"): image [N, 1, H, W], x_t [N, 3, H, W], timestep int64 [N] in the T-step numbering,
/// and the encoder's features (empty: SpineSegDiff without image encoder) → logits [N, 3, H, W] of x_0.
struct DenoiserImpl : torch::nn::Module {
    explicit DenoiserImpl(const Widths& widths);
    torch::Tensor forward(const torch::Tensor& image, const torch::Tensor& x_t, const torch::Tensor& timestep,
                          const std::vector<torch::Tensor>& features);
    TimeEmbedding temb{nullptr};
    TwoConv conv_0{nullptr};
    std::vector<Down> downs;
    std::vector<UpCat> ups;  ///< upcat_4 first
    torch::nn::Conv2d final_conv{nullptr};

  private:
    BlockedLayer blocked_final_{BlockedLayer::Kind::convolution};
};
TORCH_MODULE(Denoiser);

/// Both, under their published names.
struct SpineSegDiffImpl : torch::nn::Module {
    explicit SpineSegDiffImpl(const Widths& widths, bool image_encoder = true);
    /// Empty without image encoder.
    std::vector<torch::Tensor> encode(const torch::Tensor& image);
    ImageEncoder embed_model{nullptr};
    Denoiser model{nullptr};
};
TORCH_MODULE(SpineSegDiff);

/// Presegmentation: image [N, 1, H, W] → logits [N, 4, H, W]: background, canal, vertebra, disc (softmax).
struct PresegmentationUNetImpl : torch::nn::Module {
    explicit PresegmentationUNetImpl(const Widths& widths);
    torch::Tensor forward(const torch::Tensor& image);
    ImageEncoder encoder{nullptr};
    std::vector<UpCat> ups;
    torch::nn::Conv2d final_conv{nullptr};

  private:
    BlockedLayer blocked_final_{BlockedLayer::Kind::convolution};
};
TORCH_MODULE(PresegmentationUNet);

/// The precision of convolutions and activations in every network of this thread, as a scope. float32 by
/// default.
class PrecisionScope {
  public:
    explicit PrecisionScope(Precision precision);
    ~PrecisionScope();
    PrecisionScope(const PrecisionScope&) = delete;
    PrecisionScope& operator=(const PrecisionScope&) = delete;

  private:
    Precision before_;
};

}  // namespace spineseg
