// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Content items of a structured report (PS3.3 C.17.3): each call appends one to its parent's Content
/// Sequence and returns it. Which items a template wants is for the caller to know. For this library's sources
/// only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <string>

#include "dicom/encoding/coded_concept.h"

namespace spineseg::dicom {

/// Relationship of a content item to its parent (PS3.3 Table C.17.3.2.4-1).
namespace relation {
inline constexpr const char* kContains = "CONTAINS";
inline constexpr const char* kHasProperties = "HAS PROPERTIES";
inline constexpr const char* kHasObservationContext = "HAS OBS CONTEXT";
inline constexpr const char* kHasConceptModifier = "HAS CONCEPT MOD";
}  // namespace relation

/// An image, or one segment of a Segmentation (`segment` > 0).
struct ImageReference {
    std::string sop_class_uid;
    std::string sop_instance_uid;
    int segment = 0;
};

/// The document's root (no parent) or a section; `name` may be null for none. `template_id` of PS3.16, empty
/// for none.
void make_container(DcmItem& item, const CodedConcept& name, const std::string& template_id);
DcmItem& add_container(DcmItem& parent, const CodedConcept& name, const std::string& template_id = "");
DcmItem& add_text(DcmItem& parent, const char* relationship, const CodedConcept& name,
                  const std::string& text);
DcmItem& add_coded(DcmItem& parent, const char* relationship, const CodedConcept& name,
                   const CodedConcept& value);
DcmItem& add_uid(DcmItem& parent, const char* relationship, const CodedConcept& name, const std::string& uid);
DcmItem& add_image(DcmItem& parent, const CodedConcept* name, const ImageReference& image);
/// Rounded to `decimals`.
DcmItem& add_number(DcmItem& parent, const char* relationship, const CodedConcept& name, double value,
                    int decimals, const CodedConcept& unit);

}  // namespace spineseg::dicom
