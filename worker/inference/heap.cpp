// SPDX-License-Identifier: GPL-3.0-or-later
#include "worker/inference/heap.h"

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace spineseg {

void keep_activation_heap() {
#if defined(__GLIBC__)
    mallopt(M_ARENA_MAX, 1);  // the compute thread must share the one heap that can grow without limit
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, 2'000'000'000);
    mallopt(M_TOP_PAD, 256 << 20);
#endif
}

}  // namespace spineseg
