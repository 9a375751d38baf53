#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Whether built files are hardened as Debian's packages with hardening=+all (dpkg-buildflags), and with CET on x86-64.
#
#   tools/check-hardening.sh FILE...     programs and shared libraries; the exit status is 0 where nothing is missing
set -euo pipefail

[ $# -gt 0 ] || { sed -n '2,/^set/s/^# \{0,1\}//p' "$0" | head -n -1 >&2; exit 2; }

problems=0
# Programs read with care: some tens of MB each, so what readelf says is kept.
check() {
    local file=$1 missing=() headers dynamic symbols
    headers=$(readelf --wide --file-header --segments "$file")
    dynamic=$(readelf --wide --dynamic "$file")
    symbols=$(readelf --wide --dyn-syms "$file")
    grep -qE 'Type: +DYN' <<<"$headers" || missing+=("PIE")
    grep -q GNU_RELRO <<<"$headers" || missing+=("RELRO")
    grep -qE 'BIND_NOW|FLAGS_1.* NOW' <<<"$dynamic" || missing+=("BIND_NOW")
    grep -qE 'GNU_STACK.* RW ' <<<"$headers" || missing+=("a stack that is not executable")
    grep -q '__stack_chk_fail' <<<"$symbols" || missing+=("stack protector")
    grep -qE '__[a-z]+_chk(@| |$)' <<<"$symbols" || missing+=("FORTIFY")
    if grep -q 'X86-64' <<<"$headers"; then
        # endbr64; what the C library's own start files bring are a handful.
        [ "$(LC_ALL=C grep -aobP '\xf3\x0f\x1e\xfa' "$file" | wc -l)" -ge 50 ] || missing+=("CET (-fcf-protection)")
    fi
    if [ ${#missing[@]} -eq 0 ]; then
        echo "hardened: $file"
    else
        printf 'not hardened: %s lacks' "$file"
        printf ' %s;' "${missing[@]}"
        echo
        problems=$((problems + 1))
    fi
}

for file in "$@"; do check "$file"; done
[ "$problems" -eq 0 ]
