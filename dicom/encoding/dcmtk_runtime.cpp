// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/dcmtk_runtime.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmdata/dctk.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <dcmtk/oflog/oflog.h>

#include <cstdlib>
#include <mutex>
#include <string>

namespace spineseg::dicom {

void prepare_dcmtk() {
    static std::once_flag once;
    std::call_once(once, [] {
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        // "Corrections" would strip trailing spaces; patient and study elements are copied byte for byte.
        dcmEnableAutomaticInputDataCorrection.set(OFFalse);
        // Converters write whole headers as UN when they meet an implicit file; the dictionary knows better.
        dcmEnableUnknownVRConversion.set(OFTrue);
        DcmRLEDecoderRegistration::registerCodecs();
        DJDecoderRegistration::registerCodecs();
        DJLSDecoderRegistration::registerCodecs();
    });
}

Result<void> require_dictionary() {
    if (dcmDataDict.isDictionaryLoaded()) return {};
    const char* named = std::getenv(DCM_DICT_ENVIRONMENT_VARIABLE);
    const std::string files = named == nullptr ? DCM_DICT_DEFAULT_PATH : named;
    return failure(ErrorCode::invalid_configuration,
                   "DCMTK could not read its element dictionary (" + files +
                       "); install it again with DCMTK's library, and unset " DCM_DICT_ENVIRONMENT_VARIABLE);
}

}  // namespace spineseg::dicom
