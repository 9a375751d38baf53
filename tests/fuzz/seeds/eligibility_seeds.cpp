// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/seeds/seeds.h"

namespace spineseg::fuzz {
namespace seeds {

namespace {

std::string header_lines(int instance, const std::string& more = "") {
    return "SOPClassUID=1.2.840.10008.5.1.4.1.1.4\nSOPInstanceUID=1.2.3." + std::to_string(instance) +
           "\nModality=MR\nImageType=ORIGINAL\\PRIMARY\\M\nSeriesDescription=t2 sag\nBodyPartExamined=LSPINE\n"
           "FrameOfReferenceUID=1.9\nImageOrientationPatient=0\\1\\0\\0\\0\\-1\nPixelSpacing=0.7\\0.7\n"
           "ImagePositionPatient=" +
           std::to_string(4 * instance) + "\\-140\\140\n" + more + "\n";
}

}  // namespace

void write_eligibility(const Folder& folder) {
    std::string series, two_echoes;
    for (int i = 0; i < 6; ++i) {
        series += header_lines(i, "EchoTime=100\nRepetitionTime=3000\nScanningSequence=SE\n");
        two_echoes += header_lines(i / 2, i % 2 == 0 ? "EchoTime=20\n" : "EchoTime=90\nEchoNumbers=2\n");
    }
    const std::string nul(1, '\0');
    folder.write("eligibility", "series", nul + series);
    folder.write("eligibility", "two_echoes", nul + two_echoes);
    folder.write("eligibility", "axial", nul + "Modality=MR\nImageOrientationPatient=1\\0\\0\\0\\1\\0\n");
    folder.write("eligibility", "patient",
                 nul + "PatientName=A^B\nPatientAge=012Y\nPatientSize=1.5\nPatientWeight=130\nPatientID=9\n");
    folder.write("eligibility", "site",
                 R"({"disable":["modality"],"threshold":0.4,"images":{"anatomy":["QUUX"],"never":["ND"]},
"signs":[{"id":"s","any":[[{"tag":"EchoTime","above":80}]]}],"region":{"lumbar":["lend*"],"body_part":["BodyPartExamined"]},
"contrast":[{"id":"c","says":"T2","basis":"text","confidence":0.9,"because":"b","when":[{"sign":"s"}]}],
"rules":[{"id":"r","says":"against","weight":0.5,"because":"b","when":[{"text":["SeriesDescription"],"says":["warp"]}]}]})" +
                     nul + header_lines(1));
    folder.write(
        "eligibility", "rules",
        R"({"format":2,"threshold":0.5,"signs":[],"contrast":[],"rules":[{"id":"own_result","says":"exclude",
"because":"b","when":[{"tag":"Modality","is":["SEG"]},{"fact":"images","at_least":2,"below":900},
{"tag":"EchoTime","present":true},{"fact":"plane","is_not":["axial"]},
{"text":["SeriesDescription"],"says":["l spine","*sag*"],"but_not":["cor"]}]}]})" +
            nul + header_lines(1));
}

}  // namespace seeds
}  // namespace spineseg::fuzz
