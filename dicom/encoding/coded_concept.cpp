// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/coded_concept.h"

#include "dicom/encoding/element_writer.h"

namespace spineseg::dicom {

void add_code(DcmItem& item, const DcmTagKey& sequence, const CodedConcept& code) {
    DcmItem& added = add_item(item, sequence);
    put(added, DCM_CodeValue, code.value);
    put(added, DCM_CodingSchemeDesignator, code.scheme);
    put(added, DCM_CodeMeaning, code.meaning);
}

}  // namespace spineseg::dicom
