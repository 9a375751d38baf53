// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/phantom/markers.h"

namespace spineseg::phantom {

PhantomMarkers place_markers(const Surroundings& surroundings) {
    constexpr double kLeftX = 20;
    constexpr double kLeftZ = -55;
    constexpr double kAnteriorZ = -15;
    constexpr double kCranialZ = 95;
    constexpr double kProud = 4.5;
    return {.left = {kLeftX, surroundings.back_skin(kLeftX, kLeftZ) + kProud, kLeftZ},
            .anterior = {0, surroundings.belly_skin(0, kAnteriorZ) - kProud, kAnteriorZ},
            .cranial = {0, surroundings.back_skin(0, kCranialZ) + kProud, kCranialZ}};
}

bool inside_marker(const PhantomMarkers& markers, double x, double y, double z) {
    for (const Vec3& centre : {markers.left, markers.anterior, markers.cranial}) {
        const Vec3 offset{x - centre[0], y - centre[1], z - centre[2]};
        if (dot(offset, offset) < kMarkerRadius * kMarkerRadius) return true;
    }
    return false;
}

}  // namespace spineseg::phantom
