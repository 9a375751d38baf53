# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by check-thread-safety.sh and check-tidy.sh: clang's tools over the sources of one library as one source, as in the build,
# because the headers cost most of the time.

# clang_tool NAME: prints NAME or NAME-VERSION, the first that is installed in version 16 or later; nothing where there is none.
clang_tool() {
    local candidate version
    for candidate in "$1" "$1"-19 "$1"-18 "$1"-17 "$1"-16; do
        version=$("$candidate" --version 2>/dev/null | sed -n 's/.*version \([0-9]*\)\..*/\1/p' | head -n 1) || continue
        if [ "${version:-0}" -ge 16 ]; then
            echo "$candidate"
            return
        fi
    done
}

# clang_headers FOLDER: makes there the header that CMake generates.
clang_headers() {
    mkdir -p "$1/plugin/orthanc"
    sed 's/@[A-Z_]*@/0/' plugin/orthanc/version.h.in >"$1/plugin/orthanc/version.h"
}

# Boost 1.74 takes coroutines from clang only with libc++'s <experimental/coroutine>; the standard header works as well.
# shellcheck disable=SC2034
clang_options=(-std=c++20 -I. -DBOOST_ASIO_HAS_CO_AWAIT=1 -DBOOST_ASIO_HAS_STD_COROUTINE=1)
