// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/postprocessing/signal_void.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "core/connected_components.h"
#include "core/signal_range.h"
#include "core/volume.h"
#include "worker/inference/segmentation/series_consensus.h"

namespace spineseg {
namespace {

using at::Tensor;

constexpr auto kCanal = static_cast<std::int64_t>(Structure::canal);
constexpr auto kVertebra = static_cast<std::int64_t>(Structure::vertebra);

Tensor grown(const Tensor& mask, std::int64_t rows, std::int64_t columns) {
    const Tensor plane = mask.to(at::kFloat).view({1, 1, mask.size(0), mask.size(1)});
    return at::max_pool2d(plane, {2 * rows + 1, 2 * columns + 1}, {1, 1}, {rows, columns}).view_as(mask) >
           0.5;
}

/// Of a mask [H, W]: what stays when a square is moved about inside it.
Tensor opened(const Tensor& mask, std::int64_t reach) {
    return grown(grown(mask.logical_not(), reach, reach).logical_not(), reach, reach);
}

/// A mask [H, W] without gaps of up to twice as many rows and columns.
Tensor closed(const Tensor& mask, std::int64_t rows, std::int64_t columns) {
    return grown(grown(mask, rows, columns).logical_not(), rows, columns).logical_not();
}

/// True up to the last set pixel of each row.
Tensor to_last(const Tensor& mask) {
    return std::get<0>(mask.to(at::kByte).flip(1).cummax(1)).flip(1) > 0;
}

/// Bodies, discs and canal of a slice with what lies between them, at most 2 × `reach` apart: not the arches, between which
/// ligaments are dark, and not the ends of the column, where a coil sees nothing.
Tensor column_of(const Tensor& labelled, const Tensor& canal, std::int64_t reach, std::int64_t end) {
    Tensor column = closed(closed(labelled, reach, 0), 0, reach);
    if (canal.any().item<bool>()) column = column & to_last(closed(canal, reach, 0));
    const Tensor rows = column.any(1).nonzero();
    if (rows.size(0) == 0) return column;
    const auto first = rows.min().item<std::int64_t>(), last = rows.max().item<std::int64_t>();
    column.narrow(0, first, std::min(end, last + 1 - first)).zero_();
    column.narrow(0, std::max(first, last + 1 - end), std::min(end, last + 1 - first)).zero_();
    return column;
}

/// Brightness above `zero` of the vertebrae around each row [H, 1]: the median of those in rows at most `reach`
/// away, at most that of all. 0 where there is no vertebra.
Tensor usual_brightness(const Tensor& intensities, const Tensor& vertebra, std::int64_t reach, double zero) {
    const std::int64_t rows = intensities.size(1);
    Tensor usual = at::zeros({rows, 1});
    const Tensor all = intensities.masked_select(vertebra) - zero;
    if (all.numel() == 0) return usual;
    const double typical = all.median().item<double>();
    constexpr std::int64_t kTogether = 16;  // rows that share a median
    for (std::int64_t row = 0; row < rows; row += kTogether) {
        const std::int64_t end = std::min(rows, row + kTogether);
        const std::int64_t first = std::max<std::int64_t>(0, row - reach);
        const std::int64_t count = std::min(rows, end + reach) - first;
        const Tensor near =
            intensities.narrow(1, first, count).masked_select(vertebra.narrow(1, first, count)) - zero;
        if (near.numel() > 0)
            usual.narrow(0, row, end - row).fill_(std::min(typical, near.median().item<double>()));
    }
    return usual;
}

using Piece = std::vector<std::size_t>;  ///< indices of pixels, row by row

/// Those connected pieces of a mask [H, W] for which `kept(piece, finder)` is true.
template <typename Kept>
Tensor pieces_of(const Tensor& mask, Connectivity connectivity, const Kept& kept) {
    const Tensor here = mask.to(at::kByte).contiguous();
    Tensor chosen = at::zeros_like(here);
    const auto* set = here.data_ptr<std::uint8_t>();
    auto* target = chosen.data_ptr<std::uint8_t>();
    ComponentFinder finder(static_cast<int>(mask.size(1)), static_cast<int>(mask.size(0)), 1, connectivity);
    const auto wanted = [&](std::size_t pixel) { return set[pixel] != 0; };
    for (std::size_t pixel = 0; pixel < static_cast<std::size_t>(here.numel()); ++pixel) {
        if (!wanted(pixel) || finder.visited(pixel)) continue;
        const Piece& piece = finder.collect(pixel, wanted);
        if (kept(piece, finder))
            for (const std::size_t one : piece) target[one] = 1;
    }
    return chosen.to(at::kBool);
}

/// Of a mask [H, W]: the pieces that reach the plane's border.
Tensor joined_to_border(const Tensor& mask) {
    return pieces_of(mask, Connectivity::faces, [](const Piece& piece, const ComponentFinder& finder) {
        return std::any_of(piece.begin(), piece.end(),
                           [&](std::size_t pixel) { return finder.on_slice_border(pixel); });
    });
}

/// bool [N, H, W]: inside the image, and with less than `share` of the vertebrae's brightness.
Tensor dark_pixels(const SliceStack& slices, const Tensor& vertebra, std::int64_t reach, double share) {
    const Tensor intensities = slices.intensities.contiguous();
    SignalRange range;
    range.add({intensities.data_ptr<float>(), static_cast<std::size_t>(intensities.numel())});
    const double zero = range.zero();
    const Tensor usual = usual_brightness(intensities, vertebra, reach, zero);
    Tensor dark = slices.inside & (intensities - zero < share * usual.unsqueeze(0));
    // A border of one value was added to the image, or cut out of it: nothing was measured there.
    const Tensor empty = slices.inside.logical_not() | (intensities - zero <= 0);
    for (std::int64_t slice = 0; slice < dark.size(0); ++slice)
        dark[slice].logical_and_(joined_to_border(empty[slice]).logical_not());
    return dark;
}

/// The pieces of a mask [H, W] in which at least `fewest` pixels are vertebra.
Tensor pieces_in_bone(const Tensor& mask, const Tensor& vertebra, std::int64_t fewest) {
    const Tensor bone = vertebra.to(at::kByte).contiguous();
    const auto* is_bone = bone.data_ptr<std::uint8_t>();
    return pieces_of(mask, Connectivity::corners, [&](const Piece& piece, const ComponentFinder&) {
        return std::count_if(piece.begin(), piece.end(),
                             [&](std::size_t pixel) { return is_bone[pixel] != 0; }) >= fewest;
    });
}

}  // namespace

SignalVoids find_signal_voids(const Tensor& probability, const SliceStack& slices, double spacing_mm,
                              const SignalVoidRule& rule) {
    const auto pixels = [&](double mm) { return static_cast<std::int64_t>(std::lround(mm / spacing_mm)); };
    const auto reach_of = [&](double side) { return std::max<std::int64_t>(1, pixels(side / 2)); };
    const double pixel_mm2 = spacing_mm * spacing_mm;
    const auto fewest = static_cast<std::int64_t>(std::ceil(rule.vertebra_mm2 / pixel_mm2));
    const Tensor labelled = std::get<0>(probability.max(1)) >= 1 - probability.sum(1);
    const Tensor likeliest = probability.argmax(1);
    const Tensor vertebra = labelled & (likeliest == kVertebra);
    const Tensor dark_by_nature = labelled & (likeliest != kVertebra);  // a black disc; the canal on T1
    const Tensor dark = dark_pixels(slices, vertebra, pixels(rule.band_mm), rule.signal);
    SignalVoids voids{at::zeros_like(labelled), 0};
    for (std::int64_t slice = 0; slice < dark.size(0); ++slice) {
        if (!vertebra[slice].any().item<bool>() || !dark[slice].any().item<bool>()) continue;
        const Tensor solid = opened(dark[slice], reach_of(rule.core_mm)) & labelled[slice];
        Tensor seed = pieces_in_bone(solid, vertebra[slice], fewest);
        const Tensor column = column_of(labelled[slice], labelled[slice] & (likeliest[slice] == kCanal),
                                        pixels(rule.column_mm / 2), pixels(rule.end_mm));
        const Tensor core =
            opened(dark[slice] & column & dark_by_nature[slice].logical_not(), reach_of(rule.named_core_mm));
        const double mm2 = static_cast<double>(core.sum().item<std::int64_t>()) * pixel_mm2;
        if (mm2 >= rule.named_mm2) {
            voids.largest_mm2 = std::max(voids.largest_mm2, mm2);
            seed.logical_or_(core);
        }
        if (seed.any().item<bool>())
            voids.labelled[slice].copy_(solid & grown(seed, pixels(rule.around_mm), pixels(rule.around_mm)));
    }
    return voids;
}

void clear_signal_voids(Consensus& consensus, const SignalVoids& voids) {
    const Tensor here = voids.labelled.unsqueeze(1);
    if (!here.any().item<bool>()) return;
    for (Tensor* map : {&consensus.probability, &consensus.mean_probability, &consensus.presegmentation})
        *map = map->masked_fill(here, 0);
}

}  // namespace spineseg
