// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// A segmenter of small networks with random weights, and what it is given.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <utility>

#include "tests/worker/inference/small_bundle.h"
#include "worker/inference/presegmentation/slice_stack.h"
#include "worker/inference/sampling/consensus.h"
#include "worker/inference/segmentation/segmenter.h"

namespace spineseg::testing {

inline SliceStack random_stack(std::int64_t slices, std::int64_t rows = 32, std::int64_t columns = 48) {
    torch::manual_seed(4);
    SliceStack stack{torch::rand({slices, rows, columns}) * 900,
                     torch::ones({slices, rows, columns}, torch::kBool)};
    stack.inside.narrow(2, 0, 8).fill_(false);
    stack.intensities.masked_fill_(stack.inside.logical_not(), 0.0);
    return stack;
}

inline std::unique_ptr<Segmenter> load(const SmallBundle& small, Precision precision = Precision::float32) {
    SegmenterOptions options;
    options.precision = precision;
    options.threads = 1;
    options.convolutions =
        ConvolutionMethod::channels_last;  // another one is faster from time to time, and rounds otherwise
    auto segmenter = Segmenter::load(small.folder(), options);
    if (!segmenter) throw std::runtime_error(segmenter.error().detail);
    return std::move(*segmenter);
}

inline SegmentRequest asking(int samples, int steps) {
    return {.samples = samples, .steps = steps, .seed = 0};
}

inline void expect_same(const Consensus& a, const Consensus& b) {
    EXPECT_TRUE(torch::equal(a.probability, b.probability));
    EXPECT_TRUE(torch::equal(a.presegmentation, b.presegmentation));
    EXPECT_TRUE(torch::equal(a.entropy, b.entropy));
    EXPECT_TRUE(torch::equal(a.mutual_information, b.mutual_information));
    EXPECT_TRUE(torch::equal(a.sample_dice, b.sample_dice));
}

}  // namespace spineseg::testing
