// SPDX-License-Identifier: GPL-3.0-or-later
// Every file of tests/fuzz/corpus once through the function that libFuzzer calls: what it found stays found, with any
// compiler. A target's promises are in its source.
#include "tests/fuzz/replay.h"

namespace spineseg::fuzz {
namespace corpus_test {

TEST(FuzzCorpus, AStreamGivesTheSameMessagesHoweverItIsCut) {
    replay("frame", fuzz_frame);
}

TEST(FuzzCorpus, AMessageThatIsReadIsWrittenAndReadAgainAsTheSame) {
    replay("message", fuzz_message);
}

TEST(FuzzCorpus, WhatTheGateAdmitsIsToDcmtkAnOrderedObjectOfTheSourcesStudy) {
    replay("result_gate", fuzz_result_gate);
}

TEST(FuzzCorpus, MasksLieWithinTheirFileAndTheirDiceIsWhatCountingGives) {
    replay("masks", fuzz_masks);
}

TEST(FuzzCorpus, AcceptedSettingsLieWithinTheirRanges) {
    replay("settings", fuzz_settings);
}

TEST(FuzzCorpus, AnAcceptedManifestIsCanonicalAndWithinItsBounds) {
    replay("manifest", fuzz_manifest);
}

TEST(FuzzCorpus, ASeriesThatIsReadIsFiniteAndTheSameInAnyOrder) {
    replay("series", fuzz_series);
}

TEST(FuzzCorpus, AnAcceptedVolumeHasTheVoxelsOfItsGridAndIsWrittenAndReadAgain) {
    replay("volume", fuzz_volume);
}

TEST(FuzzCorpus, AVerdictAgreesWithItselfInAnyOrderOfTheInstances) {
    replay("eligibility", fuzz_eligibility);
}

}  // namespace corpus_test
}  // namespace spineseg::fuzz
