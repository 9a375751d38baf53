// SPDX-License-Identifier: GPL-3.0-or-later
#include "plugin/orthanc/orthanc_re_encoding.h"

#include "plugin/orthanc/orthanc_buffer.h"

namespace spineseg {

bool is_other_encoding(const std::string& transfer_syntax_uid) {
    return transfer_syntax_uid == "1.2.840.10008.1.2.2" || transfer_syntax_uid == "1.2.840.10008.1.2.1.99";
}

Result<std::vector<std::uint8_t>> re_encoded(OrthancPluginContext* context,
                                             const std::vector<std::uint8_t>& file) {
    OrthancPluginDicomInstance* instance = OrthancPluginTranscodeDicomInstance(
        context, file.data(), static_cast<std::uint32_t>(file.size()), "1.2.840.10008.1.2.1");
    if (instance == nullptr)
        return failure(ErrorCode::archive_unavailable, "Orthanc cannot encode an instance anew");
    OrthancBuffer encoded(context);
    const auto code = OrthancPluginSerializeDicomInstance(context, encoded.out(), instance);
    OrthancPluginFreeDicomInstance(context, instance);
    if (code != OrthancPluginErrorCode_Success)
        return failure(ErrorCode::archive_unavailable, "Orthanc cannot encode an instance anew");
    const auto bytes = encoded.view();
    return std::vector<std::uint8_t>(bytes.begin(), bytes.end());
}

}  // namespace spineseg
