// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/fused_norm.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <cstdlib>
#include <string_view>
#include <vector>

#include "worker/inference/networks/fused_norm_kernel.h"
#include "worker/inference/networks/processor.h"

namespace spineseg {
namespace {

using kernels::Element;
using torch::Tensor;

const kernels::Kernels& kernels_for_this_machine() {
    static const kernels::Kernels& chosen =
        choose_norm_kernels(this_processor(), std::getenv("ATEN_CPU_CAPABILITY"));
    return chosen;
}

Element element_of(const Tensor& x) {
    return x.scalar_type() == torch::kBFloat16 ? Element::bfloat16 : Element::float32;
}

const void* pixel_base(const Tensor& x, std::int64_t image) {
    return static_cast<const char*>(x.data_ptr()) +
           image * x.stride(0) * static_cast<std::int64_t>(x.element_size());
}
void* pixel_base(Tensor& x, std::int64_t image) {
    return static_cast<char*>(x.data_ptr()) +
           image * x.stride(0) * static_cast<std::int64_t>(x.element_size());
}

Tensor channels_last(const Tensor& x) {
    return x.contiguous(torch::MemoryFormat::ChannelsLast);
}

/// Cuts an image's pixels into equal parts that threads share; the cut does not depend on the number of
/// threads, so that sums, and with them results, do not either.
struct Parts {
    std::int64_t pixels;
    std::int64_t count;
    explicit Parts(std::int64_t pixel_count)
        : pixels(pixel_count), count(std::max<std::int64_t>(1, pixel_count / 2048)) {}
    std::int64_t begin(std::int64_t part) const { return pixels * part / count; }
    std::int64_t end(std::int64_t part) const { return pixels * (part + 1) / count; }
};

/// Runs body(image, part) for every image and part.
template <typename Body>
void for_parts(std::int64_t images, const Parts& parts, const Body& body) {
    at::parallel_for(0, images * parts.count, 1, [&](std::int64_t from, std::int64_t to) {
        for (std::int64_t i = from; i < to; ++i) body(i / parts.count, i % parts.count);
    });
}

struct Statistics {
    Tensor mean;         // [N, C] float32
    Tensor inverse_std;  // [N, C] float32
};

Statistics statistics_of(const Tensor& x, double eps) {
    const auto n = x.size(0), c = x.size(1);
    const Parts parts(x.size(2) * x.size(3));
    const auto& kernel = kernels_for_this_machine();
    // The first pixel as shift keeps E[x²] − E[x]² from cancelling when an image is bright and flat.
    const Tensor shift = x.select(3, 0).select(2, 0).to(torch::kFloat32).contiguous();
    std::vector<double> sums(static_cast<std::size_t>(n * parts.count * 2 * c), 0.0);
    for_parts(n, parts, [&](std::int64_t image, std::int64_t part) {
        double* sum = sums.data() + (image * parts.count + part) * 2 * c;
        kernel.statistics(element_of(x), pixel_base(x, image), shift.data_ptr<float>() + image * c, c,
                          parts.begin(part), parts.end(part), sum, sum + c);
    });
    Statistics result{torch::empty({n, c}), torch::empty({n, c})};
    const float* shifts = shift.data_ptr<float>();
    float* means = result.mean.data_ptr<float>();
    float* inverses = result.inverse_std.data_ptr<float>();
    for (std::int64_t image = 0; image < n; ++image) {
        for (std::int64_t k = 0; k < c; ++k) {
            double sum = 0, square = 0;
            for (std::int64_t part = 0; part < parts.count; ++part) {
                const double* partial = sums.data() + (image * parts.count + part) * 2 * c;
                sum += partial[k];
                square += partial[c + k];
            }
            const double mean = sum / static_cast<double>(parts.pixels);
            const double variance = std::max(0.0, square / static_cast<double>(parts.pixels) - mean * mean);
            means[image * c + k] = static_cast<float>(mean + shifts[image * c + k]);
            inverses[image * c + k] = static_cast<float>(1.0 / std::sqrt(variance + eps));
        }
    }
    return result;
}

Tensor forward_kernel(const NormActivation& a, const Tensor& x, const Statistics& statistics) {
    const auto c = x.size(1);
    const Parts parts(x.size(2) * x.size(3));
    const auto& kernel = kernels_for_this_machine();
    const Tensor gamma = a.gamma.contiguous(), beta = a.beta.contiguous();
    const Tensor vector = a.vector.defined() ? a.vector.to(torch::kFloat32).contiguous() : Tensor();
    const Tensor map = a.map.defined() ? channels_last(a.map) : Tensor();
    Tensor y = torch::empty_like(x, x.options(), torch::MemoryFormat::ChannelsLast);
    for_parts(x.size(0), parts, [&](std::int64_t image, std::int64_t part) {
        kernel.apply({.element = element_of(x),
                      .channels = c,
                      .slope = static_cast<float>(a.slope),
                      .x = pixel_base(x, image),
                      .mean = statistics.mean.data_ptr<float>() + image * c,
                      .inverse_std = statistics.inverse_std.data_ptr<float>() + image * c,
                      .gamma = gamma.data_ptr<float>(),
                      .beta = beta.data_ptr<float>(),
                      .vector = vector.defined() ? vector.data_ptr<float>() + image * c : nullptr,
                      .map = map.defined() ? pixel_base(map, image) : nullptr,
                      .y = pixel_base(y, image)},
                     parts.begin(part), parts.end(part));
    });
    return y;
}

struct Gradients {
    Tensor dx, dgamma, dbeta, dvector;
};

Gradients backward_kernel(const Tensor& x, const Tensor& dy, const Statistics& s, const Tensor& gamma,
                          const Tensor& beta, double slope) {
    const auto n = x.size(0), c = x.size(1);
    const Parts parts(x.size(2) * x.size(3));
    const auto& kernel = kernels_for_this_machine();
    Tensor mean_dz = torch::empty({n, c}), mean_dz_xhat = torch::empty({n, c});
    Gradients g{torch::empty_like(x, x.options(), torch::MemoryFormat::ChannelsLast), torch::zeros({c}),
                torch::zeros({c}), torch::empty({n, c})};
    const auto args = [&](std::int64_t image) {
        return kernels::NormBackwardArgs{.element = element_of(x),
                                         .channels = c,
                                         .slope = static_cast<float>(slope),
                                         .x = pixel_base(x, image),
                                         .dy = pixel_base(dy, image),
                                         .mean = s.mean.data_ptr<float>() + image * c,
                                         .inverse_std = s.inverse_std.data_ptr<float>() + image * c,
                                         .gamma = gamma.data_ptr<float>(),
                                         .beta = beta.data_ptr<float>(),
                                         .mean_dz = mean_dz.data_ptr<float>() + image * c,
                                         .mean_dz_xhat = mean_dz_xhat.data_ptr<float>() + image * c,
                                         .dx = pixel_base(g.dx, image)};
    };
    std::vector<double> sums(static_cast<std::size_t>(n * parts.count * 3 * c), 0.0);
    for_parts(n, parts, [&](std::int64_t image, std::int64_t part) {
        double* sum = sums.data() + (image * parts.count + part) * 3 * c;
        kernel.backward_sums(args(image), parts.begin(part), parts.end(part), sum, sum + c, sum + 2 * c);
    });
    for (std::int64_t image = 0; image < n; ++image) {
        for (std::int64_t k = 0; k < c; ++k) {
            double total[3] = {0, 0, 0};
            for (std::int64_t part = 0; part < parts.count; ++part)
                for (int which = 0; which < 3; ++which)
                    total[which] +=
                        sums[static_cast<std::size_t>((image * parts.count + part) * 3 * c + which * c + k)];
            g.dvector.data_ptr<float>()[image * c + k] = static_cast<float>(total[0]);
            mean_dz.data_ptr<float>()[image * c + k] =
                static_cast<float>(total[1] / static_cast<double>(parts.pixels));
            mean_dz_xhat.data_ptr<float>()[image * c + k] =
                static_cast<float>(total[2] / static_cast<double>(parts.pixels));
            g.dbeta.data_ptr<float>()[k] += static_cast<float>(total[1]);
            g.dgamma.data_ptr<float>()[k] += static_cast<float>(total[2]);
        }
    }
    for_parts(n, parts, [&](std::int64_t image, std::int64_t part) {
        kernel.backward_apply(args(image), parts.begin(part), parts.end(part));
    });
    return g;
}

/// Autograd's view of the kernel. Saves the convolution's output and the statistics; everything else is
/// recomputed. An absent vector or map comes as an empty tensor: LibTorch 1.13 takes no undefined ones.
struct FusedNorm : torch::autograd::Function<FusedNorm> {
    static Tensor forward(torch::autograd::AutogradContext* context, Tensor x, Tensor gamma, Tensor beta,
                          Tensor vector, Tensor map, double eps, double slope) {
        x = channels_last(x);
        gamma = gamma.contiguous();
        beta = beta.contiguous();
        const Statistics statistics = statistics_of(x, eps);
        context->save_for_backward({x, statistics.mean, statistics.inverse_std, gamma, beta});
        context->saved_data["slope"] = slope;
        const bool has_vector = vector.numel() > 0, has_map = map.numel() > 0;
        context->saved_data["has_vector"] = has_vector;
        context->saved_data["has_map"] = has_map;
        const NormActivation args{x,   gamma, beta, has_vector ? vector : Tensor(), has_map ? map : Tensor(),
                                  eps, slope};
        return forward_kernel(args, x, statistics);
    }
    static torch::autograd::variable_list backward(torch::autograd::AutogradContext* context,
                                                   torch::autograd::variable_list outputs) {
        const auto saved = context->get_saved_variables();
        const Tensor dy = channels_last(outputs[0]).to(saved[0].scalar_type());
        const Gradients g = backward_kernel(saved[0], dy, {saved[1], saved[2]}, saved[3], saved[4],
                                            context->saved_data["slope"].toDouble());
        const bool has_vector = context->saved_data["has_vector"].toBool();
        const bool has_map = context->saved_data["has_map"].toBool();
        return {g.dx,     g.dgamma, g.dbeta, has_vector ? g.dvector : Tensor(), has_map ? dy : Tensor(),
                Tensor(), Tensor()};
    }
};

bool kernel_applies(const Tensor& x) {
    return x.device().is_cpu() && x.size(1) % 16 == 0 &&
           (x.scalar_type() == torch::kFloat32 || x.scalar_type() == torch::kBFloat16);
}

}  // namespace

Tensor norm_activation_reference(const NormActivation& a) {
    const Tensor normed =
        torch::instance_norm(a.x.to(torch::kFloat32), a.gamma, a.beta, {}, {}, /*use_input_stats=*/true,
                             /*momentum=*/0.0, a.eps, /*cudnn_enabled=*/true);
    Tensor y = torch::leaky_relu(normed, a.slope);
    if (a.vector.defined()) y = y + a.vector.to(torch::kFloat32).unsqueeze(2).unsqueeze(3);
    if (a.map.defined()) y = y + a.map;
    return channels_last(y.to(a.x.scalar_type()));
}

Tensor norm_activation(const NormActivation& a) {
    if (!kernel_applies(a.x)) return norm_activation_reference(a);
    if (torch::GradMode::is_enabled()) {
        const auto or_empty = [](const Tensor& t) { return t.defined() ? t : torch::empty({0}); };
        return FusedNorm::apply(a.x, a.gamma, a.beta, or_empty(a.vector), or_empty(a.map), a.eps, a.slope);
    }
    const Tensor x = channels_last(a.x);
    return forward_kernel(a, x, statistics_of(x, a.eps));
}

const kernels::Kernels& choose_norm_kernels(const Processor& processor, const char* capability) {
    const std::string_view limit = capability == nullptr ? "" : capability;
#if defined(__x86_64__)
    const bool at_most_avx2 = limit == "avx2", at_most_generic = limit == "default";
    if (processor.avx512 && !at_most_avx2 && !at_most_generic) return kernels::kAvx512Kernels;
    if (processor.avx2 && !at_most_generic) return kernels::kAvx2Kernels;
#endif
    return kernels::kGenericKernels;
}

}  // namespace spineseg
