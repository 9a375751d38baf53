#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs the test suite on Debian 12 or 13, whatever this machine has: in a chroot of that release, from a copy of this tree.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/test-on.sh bookworm|trixie [--demo] [--only REGEX] [--plugin FILE] [--keep FOLDER] [--no-shared]

  --demo          run tools/demo.sh --once too, before the suite
  --only REGEX    only the test executables whose name matches, as tools/test.sh --only
  --plugin FILE   build nothing: load this plugin, built elsewhere, into the release's Orthanc and run the tests of the plugin
  --keep FOLDER   make the chroot in FOLDER and leave it there; a chroot that is there already is used again
  --no-shared     do not show ../shared, where it lies beside the checkout, to the tests
Needs root and debootstrap. Nothing of this machine changes but build/test-on/, where the logs are left, and the
base systems in ~/.cache/spineseg. The exit status is that of the tests.
USAGE
}

release='' demo=no plugin='' kept='' shared=yes only=()
while [ $# -gt 0 ]; do
    case "$1" in
        --demo) demo=yes; shift ;;
        --only) only=(--only "${2:?--only needs a pattern}"); shift 2 ;;
        --plugin) plugin=${2:?--plugin needs a file}; shift 2 ;;
        --keep) kept=$(realpath -m -- "${2:?--keep needs a folder}"); shift 2 ;;
        --no-shared) shared=no; shift ;;
        -h | --help) usage; exit 0 ;;
        -*) usage >&2; exit 2 ;;
        *) [ -z "$release" ] || { usage >&2; exit 2; }; release=$1; shift ;;
    esac
done
[ -n "$release" ] || { usage >&2; exit 2; }
if [ -n "$plugin" ] && [ ! -f "$plugin" ]; then
    echo "test-on: there is no file $plugin: build the plugin first, for example with tools/demo.sh --once." >&2
    exit 1
fi
[ -z "$plugin" ] || plugin=$(realpath -- "$plugin")

cd "$(dirname "$0")/.."
. tools/chroot.sh
trap chroot_clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tree=/home/tester/spineseg
started=$SECONDS
logs=$PWD/build/test-on/$release${plugin:+-plugin}

make_chroot() {
    if [ -n "$kept" ] && [ "$(cat "$kept/etc/spineseg-chroot" 2>/dev/null)" = "$release" ]; then
        chroot=$kept
    else
        chroot=${kept:-$(mktemp -d "${TMPDIR:-/tmp}/spineseg-$release.XXXXXX")}
        # The suite's packages, build and environments for the readers of other projects take some 8 GB, the plugin's tests 1 GB.
        CHROOT_NEEDS_MB=$([ -n "$plugin" ] && echo 1500 || echo 9000) chroot_make "$release" "$chroot" ||
            { rmdir --ignore-fail-on-non-empty "$chroot"; exit 1; }
    fi
    [ -z "$kept" ] || chroot_keep "$chroot"
    chroot_run "$chroot" id -u tester >/dev/null 2>&1 || chroot_run "$chroot" useradd --create-home --shell /bin/bash tester
    # shellcheck disable=SC2034  # tools/chroot.sh reads it
    [ "$shared" = no ] || [ ! -d ../shared ] || CHROOT_READ_ONLY=("$(realpath ../shared):/home/tester/shared")
}

copy_tree() {
    chroot_copy_tree "$chroot" "$tree"
    chroot_run "$chroot" chown -R tester: "$tree"
}

# as_tester COMMAND...: in the tree, as an ordinary user.
as_tester() {
    # shellcheck disable=SC2016  # the inner shell expands it
    chroot_run "$chroot" runuser -u tester -- env HOME=/home/tester USER=tester LOGNAME=tester \
        sh -c 'cd "$1" && shift && exec "$@"' sh "$tree" "$@"
}

test_plugin() {
    chroot_run "$chroot" "$tree/tools/install-packages.sh" --orthanc --plugin-test || return 1
    as_tester mkdir -p build/elsewhere/lib build/test-logs || return 1
    install -m 644 "$plugin" "$chroot$tree/build/elsewhere/lib/libOrthancSpineSeg.so" || return 1
    # shellcheck disable=SC2016  # dpkg-query expands it
    echo "test-on: $(basename "$plugin") in $(chroot_run "$chroot" dpkg-query -W -f 'Orthanc ${Version}' orthanc)"
    local name outcome entries='' cases=$tree/build/test-logs/cases
    for name in orthanc_plugin_test orthanc_delivery_test; do
        outcome=run
        as_tester env SPINESEG_SOURCE_DIR="$tree" SPINESEG_BUILD_DIR="$tree/build/elsewhere" GTEST_OUTPUT="json:$cases/" \
            /usr/bin/python3 tests/support/run_python_tests.py "tests/plugin/orthanc/$name.py" || outcome=fail
        entries+="<testcase name=\"$name\" status=\"$outcome\"/>"
    done
    echo "<testsuite>$entries</testsuite>" >"$chroot$tree/build/test-logs/junit.xml"
    as_tester /usr/bin/python3 tests/support/count_cases.py build/test-logs/junit.xml "$cases"
}

test_tree() {
    local sets=(--build --runtime --test)
    [ "$demo" = no ] || sets+=(--demo)
    chroot_run "$chroot" "$tree/tools/install-packages.sh" "${sets[@]}" || return 1
    [ "$demo" = no ] || as_tester tools/demo.sh --once || return 1
    as_tester tools/test.sh "${only[@]}"
}

take_logs() {
    local folder
    for folder in build/test-logs build/release/test-logs build/release/build.log demo-out; do
        [ ! -e "$chroot$tree/$folder" ] || cp -r --no-preserve=ownership "$chroot$tree/$folder" "$logs/"
    done
}

rm -rf "$logs"
mkdir -p "$logs"
chroot=
make_chroot
copy_tree
status=0
if [ -n "$plugin" ]; then
    test_plugin 2>&1 | tee "$logs/output.log" || status=1
else
    test_tree 2>&1 | tee "$logs/output.log" || status=1
fi
take_logs
echo "test-on: $release, $(nproc) cores of $(awk -F': ' '/model name/ {print $2; exit}' /proc/cpuinfo)," \
    "$((SECONDS - started)) s in all; logs in $logs"
[ -z "$kept" ] || echo "test-on: the chroot stays; enter it: bash -c '. tools/chroot.sh; chroot_run $kept bash'"
tail -n 1 "$logs/output.log"
exit $status
}
