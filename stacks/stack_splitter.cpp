// SPDX-License-Identifier: GPL-3.0-or-later
#include "stacks/stack_splitter.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/decimal_string.h"
#include "stacks/stack_difference.h"

namespace spineseg {
namespace {

constexpr double kPlaneCosine = 0.8;
constexpr double kSameStation = 5.0;     // mm within the plane; a repeat of a stack lies where it lay
constexpr double kLongestEcho = 150;     // ms: beyond that the discs are as dark as the bone
constexpr std::size_t kMostStacks = 64;  // a foreign file may make every image its own

using Images = std::vector<std::size_t>;

Vec3 normal_of(const FrameHeader& header) {
    return normalised(cross(header.row_direction, header.column_direction));
}

std::string plane_of(const FrameHeader& header) {
    const Vec3 n = normal_of(header);
    const std::array<double, 3> size{std::abs(n[0]), std::abs(n[1]), std::abs(n[2])};
    const auto largest = std::max_element(size.begin(), size.end());
    constexpr std::array<const char*, 3> kNames{"sagittal", "coronal", "axial"};
    // Written so that a normal that is no number is oblique, too.
    return *largest >= kPlaneCosine ? kNames[static_cast<std::size_t>(largest - size.begin())] : "oblique";
}

/// Splits one group of images at equal positions along the normal that lie apart within the plane: stations
/// of a spine examination share their slices' positions from left to right.
std::vector<Images> stations_of(std::span<const FrameHeader> headers, const Images& images) {
    const Vec3 normal = normal_of(headers[images.front()]);
    if (!(norm(normal) > 0.5)) return {images};  // no plane at all, which build_stack() names
    const auto lateral = [&](std::size_t a, std::size_t b) {
        const Vec3 way = headers[a].position - headers[b].position;
        return norm(way - dot(way, normal) * normal);
    };
    const auto along = [&](std::size_t i) { return dot(normal, headers[i].position); };
    Images sorted = images;
    std::stable_sort(sorted.begin(), sorted.end(), [&](auto a, auto b) { return along(a) < along(b); });
    bool apart = false;
    for (std::size_t i = 1, first = 0; i < sorted.size() && !apart; ++i) {
        if (!(along(sorted[i]) - along(sorted[first]) < kSamePositionMm))
            first = i;
        else
            apart = lateral(sorted[i], sorted[first]) > kSameStation;
    }
    if (!apart) return {images};
    std::vector<Images> stations;
    for (const std::size_t image : images) {
        const auto station = std::find_if(stations.begin(), stations.end(), [&](const Images& known) {
            return lateral(image, known.back()) <= kSameStation;
        });
        if (station != stations.end())
            station->push_back(image);
        else if (stations.size() < kMostStacks)
            stations.push_back({image});
        else
            return {images};
    }
    return stations;
}

std::vector<Images> split(std::span<const FrameHeader> headers) {
    std::vector<Images> groups;
    for (std::size_t i = 0; i < headers.size(); ++i) {
        const auto group = std::find_if(groups.begin(), groups.end(), [&](const Images& known) {
            return !stack_difference(headers[known.front()], headers[i]);
        });
        if (group != groups.end())
            group->push_back(i);
        else if (groups.size() < kMostStacks)
            groups.push_back({i});
        else
            groups.back().push_back(i);  // which build_stack() then refuses
    }
    std::vector<Images> stacks;
    for (const auto& group : groups)
        for (auto& station : stations_of(headers, group)) stacks.push_back(std::move(station));
    std::sort(stacks.begin(), stacks.end(),
              [](const Images& a, const Images& b) { return a.front() < b.front(); });
    return stacks;
}

std::string describe(const FrameHeader& first, std::size_t images, const std::string& plane) {
    std::string text = std::to_string(images) + " " + plane + (images == 1 ? " image, " : " images, ") +
                       std::to_string(first.columns) + " x " + std::to_string(first.rows);
    if (first.echo_time) text += ", echo time " + rounded_text(*first.echo_time) + " ms";
    if (first.inversion_time && *first.inversion_time > 0)
        text += ", inversion time " + rounded_text(*first.inversion_time) + " ms";
    if (first.b_value) text += ", b-value " + rounded_text(*first.b_value);
    if (first.echo_number) text += ", echo " + std::to_string(*first.echo_number);
    text += ", " + first.kind.name;
    if (!first.kind.shows_anatomy()) text += " (no anatomy: " + first.kind.reason + ")";
    if (!first.stack_id.empty()) text += ", stack " + first.stack_id;
    return text;
}

Result<Stack> build(std::span<const FrameHeader> headers, const Images& images, int min_slices) {
    std::vector<FrameHeader> own;
    own.reserve(images.size());
    for (const std::size_t image : images) own.push_back(headers[image]);
    auto stack = build_stack(own, min_slices);
    if (stack)
        for (std::size_t& index : stack->order) index = images[index];
    return stack;
}

/// "; left aside as repeats: 6 images (I0013.dcm and 5 more)". The name that comes first does not depend on
/// the order of the images.
std::string repeats_of(std::span<const FrameHeader> headers, const Images& images,
                       const std::vector<std::size_t>& kept) {
    std::vector<std::string> names;
    for (const std::size_t image : images)
        if (std::find(kept.begin(), kept.end(), image) == kept.end()) names.push_back(headers[image].name);
    const auto first = *std::min_element(names.begin(), names.end());
    std::string text = "; left aside as repeats: " + std::to_string(names.size()) +
                       (names.size() == 1 ? " image (" : " images (") + first;
    if (names.size() > 1) text += " and " + std::to_string(names.size() - 1) + " more";
    return text + ")";
}

bool is_shown(const FrameHeader& first) {
    return first.kind.shows_anatomy() && first.b_value.value_or(0) <= 0;
}

/// What choose_stack() documents, best last; slices are compared apart, because they must differ by much.
std::pair<Anatomy, double> rank_of(const FrameHeader& first) {
    const double echo = first.echo_time.value_or(0);
    return {first.kind.anatomy, echo <= kLongestEcho ? echo : -echo};
}

std::string list_of(std::span<const StackCandidate> candidates) {
    std::string text;
    for (const auto& candidate : candidates) {
        if (text.size() > 400) return text + "; …";
        text += (text.empty() ? "" : "; ") + candidate.description;
    }
    return text;
}

/// The few images that are not in the stack, and what sets each apart.
std::string few_others(std::span<const StackCandidate> candidates, std::span<const FrameHeader> headers,
                       std::size_t of) {
    constexpr std::size_t kFew = 2;
    std::string text;
    for (const auto& candidate : candidates) {
        if (&candidate == &candidates[of] || candidate.images.size() > kFew || text.size() > 400) continue;
        const auto difference =
            stack_difference(headers[candidate.images.front()], headers[candidates[of].images.front()]);
        if (difference) text += "; not in it: " + difference->detail;
    }
    return text;
}

/// Of images that may be worked on: one stack under several frames of reference.
std::optional<Error> several_frames_of_reference(std::span<const StackCandidate> candidates,
                                                 std::span<const FrameHeader> headers) {
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        const FrameHeader& one = headers[candidates[i].images.front()];
        if (!is_shown(one)) continue;
        for (std::size_t j = i + 1; j < candidates.size(); ++j)
            if (auto error = frame_of_reference_difference(one, headers[candidates[j].images.front()]))
                return error;
    }
    return std::nullopt;
}

tl::unexpected<Error> none_sagittal(std::span<const StackCandidate> candidates) {
    const bool planes = std::any_of(candidates.begin(), candidates.end(), [&](const auto& candidate) {
        return candidate.plane != candidates.front().plane;
    });
    return failure(planes ? ErrorCode::multiple_orientations : ErrorCode::multiple_stacks,
                   "of " + std::to_string(candidates.size()) +
                       " stacks none is a sagittal one of anatomical images: " + list_of(candidates));
}

}  // namespace

std::vector<StackCandidate> examine_stacks(std::span<const FrameHeader> headers, int min_slices) {
    std::vector<StackCandidate> candidates;
    for (auto& images : split(headers)) {
        const FrameHeader& first = headers[images.front()];
        const auto plane = plane_of(first);
        auto stack = build(headers, images, min_slices);
        const std::size_t kept = stack ? stack->order.size() : images.size();
        auto description = describe(first, kept, plane);
        if (kept < images.size()) description += repeats_of(headers, images, stack->order);
        candidates.push_back({std::move(images), plane, std::move(description), std::move(stack)});
    }
    return candidates;
}

std::vector<std::string> odd_images(std::span<const StackCandidate> candidates,
                                    std::span<const FrameHeader> headers, std::size_t chosen) {
    std::vector<std::string> odd;
    const StackCandidate& stack = candidates[chosen];
    for (const auto& other : candidates) {
        const FrameHeader& first = headers[other.images.front()];
        if (&other == &stack || other.stack || other.plane != stack.plane || !is_shown(first)) continue;
        const auto difference = stack_difference(first, headers[stack.images.front()]);
        const std::string why = difference ? difference->detail : first.name + " lies apart";
        odd.push_back(std::to_string(other.images.size()) +
                      (other.images.size() == 1 ? " image" : " images") + " not in the stack: " + why);
    }
    return odd;
}

Result<std::size_t> choose_stack(std::span<const StackCandidate> candidates,
                                 std::span<const FrameHeader> headers) {
    if (candidates.empty()) return failure(ErrorCode::too_few_slices, "no images");
    const auto header = [&](std::size_t i) -> const FrameHeader& {
        return headers[candidates[i].images.front()];
    };
    if (candidates.size() == 1) {
        if (!candidates.front().stack) return failure(candidates.front().stack.error());
        if (!header(0).kind.shows_anatomy())
            return failure(ErrorCode::no_anatomical_images,
                           header(0).kind.reason + " (" + header(0).name + " and the other images)");
        return 0;
    }
    if (auto several = several_frames_of_reference(candidates, headers)) return failure(*several);
    if (candidates.size() >= kMostStacks)
        return failure(ErrorCode::multiple_stacks,
                       "the images belong to " + std::to_string(candidates.size()) + " stacks or more");
    // A header that cannot be is named before anything is chosen beside it.
    for (const auto& candidate : candidates)
        if (!candidate.stack && candidate.stack.error().code == ErrorCode::geometry_out_of_range)
            return failure(candidate.stack.error());
    std::vector<std::size_t> sagittal, good;
    for (std::size_t i = 0; i < candidates.size(); ++i)
        if (candidates[i].plane == "sagittal" && is_shown(header(i))) sagittal.push_back(i);
    if (sagittal.empty()) return none_sagittal(candidates);
    for (const std::size_t i : sagittal)
        if (candidates[i].stack) good.push_back(i);
    const auto smaller = [&](std::size_t a, std::size_t b) {
        return candidates[a].images.size() < candidates[b].images.size();
    };
    if (good.empty()) {
        const std::size_t most = *std::max_element(sagittal.begin(), sagittal.end(), smaller);
        const auto& largest = candidates[most];
        return failure(largest.stack.error().code,
                       "of " + std::to_string(candidates.size()) + " stacks (" + largest.description +
                           "): " + largest.stack.error().detail + few_others(candidates, headers, most));
    }
    auto best = rank_of(header(good.front()));
    for (const std::size_t i : good) best = std::max(best, rank_of(header(i)));
    std::erase_if(good, [&](std::size_t i) { return rank_of(header(i)) < best; });
    const std::size_t chosen = *std::max_element(good.begin(), good.end(), smaller);
    for (const std::size_t i : good)
        if (i != chosen && 2 * candidates[i].images.size() > candidates[chosen].images.size())
            return failure(ErrorCode::ambiguous_stacks,
                           "nothing tells which stack to work on: " + candidates[chosen].description +
                               ", or " + candidates[i].description);
    return chosen;
}

}  // namespace spineseg
