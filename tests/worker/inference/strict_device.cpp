// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/worker/inference/strict_device.h"

#include <ATen/NativeFunctions.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/impl/DeviceGuardImplInterface.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <utility>
#include <vector>

namespace spineseg {
namespace on_strict_device {

using torch::Tensor;
using torch::jit::Stack;

constexpr auto kType = c10::DeviceType::HIP;
static int reads = 0;

bool is_strict(const Tensor& x) {
    return x.device().type() == kType;
}

/// The same memory as a tensor of the CPU.
Tensor on_cpu(const Tensor& x) {
    return torch::from_blob(
        x.data_ptr(), x.sizes(), x.strides(), [keep = x](void*) {}, torch::TensorOptions(x.scalar_type()));
}

/// The same memory as a tensor of the device.
Tensor on_device(const Tensor& x) {
    const auto storage_bytes = at::detail::computeStorageNbytes(x.sizes(), x.strides(), x.element_size());
    c10::DataPtr data(
        x.data_ptr(), new Tensor(x), [](void* kept) { delete static_cast<Tensor*>(kept); }, strict_device());
    c10::Storage storage(c10::Storage::use_byte_size_t(), storage_bytes, std::move(data), nullptr, false);
    auto result = at::detail::make_tensor<c10::TensorImpl>(
        std::move(storage), c10::DispatchKeySet(c10::DispatchKey::HIP), x.dtype());
    result.unsafeGetTensorImpl()->set_sizes_and_strides(x.sizes(), x.strides());
    return result;
}

/// The tensors of a call, with what the CPU computes on in their place.
struct Replaced {
    std::vector<std::pair<Tensor, Tensor>> pairs;  ///< of the device, of the CPU

    Tensor argument(const Tensor& x, const std::string& name) {
        if (!x.defined()) return x;
        if (!is_strict(x)) {
            TORCH_CHECK(x.dim() == 0, name, " mixes a tensor of the CPU with tensors of the device");
            return x;
        }
        // What is empty may be an output that the operation makes as large as it needs.
        pairs.emplace_back(x, x.numel() > 0 ? on_cpu(x) : torch::empty(x.sizes(), x.scalar_type()));
        return pairs.back().second;
    }
    Tensor result(const Tensor& x) const {
        if (!x.defined()) return x;
        for (const auto& [device, cpu] : pairs) {
            if (!cpu.is_same(x)) continue;
            if (cpu.sizes() != device.sizes()) {
                const auto grown = on_device(cpu);
                device.unsafeGetTensorImpl()->set_storage_keep_dtype(grown.storage());
                device.unsafeGetTensorImpl()->set_sizes_and_strides(grown.sizes(), grown.strides());
            }
            return device;
        }
        return on_device(x);
    }
};

/// Applies `change` to every tensor in the values, in lists too.
template <typename Change>
void for_tensors(c10::ArrayRef<c10::IValue> values, const Change& change) {
    for (auto& constant : values) {
        auto& value = const_cast<c10::IValue&>(constant);
        if (value.isTensor()) {
            value = change(value.toTensor());
        } else if (value.isList()) {
            auto list = value.toList().copy();
            for (std::size_t i = 0; i < list.size(); ++i) {
                const c10::IValue element = list.get(i);
                if (element.isTensor()) list.set(i, change(element.toTensor()));
            }
            value = list;
        }
    }
}

void compute_on_cpu(const c10::OperatorHandle& op, Stack* stack) {
    const auto& schema = op.schema();
    if (schema.name() == "aten::_local_scalar_dense") ++reads;
    Replaced replaced;
    for_tensors(torch::jit::last(*stack, schema.arguments().size()),
                [&](const Tensor& x) { return replaced.argument(x, schema.name()); });
    op.callBoxed(stack);
    for_tensors(torch::jit::last(*stack, schema.returns().size()),
                [&](const Tensor& x) { return replaced.result(x); });
}

void make_empty(const c10::OperatorHandle& op, Stack* stack) {
    const bool strided = op.schema().name() == "aten::empty_strided";
    auto arguments = torch::jit::pop(*stack, op.schema().arguments().size());
    const auto sizes = arguments[0].toIntVector();
    const auto& type = arguments[strided ? 2 : 1];
    const auto options = torch::TensorOptions(type.isNone() ? torch::kFloat32 : type.toScalarType());
    const auto format =
        strided || arguments[5].isNone() ? torch::MemoryFormat::Contiguous : arguments[5].toMemoryFormat();
    stack->push_back(on_device(strided ? torch::empty_strided(sizes, arguments[1].toIntVector(), options)
                                       : torch::empty(sizes, options, format)));
}

/// The one call that may have both devices among its arguments.
void copy_between(const c10::OperatorHandle& op, Stack* stack) {
    auto arguments = torch::jit::pop(*stack, op.schema().arguments().size());
    const Tensor to = arguments[0].toTensor(), from = arguments[1].toTensor();
    if (is_strict(from) && !is_strict(to)) ++reads;
    auto target = is_strict(to) ? on_cpu(to) : to;
    target.copy_(is_strict(from) ? on_cpu(from) : from);
    stack->push_back(to);
}

/// LibTorch asks foreign devices for convolutions by this name, which the CPU does not have.
void convolve(const c10::OperatorHandle& op, Stack* stack) {
    Replaced replaced;
    for_tensors(torch::jit::last(*stack, op.schema().arguments().size()),
                [&](const Tensor& x) { return replaced.argument(x, "convolution"); });
    c10::Dispatcher::singleton().findSchemaOrThrow("aten::convolution", "").callBoxed(stack);
    for_tensors(torch::jit::last(*stack, 1), [&](const Tensor& x) { return replaced.result(x); });
}

TORCH_LIBRARY_IMPL(_, HIP, library) {
    library.fallback(torch::CppFunction::makeFromBoxedFunction<&compute_on_cpu>());
}

TORCH_LIBRARY_IMPL(aten, HIP, library) {
    library.impl("empty.memory_format", torch::CppFunction::makeFromBoxedFunction<&make_empty>());
    library.impl("empty_strided", torch::CppFunction::makeFromBoxedFunction<&make_empty>());
    library.impl("copy_", torch::CppFunction::makeFromBoxedFunction<&copy_between>());
    library.impl("convolution_overrideable", torch::CppFunction::makeFromBoxedFunction<&convolve>());
    library.impl("as_strided", TORCH_FN(at::native::as_strided_tensorimpl));
    library.impl("view", TORCH_FN(at::native::view));
    library.impl("_reshape_alias", TORCH_FN(at::native::_reshape_alias));
}

using NoGuard = c10::impl::NoOpDeviceGuardImpl<kType>;
const c10::impl::DeviceGuardImplRegistrar registered(kType, new NoGuard);

}  // namespace on_strict_device

torch::Device strict_device() {
    return {on_strict_device::kType, 0};
}

int reads_of_strict_device() {
    return std::exchange(on_strict_device::reads, 0);
}

}  // namespace spineseg
