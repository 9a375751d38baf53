// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/write/sr/content_item.h"

#include <cstdio>

#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {
namespace {

DcmItem& add_content(DcmItem& parent, const char* relationship, const char* value_type,
                     const CodedConcept* name) {
    DcmItem& item = add_item(parent, DCM_ContentSequence);
    put(item, DCM_RelationshipType, relationship);
    put(item, DCM_ValueType, value_type);
    if (name != nullptr) add_code(item, DCM_ConceptNameCodeSequence, *name);
    return item;
}

}  // namespace

void make_container(DcmItem& item, const CodedConcept& name, const std::string& template_id) {
    put(item, DCM_ValueType, "CONTAINER");
    add_code(item, DCM_ConceptNameCodeSequence, name);
    put(item, DCM_ContinuityOfContent, "SEPARATE");
    if (template_id.empty()) return;
    DcmItem& made_from = add_item(item, DCM_ContentTemplateSequence);
    put(made_from, DCM_MappingResource, "DCMR");
    put(made_from, DCM_TemplateIdentifier, template_id);
}

DcmItem& add_container(DcmItem& parent, const CodedConcept& name, const std::string& template_id) {
    DcmItem& item = add_item(parent, DCM_ContentSequence);
    put(item, DCM_RelationshipType, relation::kContains);
    make_container(item, name, template_id);
    return item;
}

DcmItem& add_text(DcmItem& parent, const char* relationship, const CodedConcept& name,
                  const std::string& text) {
    DcmItem& item = add_content(parent, relationship, "TEXT", &name);
    put(item, DCM_TextValue, text);
    return item;
}

DcmItem& add_coded(DcmItem& parent, const char* relationship, const CodedConcept& name,
                   const CodedConcept& value) {
    DcmItem& item = add_content(parent, relationship, "CODE", &name);
    add_code(item, DCM_ConceptCodeSequence, value);
    return item;
}

DcmItem& add_uid(DcmItem& parent, const char* relationship, const CodedConcept& name,
                 const std::string& uid) {
    DcmItem& item = add_content(parent, relationship, "UIDREF", &name);
    put_stored(item, DCM_UID, uid);
    return item;
}

DcmItem& add_image(DcmItem& parent, const CodedConcept* name, const ImageReference& image) {
    DcmItem& item = add_content(parent, relation::kContains, "IMAGE", name);
    DcmItem& reference = add_item(item, DCM_ReferencedSOPSequence);
    put_stored(reference, DCM_ReferencedSOPClassUID, image.sop_class_uid);
    put_stored(reference, DCM_ReferencedSOPInstanceUID, image.sop_instance_uid);
    if (image.segment > 0)
        put_us(reference, DCM_ReferencedSegmentNumber, {static_cast<Uint16>(image.segment)});
    return item;
}

DcmItem& add_number(DcmItem& parent, const char* relationship, const CodedConcept& name, double value,
                    int decimals, const CodedConcept& unit) {
    DcmItem& item = add_content(parent, relationship, "NUM", &name);
    DcmItem& measured = add_item(item, DCM_MeasuredValueSequence);
    char text[32];
    std::snprintf(text, sizeof text, "%.*f", decimals, value);
    put(measured, DCM_NumericValue, text);
    add_code(measured, DCM_MeasurementUnitsCodeSequence, unit);
    return item;
}

}  // namespace spineseg::dicom
