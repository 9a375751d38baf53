#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Has clang check which state belongs to which mutex or thread (core/thread_annotations.h) in core, db and plugin.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/check-thread-safety.sh

Needs clang 16 or later, because plugin/worker_server is made of coroutines (Debian 12: clang-16). Nothing is built. Exit
status: 0 no finding, 1 findings, 77 there is no such clang.
USAGE
}

case "${1:-}" in
    '') ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac

cd "$(dirname "$0")/.."
. tools/clang.sh
compiler=$(clang_tool clang++)
if [ -z "$compiler" ]; then
    echo "check-thread-safety: skipped, there is no clang 16 or later (apt-get install clang-16)"
    exit 77
fi

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
clang_headers "$folder"

check() {
    printf '#include "%s"\n' "$@" | "$compiler" "${clang_options[@]}" -I"$folder" -fsyntax-only -Wthread-safety -Werror -x c++ - ||
        failed=1
}
failed=0
check core/*.cpp core/wire/*.cpp
check db/*.cpp
mapfile -t sources < <(git ls-files -- 'plugin/*.cpp' ':!plugin/orthanc/orthanc_archive.cpp' ':!plugin/orthanc/orthanc_plugin.cpp')
check "${sources[@]}"
check plugin/orthanc/orthanc_archive.cpp plugin/orthanc/orthanc_plugin.cpp
exit "$failed"
