// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fuzz/replay.h"

namespace spineseg::fuzz {
namespace checkpoint_corpus_test {

TEST(FuzzCorpus, EveryTensorOfACheckpointLiesWithinItsFile) {
    replay("checkpoint", fuzz_checkpoint);
}

TEST(FuzzCorpus, AcceptedWeightsAreWrittenAndReadAgainAsTheSame) {
    replay("weights", fuzz_weights);
}

}  // namespace checkpoint_corpus_test
}  // namespace spineseg::fuzz
