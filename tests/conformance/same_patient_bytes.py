# SPDX-License-Identifier: GPL-3.0-or-later
"""same_patient_bytes.py SOURCE RESULT...: patient and study elements of every result equal the source's, byte for byte.

pydicom's raw elements are compared before anything decodes them, in whatever character set they are written."""

import sys

import pydicom

TAGS = {
    "SpecificCharacterSet": 0x00080005, "StudyDate": 0x00080020, "StudyTime": 0x00080030, "AccessionNumber": 0x00080050,
    "ReferringPhysicianName": 0x00080090, "StudyDescription": 0x00081030, "PhysiciansOfRecord": 0x00081048,
    "PatientName": 0x00100010, "PatientID": 0x00100020, "PatientBirthDate": 0x00100030, "PatientSex": 0x00100040,
    "OtherPatientNames": 0x00101001, "PatientAge": 0x00101010, "EthnicGroup": 0x00102160, "PatientComments": 0x00104000,
    "StudyInstanceUID": 0x0020000D, "StudyID": 0x00200010,
}


def raw(dataset, tag):
    element = dataset.get_item(tag)
    return None if element is None else (element.value or b"")


def main(source, *results):
    wanted = pydicom.dcmread(source)
    compared = 0
    for result in results:
        found = pydicom.dcmread(result)
        for keyword, tag in TAGS.items():
            expected = raw(wanted, tag)
            if expected is None:
                continue
            assert raw(found, tag) == expected, f"{result}: {keyword} is {raw(found, tag)!r}, not {expected!r}"
            compared += 1
    assert compared >= 5 * len(results), "too little to compare"


main(*sys.argv[1:])
