// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

/// What every result object says beside its pixels: whose it is (patient and study, copied byte for byte),
/// which series it belongs to, who made it, and which instances it was made from. For this library's sources
/// only.

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dctk.h>

#include <string>

#include "dicom/read/series.h"
#include "dicom/write/result_file.h"

namespace spineseg::dicom {

/// What differs between the kinds of result.
struct ResultHeader {
    ResultKind kind = ResultKind::segmentation;
    std::string sop_class_uid;
    std::string modality;
    std::string description_word;  ///< "SEG" or "UNCERTAINTY"
    int series_number_digit = 0;   ///< last digit of the series number, one for each kind
    std::string variant = {};      ///< what else makes the object another one: encoding, part
};

/// The UIDs of a result: a function of source, model and request, see result_uid().
ResultObject identify_result(const ResultHeader& header, const Series& source, const Provenance& provenance);

/// "2.25." from everything that could change the object's bytes, plus `role`.
std::string result_uid(const ResultHeader& header, const Series& source, const Provenance& provenance,
                       const std::string& role);

/// Patient, study, series, equipment and SOP common modules: what a document has too.
void write_document_header(DcmItem& dataset, const ResultHeader& header, const ResultObject& object,
                           const Series& source, const Provenance& provenance);

/// The same with frame of reference, body part, qualification and common instance reference, for images.
void write_result_header(DcmItem& dataset, const ResultHeader& header, const ResultObject& object,
                         const Series& source, const Provenance& provenance);

/// Lossy Image Compression and its companions: a result of lossy images is lossy too (PS3.3 C.7.6.1.1.5).
void write_lossy_compression(DcmItem& dataset, const Series& source);

/// "REVIEW: " or "REJECTED: ", empty for a pass: the beginning of every text that people read of a result.
/// In front, because lists cut names at their end.
std::string verdict_mark(const Provenance& provenance);

/// The time of the analysis as the dataset's dates and times are to be read: in the zone that the source
/// declares, else in the local one (dicom/CONFORMANCE.md, section 4.1).
AnalysisTime analysis_time(const Series& source, const Provenance& provenance);

/// Declares our private coding scheme (PS3.3 C.12.1.1.7).
void declare_own_scheme(DcmItem& dataset);

/// Model id and version, at most 64 characters (LO).
std::string algorithm_name(const Provenance& provenance);
/// "samples=5 steps=10 seed=42 model=<digest>".
std::string algorithm_parameters(const Provenance& provenance);
/// At most `limit` printable ASCII characters of the text: valid in every specific character set.
std::string plain(const std::string& text, std::size_t limit);

}  // namespace spineseg::dicom
