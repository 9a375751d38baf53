// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Everything that is neither vertebra, disc nor canal: skin, fat, muscle, ligaments, vessels, bowel.
/// Immutable after construction; any thread.

#include "worker/phantom/anatomy.h"
#include "worker/phantom/spine_curve.h"
#include "worker/phantom/texture.h"
#include "worker/phantom/tissue.h"

namespace spineseg::phantom {

/// What is found at a point: a tissue, how much brighter or darker than its average it is there, and how much
/// of another one is mixed in.
struct Finding {
    Tissue tissue = Tissue::air;
    float factor = 1.0F;
    Tissue other = Tissue::air;
    float share_of_other = 0.0F;
};

/// A point in all the coordinates that anybody asks for.
struct Place {
    double x = 0, y = 0, z = 0;  ///< body axes: left, posterior, superior of the centre of L3
    double w = 0;                ///< left of the column's own midline
    double s = 0, n = 0;         ///< along the column and behind it
    double back = 0, belly = 0;  ///< below the skin of the back and of the belly; negative outside
};

class Surroundings {
  public:
    Surroundings(const Anatomy& anatomy, const SpineCurve& curve, const Texture& texture);

    /// Where the skin lies, at a height and a distance from the midline.
    double back_skin(double x, double z) const;
    double belly_skin(double x, double z) const;

    Finding at(const Place& place) const;

  private:
    Finding posterior(const Place& place) const;
    Finding lateral(const Place& place) const;
    Finding anterior(const Place& place) const;
    Finding abdomen(const Place& place) const;
    Finding bowel(const Place& place) const;
    Finding fat(Tissue kind, const Place& place) const;
    Finding muscle(const Place& place) const;
    void trace_back(const Anatomy& anatomy, const SpineCurve& curve);

    const Anatomy& anatomy_;
    const Texture& texture_;
    Profile half_depth_;
    Profile half_width_;
    Profile fascia_;
    Profile sway_;  ///< of the great vessels
    double s1_top_ = 0;
    double l4_ = 0;
    double t12_ = 0;
    std::vector<double> back_;  ///< y of the skin of the back in the midline, one a millimetre of z
};

/// Depth (n) of the muscle fascia behind each segment, from the tips of the spinous processes.
double fascia_depth(const Anatomy& anatomy, std::size_t segment);

}  // namespace spineseg::phantom
