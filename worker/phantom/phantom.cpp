// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/phantom.h"

#include <cmath>

#include "worker/phantom/body.h"
#include "worker/phantom/random.h"
#include "worker/phantom/scanner.h"
#include "worker/phantom/tissue.h"

namespace spineseg {
namespace {

constexpr int kLargestSize = 1024;
constexpr int kHighestFinding = 8;

Result<void> check(const PhantomRequest& r) {
    for (const int size : {r.columns, r.rows, r.slices}) {
        if (size < 1 || size > kLargestSize) {
            return failure(ErrorCode::invalid_argument, "a phantom has 1 to 1024 columns, rows and slices");
        }
    }
    for (const double spacing : {r.pixel_spacing, r.slice_spacing}) {
        if (!(spacing >= 0.1 && spacing <= 20)) {
            return failure(ErrorCode::invalid_argument, "a phantom's spacings are 0.1 to 20 mm");
        }
    }
    if (!(std::abs(r.tilt_degrees) <= 45)) {
        return failure(ErrorCode::invalid_argument, "a phantom is tilted by at most 45 degrees");
    }
    if (!(std::abs(r.up_mm) <= 200)) {
        return failure(ErrorCode::invalid_argument, "a phantom's view is moved by at most 200 mm");
    }
    const PhantomFindings& f = r.findings;
    if (f.six_lumbar && f.four_lumbar) {
        return failure(ErrorCode::invalid_argument, "a phantom has six lumbar vertebrae or four, not both");
    }
    for (const int ordinal : {f.blocked, f.fractured, f.cemented, f.screwed, f.without_arch}) {
        if (ordinal < 0 || ordinal > kHighestFinding) {
            return failure(ErrorCode::invalid_argument, "a phantom's findings are at vertebra 1 to 8");
        }
    }
    if (!(std::abs(f.scoliosis_mm) <= 60)) {
        return failure(ErrorCode::invalid_argument, "a phantom bends aside by at most 60 mm");
    }
    return {};
}

LabelMap sacrum_of(const phantom::Body& body, const Geometry& geometry) {
    LabelMap sacrum{geometry, std::vector<std::uint8_t>(geometry.voxel_count())};
    for (int slice = 0; slice < geometry.slices; ++slice)
        for (int row = 0; row < geometry.rows; ++row)
            for (int column = 0; column < geometry.columns; ++column) {
                const Vec3 p = geometry.position(column, row, slice);
                sacrum.at(column, row, slice) = static_cast<std::uint8_t>(body.sacral_part(p[0], p[1], p[2]));
            }
    return sacrum;
}

}  // namespace

Result<Phantom> make_phantom(const PhantomRequest& request) {
    if (const auto checked = check(request); !checked) return failure(checked.error());
    const phantom::Body body(request.seed, request.findings);
    const auto brightness = phantom::brightness_of(request.contrast, request.seed);
    auto exposure = phantom::expose(body, phantom::grid_of(request), brightness);
    phantom::apply_coil(exposure.signal, body, request.seed);
    const double sigma = phantom::Random(request.seed, phantom::Random::Stream::noise, 1).uniform(9, 20);
    phantom::add_rician_noise(exposure.signal, sigma, request.seed);
    return Phantom{.image = std::move(exposure.signal),
                   .labels = std::move(exposure.labels),
                   .levels = std::move(exposure.levels),
                   .parts = std::move(exposure.parts),
                   .sacrum = sacrum_of(body, phantom::grid_of(request)),
                   .markers = body.markers()};
}

}  // namespace spineseg
