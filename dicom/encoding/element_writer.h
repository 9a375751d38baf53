// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// Puts elements into a DCMTK item. A refusal by DCMTK here is a bug of ours, not of the input: it throws
/// ElementError, which the writers' entry points turn into an Error. For this library's sources only (includes
/// DCMTK).

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace spineseg::dicom {

struct ElementError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// A text of our own under any string VR, the numbers of IS and DS included. It is stored as it is. ElementError
/// names the attribute where the text is too long for its VR or has a form that the VR does not allow (PS3.5
/// §6.2); texts are plain ASCII. An empty text makes an empty element.
void put(DcmItem& item, const DcmTagKey& tag, const std::string& text);
/// A text that the source states, UIDs included: not checked, so that an image that a scanner has labelled against
/// the rules is still referred to by the name it has.
void put_stored(DcmItem& item, const DcmTagKey& tag, const std::string& text);
void put_us(DcmItem& item, const DcmTagKey& tag, const std::vector<Uint16>& values);
void put_ul(DcmItem& item, const DcmTagKey& tag, const std::vector<Uint32>& values);
void put_fd(DcmItem& item, const DcmTagKey& tag, double value);
/// An empty sequence.
void put_sequence(DcmItem& item, const DcmTagKey& tag);
/// Appends an item to the sequence, which is made when it is missing. The reference lives as long as `item`
/// does.
DcmItem& add_item(DcmItem& item, const DcmTagKey& sequence);

/// Clones the element byte for byte; returns whether the source has it.
bool copy_element(DcmItem& to, DcmItem& from, const DcmTagKey& tag);

/// The stored text without trailing padding; empty when absent.
std::string stored_text(DcmItem& item, const DcmTagKey& tag);

}  // namespace spineseg::dicom
