# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced. A claim is a sentence and the command that shows it; what a command prints is in the log.

passed=0 failed=0

claim() {
    local sentence=$1 began=$SECONDS output=$logs/last-claim.log status=0
    shift
    "$@" >"$output" 2>&1 </dev/null || status=$?
    { echo "== $sentence: $*"; cat "$output"; } >>"$logs/claims.log"
    if [ "$status" -eq 0 ]; then
        passed=$((passed + 1))
        echo "ok    $sentence ($((SECONDS - began)) s)"
    else
        failed=$((failed + 1))
        echo "FAIL  $sentence"
        tail -n 15 "$output" | sed 's/^/      /'
    fi
    return "$status"
}

# need SENTENCE COMMAND...: a claim without which the rest says nothing.
need() {
    claim "$@" && return
    summary
    exit 1
}

fails() { ! "$@"; }
is() { [ "$1" = "$2" ] || { echo "got: $1"; echo "expected: $2"; return 1; }; }
says() {  # says TEXT COMMAND...: the command fails, and what it prints has the text
    local text=$1 output
    shift
    output=$("$@" 2>&1) && return 1
    echo "$output"
    grep -qF "$text" <<<"$output"
}
absent() {
    local path
    for path in "$@"; do
        [ ! -e "$path" ] && [ ! -L "$path" ] || { echo "still there: $path"; return 1; }
    done
}

apt_get() { LC_ALL=C apt-get -q -y -o Dpkg::Use-Pty=0 -o Acquire::Languages=none "$@"; }
install_from() { apt_get install --no-install-recommends "$1"/*.deb; }
# Those that have left something to purge. apt knows no other package that comes from no repository and is removed.
purge() { apt_get purge $(status_of_packages | awk '$3 != "not-installed" {print $1}'); }
status_of_packages() { dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n' "${packages[@]}" 2>/dev/null; }
all_installed() { [ "$(status_of_packages | grep -c ' installed$')" -eq ${#packages[@]} ]; }
version_in() { dpkg-deb -f "$(ls "$1"/spineseg_*.deb)" Version; }
# What belongs to Orthanc: its packages' files and its data, apart from what changes by running.
orthanc_files() {
    find /etc/orthanc /usr/share/orthanc /usr/lib/orthanc /lib/systemd/system/orthanc.service \
        ! -name '*.log*' -type f -exec sha256sum {} + -o -type l -printf '%l %p\n' | sort -k 2
    stat -c '%U %G %a %n' /etc/orthanc /var/lib/orthanc /var/log/orthanc
}

stop_all() {
    local unit
    for unit in "${!unit_process[@]}"; do unit_stop "$unit" || true; done
}
summary() {
    echo "$passed passed, $failed failed"
    [ "$failed" -eq 0 ]
}
