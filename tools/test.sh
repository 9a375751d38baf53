#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds, runs every test, and ends with one line: "N passed, N failed".
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/test.sh [--preset release|dev|asan|tsan] [--only REGEX] [--no-install]

  --preset NAME   CMake preset to build and test (release)
  --only REGEX    only the test executables whose name matches, as ctest -R
  --no-install    do not install packages
Logs stay in build/<preset>/test-logs/. The exit status is 0 only when everything built and no test failed.
USAGE
}

preset=release
install=yes
selection=()
while [ $# -gt 0 ]; do
    case "$1" in
        --preset) preset=${2:?--preset needs a name}; shift 2 ;;
        --only) selection=(-R "${2:?--only needs a pattern}"); shift 2 ;;
        --no-install) install=no; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done

cd "$(dirname "$0")/.."
# The last line is a count even when nothing could be built: then the build is the one that failed.
counted=no
trap '[ "$counted" = yes ] || echo "0 passed, 1 failed"' EXIT
if [ "$install" = yes ]; then
    tools/install-packages.sh --build --runtime --test
    tests/conformance/oracles/install.sh ||
        echo "test: no registry for highdicom and OHIF's reader; their tests will be counted as skipped"
    tests/plugin/openapi/install.sh ||
        echo "test: no registry for what checks the OpenAPI document; its tests will be counted as skipped"
    tests/viewer/install.sh ||
        echo "test: no registry for OHIF and what drives the browser; its test will be counted as skipped"
fi
. tools/build.sh
build_preset "$preset" -DSPINESEG_BUILD_TESTS=ON

logs=build/$preset/test-logs
rm -rf "$logs"
mkdir -p "$logs/cases"
# LibTorch, DCMTK and Orthanc are not built with the thread sanitizer: calls that come from them are not looked at.
export TSAN_OPTIONS="ignore_noninstrumented_modules=1 second_deadlock_stack=1 ${TSAN_OPTIONS:-}"
# A case report per executable, so that cases can be counted; see tests/support/count_cases.py.
export GTEST_OUTPUT="json:$PWD/$logs/cases/"
export SPINESEG_TEST_LOGS="$PWD/$logs"
# On a kernel without Landlock the tests of the cage are skipped, with the reason, and the programs of the others go on.
export SPINESEG_ALLOW_WEAKER_CAGE=${SPINESEG_ALLOW_WEAKER_CAGE:-true}
started=$SECONDS
# Test programs run side by side, the longest first (COST); one that measures times runs alone (RUN_SERIAL). Threads that wait for
# each other sleep, so that they leave the processor to the other program.
OMP_WAIT_POLICY=passive ctest --test-dir "build/$preset" -j "$(nproc)" --output-on-failure --no-tests=error --timeout 1500 "${selection[@]}" \
    --output-junit "$PWD/$logs/junit.xml" 2>&1 | tee "$logs/ctest.log" || true
echo "test: $((SECONDS - started)) s; logs in $logs"
counted=yes
/usr/bin/python3 tests/support/count_cases.py "$logs/junit.xml" "$logs/cases"
exit
}
