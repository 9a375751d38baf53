#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the packages in a chroot of Debian 12 and of Debian 13, and in a fresh chroot of the same release installs them
# beside Debian's Orthanc, uses, upgrades and removes them. Ends with one line: "N passed, N failed".
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/test-packages.sh [--keep] [--no-build] [--work DIR] [bookworm] [trixie]

  --keep       keep the chroot that the packages were built in; the next run compiles only what has changed
  --no-build   try the packages that the last run left in build/package-tests
  --work DIR   where the chroots are made (~/.cache/spineseg/packages); 6 GB a release
Without a release: both. Logs, and the packages, are left in build/package-tests/RELEASE. Needs root, debootstrap and the
Debian archive; downloads some 600 MB a release.
USAGE
}

keep=no build=yes work=${XDG_CACHE_HOME:-$HOME/.cache}/spineseg/packages releases=()
while [ $# -gt 0 ]; do
    case "$1 $#" in
        "--work 1") usage >&2; exit 2 ;;  # without its value
    esac
    case "$1" in
        --keep) keep=yes; shift ;;
        --no-build) build=no; shift ;;
        --work) work=$(realpath -m -- "$2"); shift 2 ;;
        bookworm | trixie) releases+=("$1"); shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
[ ${#releases[@]} -gt 0 ] || releases=(bookworm trixie)

cd "$(dirname "$0")/.."
. tools/chroot.sh
# shellcheck disable=SC2034  # chroot_make reads it
CHROOT_NEEDS_MB=6000
trap chroot_clean_up EXIT
chroot_check
mkdir -p "$work"

say() { echo "test-packages: $*"; }
# A folder with a space in its name: people have such checkouts.
source_folder="/root/spineseg source"
old_version=0.0.9

# Called in conditions, where set -e does not hold: every step says what happens when it fails.

# build_packages RELEASE LOGS: leaves LOGS/old, LOGS/new and LOGS/lintian.log.
build_packages() {
    local release=$1 logs=$2 chroot=$work/$1-build began=$SECONDS
    if [ ! -e "$chroot" ]; then
        chroot_make "$release" "$chroot" && chroot_run "$chroot" apt-get -q update || return 1
    fi
    [ "$keep" = no ] || chroot_keep "$chroot"
    chroot_copy_tree "$chroot" "$source_folder" &&
        chroot_run "$chroot" apt-get -q -y install --no-install-recommends lintian || return 1
    rm -rf "$chroot/packages"
    # shellcheck disable=SC2016  # the chroot's shell expands it
    chroot_run "$chroot" bash -c 'cd "$1" && tools/package.sh --out /packages/new &&
        tools/package.sh --no-install --version "$2" --out /packages/old' build "$source_folder" "$old_version" || return 1
    say "$release: packages built in $((SECONDS - began)) s"
    chroot_run "$chroot" bash -c 'lintian --no-cfg --allow-root --fail-on none --info /packages/new/*.deb' \
        >"$logs/lintian.log" 2>&1 || return 1
    cp -r "$chroot/packages/." "$logs/" || return 1
    [ "$keep" = yes ] || chroot_remove "$chroot"
}

# try_packages RELEASE LOGS: leaves LOGS/claims, one line a claim; the last line of each of the two trials counts its claims.
try_packages() {
    local release=$1 logs=$2 chroot=$work/$1-trial
    rm -rf "$logs/claims" "$logs/logs" "$logs/orthanc"
    chroot_remove "$chroot" && chroot_make "$release" "$chroot" || return 1
    mkdir "$chroot/trial" && cp -r tests/packages "$logs/old" "$logs/new" "$chroot/trial/" || return 1
    say "$release: installing Orthanc and what the packages depend on (log: $logs/prepare.log)"
    # The dependencies are only downloaded: the rest needs no network then. And what a client of Orthanc needs.
    # shellcheck disable=SC2016  # the chroot's shell expands it
    chroot_run "$chroot" bash -ec 'apt-get -q update
        apt-get -q -y install --no-install-recommends orthanc dcmtk curl jq iproute2 procps
        apt-get -q -y install --no-install-recommends --download-only /trial/new/*.deb' >"$logs/prepare.log" 2>&1 || return 1
    # Without network and other processes: Orthanc has its usual ports, and nothing of this can reach the machine's.
    chroot_run "$chroot" unshare --net --pid --fork \
        bash /trial/packages/run.sh /trial/old /trial/new /trial/logs 2>&1 | tee "$logs/claims" || true
    say "$release: the same under systemd, with every setting of the worker's unit (journal: $logs/boot-journal.log)"
    chroot_boot "$chroot" 900 /trial/packages/service.sh /trial/new /trial/logs || true
    tee -a "$logs/claims" <"$chroot/boot.log" || true
    cp "$chroot/boot-journal.log" "$logs/" || true
    cp -r "$chroot/trial/logs" "$chroot/var/log/orthanc" "$logs/" || true
    chroot_remove "$chroot"
}

# report_lintian RELEASE LOG: counts as one test; an error of lintian is its failure.
report_lintian() {
    say "$1: lintian: $(grep -c '^E:' "$2" || true) errors, $(grep -c '^W:' "$2" || true) warnings (log: $2)"
    if grep '^E:' "$2"; then
        failed=$((failed + 1))
    else
        passed=$((passed + 1))
    fi
}

passed=0 failed=0
for release in "${releases[@]}"; do
    logs=$PWD/build/package-tests/$release
    began=$SECONDS
    if [ "$build" = yes ]; then
        rm -rf "$logs"
        mkdir -p "$logs"
        say "$release: building (log: $logs/build.log)"
        if ! build_packages "$release" "$logs" >"$logs/build.log" 2>&1; then
            tail -n 30 "$logs/build.log" >&2
            say "$release: the packages could not be built, see $logs/build.log"
            failed=$((failed + 1))
            continue
        fi
        grep -E '^(test-packages|package|build):' "$logs/build.log" || true
        report_lintian "$release" "$logs/lintian.log"
    elif [ ! -d "$logs/new" ] || [ ! -d "$logs/old" ]; then
        say "$release: there are no packages in $logs: run once without --no-build."
        failed=$((failed + 1))
        continue
    fi
    try_packages "$release" "$logs" || true
    trials=0
    while read -r ok wrong; do
        trials=$((trials + 1)) passed=$((passed + ok)) failed=$((failed + wrong))
    done < <(sed -nE 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$logs/claims" 2>/dev/null)
    if [ "$trials" -ne 2 ]; then
        say "$release: $trials of the two trials came to their end, see $logs"
        failed=$((failed + 1))
    fi
    say "$release: $((SECONDS - began)) s"
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
exit
}
