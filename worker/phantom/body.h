// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// The whole patient: what tissue, and which label, lies at a point. Immutable after construction; any
/// thread.

#include <cstdint>

#include "core/volume.h"
#include "worker/phantom/anatomy.h"
#include "worker/phantom/markers.h"
#include "worker/phantom/spine_curve.h"
#include "worker/phantom/surroundings.h"
#include "worker/phantom/texture.h"

namespace spineseg::phantom {

struct Sample {
    Finding finding;
    Label label = Label::background;
    int level = 0;      ///< of a vertebra or disc, from below: 1 is L5 and the disc beneath it
    bool arch = false;  ///< of a vertebra: behind its body
};

enum class SacralPart : std::uint8_t { none = 0, s1 = 1, disc_below = 2 };

class Body {
  public:
    explicit Body(std::uint64_t seed, const PhantomFindings& findings = {});
    Body(const Body&) = delete;
    Body& operator=(const Body&) = delete;

    /// Body axes: left, posterior, superior of the centre of L3.
    Sample at(double x, double y, double z) const;
    /// The same place's part of the sacrum, whatever its label.
    SacralPart sacral_part(double x, double y, double z) const;
    const Surroundings& surroundings() const { return surroundings_; }
    const PhantomMarkers& markers() const { return markers_; }

  private:
    struct Canal {
        double distance = 0;  ///< signed, to the wall of the canal
        double behind = 0;    ///< n relative to the middle of the sac
        double half_depth = 0;
    };
    int level_of(std::size_t segment) const {
        return static_cast<int>(segment) - static_cast<int>(anatomy_.s1);
    }
    Sample tissue_at(const Place& place) const;
    bool in_metal(const Place& place) const;
    Canal canal(const Place& place) const;
    Sample in_canal(const Place& place, const Canal& canal) const;
    bool in_column(const Place& place, Sample& sample) const;
    bool in_disc(const Place& place, std::size_t below, Sample& sample) const;
    bool in_arch(const Place& place, std::size_t above, Sample& sample) const;
    bool in_sacral_crest(const Place& place, const Canal& canal, Sample& sample) const;
    Finding bone(const Place& place, double distance, double cortex, double fatty) const;
    Finding body_of(std::size_t segment, const Place& place, double distance) const;
    Finding disc_tissue(const Disc& disc, double relative_height, double radial, const Place& place) const;

    Anatomy anatomy_;
    Texture texture_;
    SpineCurve curve_;
    Surroundings surroundings_;
    Profile half_depth_;
    Profile epidural_gap_;
    Profile sac_size_;
    Profile scoliosis_;
    double sac_end_ = 0;
    double conus_ = 0;
    double crest_top_ = 0;
    PhantomMarkers markers_;
};

}  // namespace spineseg::phantom
