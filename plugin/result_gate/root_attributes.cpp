// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/result_gate/root_attributes.h"

#include <algorithm>
#include <array>

namespace spineseg {
namespace {

constexpr unsigned family_bit(OutputFamily family) {
    return 1U << static_cast<unsigned>(family);
}

constexpr unsigned kSeg = family_bit(OutputFamily::segmentation);
constexpr unsigned kLabels = family_bit(OutputFamily::label_map);
constexpr unsigned kMap = family_bit(OutputFamily::map);
constexpr unsigned kReport = family_bit(OutputFamily::report);
constexpr unsigned kPicture = family_bit(OutputFamily::picture);
constexpr unsigned kGrids = kSeg | kLabels | kMap;
constexpr unsigned kImages = kGrids | kPicture;
constexpr unsigned kAll = kImages | kReport;

struct RootAttribute {
    DicomTag tag = 0;
    std::array<char, 2> vr{};
    unsigned families = 0;
};

constexpr std::array kRootAttributes{
    RootAttribute{0x00080008U, {'C', 'S'}, kImages},
    RootAttribute{0x00080012U, {'D', 'A'}, kAll},
    RootAttribute{0x00080013U, {'T', 'M'}, kAll},
    RootAttribute{0x00080016U, {'U', 'I'}, kAll},
    RootAttribute{0x00080018U, {'U', 'I'}, kAll},
    RootAttribute{0x00080021U, {'D', 'A'}, kAll},
    RootAttribute{0x00080023U, {'D', 'A'}, kAll},
    RootAttribute{0x00080031U, {'T', 'M'}, kAll},
    RootAttribute{0x00080033U, {'T', 'M'}, kAll},
    RootAttribute{0x00080060U, {'C', 'S'}, kAll},
    RootAttribute{0x00080064U, {'C', 'S'}, kPicture},
    RootAttribute{0x00080070U, {'L', 'O'}, kAll},
    RootAttribute{0x00080110U, {'S', 'Q'}, kMap | kReport},
    RootAttribute{0x0008103eU, {'L', 'O'}, kAll},
    RootAttribute{0x00081090U, {'L', 'O'}, kAll},
    RootAttribute{0x00081111U, {'S', 'Q'}, kReport},
    RootAttribute{0x00081115U, {'S', 'Q'}, kImages},
    RootAttribute{0x00082111U, {'S', 'T'}, kPicture},
    RootAttribute{0x00082112U, {'S', 'Q'}, kPicture},
    RootAttribute{0x00089205U, {'C', 'S'}, kMap},
    RootAttribute{0x00180015U, {'C', 'S'}, kImages},
    RootAttribute{0x00180050U, {'D', 'S'}, kPicture},
    RootAttribute{0x00181000U, {'L', 'O'}, kAll},
    RootAttribute{0x00181012U, {'D', 'A'}, kPicture},
    RootAttribute{0x00181014U, {'T', 'M'}, kPicture},
    RootAttribute{0x00181016U, {'L', 'O'}, kPicture},
    RootAttribute{0x00181018U, {'L', 'O'}, kPicture},
    RootAttribute{0x00181020U, {'L', 'O'}, kAll},
    RootAttribute{0x00189004U, {'C', 'S'}, kImages},
    RootAttribute{0x0018a001U, {'S', 'Q'}, kAll},
    RootAttribute{0x0020000eU, {'U', 'I'}, kAll},
    RootAttribute{0x00200011U, {'I', 'S'}, kAll},
    RootAttribute{0x00200013U, {'I', 'S'}, kAll},
    RootAttribute{0x00200020U, {'C', 'S'}, kPicture},
    RootAttribute{0x00200032U, {'D', 'S'}, kPicture},
    RootAttribute{0x00200037U, {'D', 'S'}, kPicture},
    RootAttribute{0x00200052U, {'U', 'I'}, kImages},
    RootAttribute{0x00201040U, {'L', 'O'}, kImages},
    RootAttribute{0x00209221U, {'S', 'Q'}, kGrids},
    RootAttribute{0x00209222U, {'S', 'Q'}, kGrids},
    RootAttribute{0x00209311U, {'C', 'S'}, kLabels | kMap},
    RootAttribute{0x00280002U, {'U', 'S'}, kImages},
    RootAttribute{0x00280004U, {'C', 'S'}, kImages},
    RootAttribute{0x00280006U, {'U', 'S'}, kPicture},
    RootAttribute{0x00280008U, {'I', 'S'}, kGrids},
    RootAttribute{0x00280010U, {'U', 'S'}, kImages},
    RootAttribute{0x00280011U, {'U', 'S'}, kImages},
    RootAttribute{0x00280030U, {'D', 'S'}, kPicture},
    RootAttribute{0x00280100U, {'U', 'S'}, kImages},
    RootAttribute{0x00280101U, {'U', 'S'}, kSeg | kLabels | kPicture},
    RootAttribute{0x00280102U, {'U', 'S'}, kSeg | kLabels | kPicture},
    RootAttribute{0x00280103U, {'U', 'S'}, kSeg | kLabels | kPicture},
    RootAttribute{0x00280120U, {'U', 'S'}, kLabels},
    RootAttribute{0x00280301U, {'C', 'S'}, kMap | kPicture},
    RootAttribute{0x00280302U, {'C', 'S'}, kMap},
    RootAttribute{0x00282110U, {'C', 'S'}, kImages},
    RootAttribute{0x00282112U, {'D', 'S'}, kImages},
    RootAttribute{0x00282114U, {'C', 'S'}, kImages},
    RootAttribute{0x00400555U, {'S', 'Q'}, kMap},
    RootAttribute{0x0040a040U, {'C', 'S'}, kReport},
    RootAttribute{0x0040a043U, {'S', 'Q'}, kReport},
    RootAttribute{0x0040a050U, {'C', 'S'}, kReport},
    RootAttribute{0x0040a372U, {'S', 'Q'}, kReport},
    RootAttribute{0x0040a375U, {'S', 'Q'}, kReport},
    RootAttribute{0x0040a491U, {'C', 'S'}, kReport},
    RootAttribute{0x0040a493U, {'C', 'S'}, kReport},
    RootAttribute{0x0040a504U, {'S', 'Q'}, kReport},
    RootAttribute{0x0040a730U, {'S', 'Q'}, kReport},
    RootAttribute{0x00620001U, {'C', 'S'}, kSeg | kLabels},
    RootAttribute{0x00620002U, {'S', 'Q'}, kSeg | kLabels},
    RootAttribute{0x00620013U, {'C', 'S'}, kSeg | kLabels},
    RootAttribute{0x00700080U, {'C', 'S'}, kGrids},
    RootAttribute{0x00700081U, {'L', 'O'}, kGrids},
    RootAttribute{0x00700084U, {'P', 'N'}, kGrids},
    RootAttribute{0x20500020U, {'C', 'S'}, kMap},
    RootAttribute{0x52009229U, {'S', 'Q'}, kGrids},
    RootAttribute{0x52009230U, {'S', 'Q'}, kGrids},
    RootAttribute{0x7fe00008U, {'O', 'F'}, kMap},
    RootAttribute{0x7fe00010U, {'O', 'B'}, kSeg | kLabels | kPicture},
};
static_assert(std::is_sorted(kRootAttributes.begin(), kRootAttributes.end(),
                             [](const auto& a, const auto& b) { return a.tag < b.tag; }));

}  // namespace

bool is_written_by_us(const RawElement& element, OutputFamily family) {
    const auto found =
        std::lower_bound(kRootAttributes.begin(), kRootAttributes.end(), element.tag,
                         [](const RootAttribute& attribute, DicomTag tag) { return attribute.tag < tag; });
    return found != kRootAttributes.end() && found->tag == element.tag && found->vr == element.vr &&
           (found->families & family_bit(family)) != 0;
}

}  // namespace spineseg
