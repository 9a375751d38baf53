#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Has clang-tidy check the libraries that need no LibTorch, by .clang-tidy.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/check-tidy.sh [FOLDER...]

  FOLDER   such as core, plugin or worker/levels; without one: all that include no LibTorch
Needs clang-tidy 16 or later (Debian 12: clang-tidy-16) and what the build needs. Nothing is built. Exit status: 0 no finding,
1 findings, 77 there is no such clang-tidy.
USAGE
}

folders=()
for argument in "$@"; do
    case "$argument" in
        -h | --help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) folders+=("${argument%/}") ;;
    esac
done
cd "$(dirname "$0")/.."
# Each is checked as one source. Those that include LibTorch are left out: clang 16 does not compile the headers of version 1.13 as C++20.
[ ${#folders[@]} -gt 0 ] || folders=(core config stacks eligibility db dicom plugin
    worker/levels worker/phantom worker/volume_files worker/drawing worker/reach worker/explain worker/cage)
for folder in "${folders[@]}"; do
    [ -d "$folder" ] || { echo "check-tidy: there is no folder $folder" >&2; exit 2; }
done
. tools/clang.sh
tidy=$(clang_tool clang-tidy)
if [ -z "$tidy" ]; then
    echo "check-tidy: skipped, there is no clang-tidy 16 or later (apt-get install clang-tidy-16)"
    exit 77
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
clang_headers "$work"

# NAME PATTERN...: the sources of these patterns as one source.
check() {
    local name=${1//\//_}
    shift
    echo "check-tidy: $name"
    git ls-files -- "$@" | sed 's/.*/#include "&"/' >"$work/$name.cpp"
    "$tidy" --quiet --warnings-as-errors='*' --checks=-bugprone-suspicious-include "$work/$name.cpp" --config-file=.clang-tidy -- \
        "${clang_options[@]}" -I"$work" "${libraries[@]}" || failed=1
}

read -ra libraries < <(pkg-config --cflags libopenjp2 cairo)
failed=0
for folder in "${folders[@]}"; do
    if [ "$folder" = plugin ]; then  # these two name what others name as well
        check plugin 'plugin/*.cpp' ':!plugin/orthanc/orthanc_archive.cpp' ':!plugin/orthanc/orthanc_plugin.cpp'
        check plugin_orthanc plugin/orthanc/orthanc_archive.cpp plugin/orthanc/orthanc_plugin.cpp
    else
        check "$folder" "$folder/*.cpp"
    fi
done
exit "$failed"
