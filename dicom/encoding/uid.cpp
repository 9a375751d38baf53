// SPDX-License-Identifier: GPL-3.0-or-later
#include "dicom/encoding/uid.h"

#include <algorithm>
#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/uuid.hpp>
#include <cstdint>

namespace spineseg::dicom {
namespace {

// Version 4, drawn once for this project; changing it changes every UID that was ever made.
constexpr boost::uuids::uuid kNamespace = {
    {0x6b, 0x1f, 0x27, 0xd4, 0x0c, 0x5a, 0x4e, 0x93, 0x9d, 0x3e, 0x58, 0xa2, 0x71, 0xbe, 0x46, 0x0f}};

/// Long division by ten: the number has 128 bits, the language's integers have 64.
std::string decimal(boost::uuids::uuid number) {
    std::string digits;
    do {
        unsigned remainder = 0;
        for (auto& byte : number) {
            const unsigned dividend = remainder * 256 + byte;
            byte = static_cast<std::uint8_t>(dividend / 10);
            remainder = dividend % 10;
        }
        digits.push_back(static_cast<char>('0' + remainder));
    } while (!number.is_nil());
    std::reverse(digits.begin(), digits.end());
    return digits;
}

}  // namespace

std::string uid_from(std::initializer_list<std::string_view> name_parts) {
    std::string name;
    for (const auto part : name_parts) {
        name += std::to_string(part.size());
        name += ':';
        name += part;
    }
    return "2.25." + decimal(boost::uuids::name_generator_sha1(kNamespace)(name));
}

}  // namespace spineseg::dicom
