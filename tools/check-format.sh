#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Compares all tracked C++ files with what clang-format 14 makes of them.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/check-format.sh [--fix]

  --fix   format the files instead of listing them
Needs clang-format 14 (Debian 12: clang-format-14); other versions format differently. Exit status: 0 all files are as they
should be, 1 some are not, 77 clang-format 14 or git is missing.
USAGE
}

fix=no
case "${1:-}" in
    '') ;;
    --fix) fix=yes ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
esac

cd "$(dirname "$0")/.."
formatter=
for candidate in clang-format-14 clang-format; do
    if "$candidate" --version 2>/dev/null | grep -q 'version 14\.'; then
        formatter=$candidate
        break
    fi
done
if [ -z "$formatter" ]; then
    echo "check-format: skipped, there is no clang-format 14 (apt-get install clang-format-14)"
    exit 77
fi
if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
    echo "check-format: skipped, the sources are not in a git repository"
    exit 77
fi
# What is left when a tracked file was deleted and that is not committed yet.
sources() { git ls-files -z -- '*.h' '*.cpp' '*.inl' | while IFS= read -r -d '' file; do [ ! -f "$file" ] || printf '%s\0' "$file"; done; }

if [ "$fix" = yes ]; then
    sources | xargs -0 -r "$formatter" -i
    exit
fi
wrong=$(sources | xargs -0 -r "$formatter" --dry-run -Werror --ferror-limit=1 2>&1 | sed -n 's/^\([^:]*\):[0-9]*:[0-9]*: error: .*/\1/p' | sort -u) || true
[ -n "$wrong" ] || exit 0
echo "check-format: these files are not formatted; run tools/check-format.sh --fix"
echo "$wrong"
exit 1
