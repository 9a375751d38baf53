// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/networks/fused_norm.h"

#include <ATen/Parallel.h>
#include <torch/torch.h>

#include <vector>

#include "worker/inference/networks/blocked_map.h"
#include "worker/inference/networks/kernel_choice.h"

namespace spineseg {
namespace {

using torch::Tensor;

/// A picture as the kernels see it: all of its channels-last pixels, or those of one block of channels.
struct Pictures {
    std::int64_t count, channels, pixels;
    std::int64_t blocks;  ///< pictures that make up one image
    std::int64_t element_size;

    explicit Pictures(const Tensor& x) : element_size(static_cast<std::int64_t>(x.element_size())) {
        const bool blocked = is_blocked(x);
        blocks = blocked ? x.size(1) : 1;
        count = x.size(0) * blocks;
        channels = x.size(blocked ? 4 : 1);
        pixels = x.size(2) * x.size(3);
    }
    char* first_pixel(const Tensor& x, std::int64_t picture) const {
        return static_cast<char*>(x.data_ptr()) + picture * pixels * channels * element_size;
    }
    /// Where a picture's channels begin in values for all channels of an image.
    std::int64_t first_channel(std::int64_t picture) const { return picture % blocks * channels; }
};

Tensor channels_last(const Tensor& x) {
    return x.contiguous(torch::MemoryFormat::ChannelsLast);
}
Tensor dense(const Tensor& x) {
    return is_blocked(x) ? x.contiguous() : channels_last(x);
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
    const Pictures pictures(x);
    const auto n = pictures.count, c = pictures.channels;
    const Parts parts(pictures.pixels);
    const auto& kernel = kernels::for_this_machine();
    // The first pixel as shift keeps E[x²] − E[x]² from cancelling when an image is bright and flat.
    const Tensor shift = x.select(3, 0).select(2, 0).to(torch::kFloat32).contiguous();
    std::vector<double> sums(static_cast<std::size_t>(n * parts.count * 2 * c), 0.0);
    for_parts(n, parts, [&](std::int64_t picture, std::int64_t part) {
        double* sum = sums.data() + (picture * parts.count + part) * 2 * c;
        kernel.statistics(kernels::element_of(x.scalar_type()), pictures.first_pixel(x, picture),
                          shift.data_ptr<float>() + picture * c, c, parts.begin(part), parts.end(part), sum,
                          sum + c);
    });
    const auto images = n / pictures.blocks;
    Statistics result{torch::empty({images, n * c / images}), torch::empty({images, n * c / images})};
    const float* shifts = shift.data_ptr<float>();
    float* means = result.mean.data_ptr<float>();
    float* inverses = result.inverse_std.data_ptr<float>();
    for (std::int64_t picture = 0; picture < n; ++picture) {
        for (std::int64_t k = 0; k < c; ++k) {
            double sum = 0, square = 0;
            for (std::int64_t part = 0; part < parts.count; ++part) {
                const double* partial = sums.data() + (picture * parts.count + part) * 2 * c;
                sum += partial[k];
                square += partial[c + k];
            }
            const double mean = sum / static_cast<double>(parts.pixels);
            const double variance = std::max(0.0, square / static_cast<double>(parts.pixels) - mean * mean);
            means[picture * c + k] = static_cast<float>(mean + shifts[picture * c + k]);
            inverses[picture * c + k] = static_cast<float>(1.0 / std::sqrt(variance + eps));
        }
    }
    return result;
}

Tensor forward_kernel(const NormActivation& a, const Tensor& x, const Statistics& statistics) {
    const Pictures pictures(x);
    const auto c = pictures.channels;
    const Parts parts(pictures.pixels);
    const auto& kernel = kernels::for_this_machine();
    const Tensor gamma = a.gamma.contiguous(), beta = a.beta.contiguous();
    const Tensor vector = a.vector.defined() ? a.vector.to(torch::kFloat32).contiguous() : Tensor();
    const Tensor map = a.map.defined() ? dense(a.map) : Tensor();
    const Tensor y = a.in_place ? x : torch::empty_like(x);
    for_parts(pictures.count, parts, [&](std::int64_t picture, std::int64_t part) {
        const auto first = pictures.first_channel(picture);
        kernel.apply({.element = kernels::element_of(x.scalar_type()),
                      .channels = c,
                      .slope = static_cast<float>(a.slope),
                      .x = pictures.first_pixel(x, picture),
                      .mean = statistics.mean.data_ptr<float>() + picture * c,
                      .inverse_std = statistics.inverse_std.data_ptr<float>() + picture * c,
                      .gamma = gamma.data_ptr<float>() + first,
                      .beta = beta.data_ptr<float>() + first,
                      .vector = vector.defined() ? vector.data_ptr<float>() + picture * c : nullptr,
                      .map = map.defined() ? pictures.first_pixel(map, picture) : nullptr,
                      .y = pictures.first_pixel(y, picture)},
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
    const Pictures pictures(x);
    const Parts parts(pictures.pixels);
    const auto& kernel = kernels::for_this_machine();
    Tensor mean_dz = torch::empty({n, c}), mean_dz_xhat = torch::empty({n, c});
    Gradients g{torch::empty_like(x, x.options(), torch::MemoryFormat::ChannelsLast), torch::zeros({c}),
                torch::zeros({c}), torch::empty({n, c})};
    const auto args = [&](std::int64_t image) {
        return kernels::NormBackwardArgs{.element = kernels::element_of(x.scalar_type()),
                                         .channels = c,
                                         .slope = static_cast<float>(slope),
                                         .x = pictures.first_pixel(x, image),
                                         .dy = pictures.first_pixel(dy, image),
                                         .mean = s.mean.data_ptr<float>() + image * c,
                                         .inverse_std = s.inverse_std.data_ptr<float>() + image * c,
                                         .gamma = gamma.data_ptr<float>(),
                                         .beta = beta.data_ptr<float>(),
                                         .mean_dz = mean_dz.data_ptr<float>() + image * c,
                                         .mean_dz_xhat = mean_dz_xhat.data_ptr<float>() + image * c,
                                         .dx = pictures.first_pixel(g.dx, image)};
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
        const NormActivation args{.x = x,
                                  .gamma = gamma,
                                  .beta = beta,
                                  .vector = has_vector ? vector : Tensor(),
                                  .map = has_map ? map : Tensor(),
                                  .eps = eps,
                                  .slope = slope};
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
    return x.device().is_cpu() && (is_blocked(x) || x.size(1) % 16 == 0) &&
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
    const Tensor x = dense(a.x);
    return forward_kernel(a, x, statistics_of(x, a.eps));
}

}  // namespace spineseg
