// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcxfer.h>

/// What differs between the releases of DCMTK that this project builds with (3.6.7 to 3.6.9).
namespace spineseg::dicom {

/// Whether pixel data in this transfer syntax are a sequence of fragments, compressed or not. DCMTK 3.6.9 deprecates
/// isEncapsulated(), which there is false for Encapsulated Uncompressed Explicit VR Little Endian.
template <typename Xfer>
bool is_encapsulated(const Xfer& syntax) {
    if constexpr (requires { syntax.usesEncapsulatedFormat(); })
        return syntax.usesEncapsulatedFormat();
    else
        return syntax.isEncapsulated();
}

}  // namespace spineseg::dicom
