// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/prepacked_convolution.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/torch.h>

#include <vector>

#include "worker/inference/networks/convolution_method.h"
#include "worker/inference/networks/parameter_version.h"

namespace spineseg {
namespace {

using torch::Tensor;

Tensor convolved(const Tensor& x, const Tensor& weight) {
    return torch::conv2d(x, weight, {}, /*stride=*/1, /*padding=*/1);
}

/// The operators behind TorchScript's frozen convolutions. LibTorch is built without them where it has no
/// oneDNN.
struct PackedOperators {
    std::optional<c10::OperatorHandle> pack, run;

    static const PackedOperators& found() {
        static const PackedOperators operators{find("mkldnn_prepacked::conv2d_prepack"),
                                               find("mkldnn_prepacked::conv2d_run")};
        return operators;
    }
    bool there() const { return pack && run; }

  private:
    static std::optional<c10::OperatorHandle> find(const char* name) {
        const auto handle = c10::Dispatcher::singleton().findSchema({name, ""});
        return handle.has_value() ? std::optional(*handle) : std::nullopt;
    }
};

c10::IValue packed(const Tensor& weight, at::IntArrayRef input_sizes) {
    const std::vector<std::int64_t> ones{1, 1};
    torch::jit::Stack stack{
        weight,          c10::IValue(),     ones /*stride*/,    ones /*padding*/, ones /*dilation*/,
        std::int64_t{1}, input_sizes.vec(), std::string("none")};
    PackedOperators::found().pack->callBoxed(&stack);
    return stack.back();
}

Tensor convolved(const Tensor& x, const c10::IValue& packed_weight) {
    torch::jit::Stack stack{x, packed_weight};
    PackedOperators::found().run->callBoxed(&stack);
    return stack.back().toTensor();
}

}  // namespace

bool PrepackedConvolution::is_current(const Tensor& x, const Tensor& parameter) const {
    return data_ == parameter.data_ptr() && version_ == version_of(parameter) && type_ == x.scalar_type() &&
           device_ == x.device();
}

void PrepackedConvolution::keep(const Tensor& x, const Tensor& parameter) {
    const Tensor weight = parameter.to(x.scalar_type()).contiguous(torch::MemoryFormat::ChannelsLast);
    packed_.reset();
    weight_ = Tensor();
    // Packed for the first input's size; others give the same result and at worst reorder again.
    if (x.device().is_cpu() && PackedOperators::found().there())
        packed_ = packed(weight, x.sizes());
    else
        weight_ = weight;
    data_ = parameter.data_ptr();
    version_ = version_of(parameter);
    type_ = x.scalar_type();
    device_ = x.device();
}

void PrepackedConvolution::forget() {
    packed_.reset();
    weight_ = Tensor();
    data_ = nullptr;
}

Tensor PrepackedConvolution::operator()(const Tensor& x, const Tensor& parameter) {
    if (torch::GradMode::is_enabled()) return convolved(x, parameter.to(x.scalar_type()));
    if (computes_blocked(x)) {
        forget();
        return blocked_(x, parameter);
    }
    blocked_.forget();
    if (!is_current(x, parameter)) keep(x, parameter);
    return packed_ ? convolved(x, *packed_) : convolved(x, weight_);
}

}  // namespace spineseg
