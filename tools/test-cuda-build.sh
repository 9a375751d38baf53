#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds worker, command line and inference tests against the CUDA LibTorch and runs them; needs no GPU.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/test-cuda-build.sh [--no-install]

Installs the CUDA LibTorch of PyPI's torch wheel (tools/install-cuda-torch.sh, some 4 GB of disk), configures with
cmake --preset cuda, builds spineseg-worker, spineseg and inference_test, and checks on this machine, on its CPU:
  every library that the programs load is there, and libtorch_cuda.so is among them
  the inference tests pass
  spineseg segments the phantom
  without a GPU, --device cuda is an error that says so, in both programs
  --no-install  install nothing, packages and wheels are there
USAGE
}

install=yes
while [ $# -gt 0 ]; do
    case "$1" in
        --no-install) install=no; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done

fail() { echo "test-cuda-build: FAILED: $*" >&2; exit 1; }

cd "$(dirname "$0")/.."
if [ "$install" = yes ]; then
    tools/install-packages.sh --worker --build --cuda-test
    tools/install-cuda-torch.sh
fi
. tools/build.sh
build_preset cuda -DSPINESEG_BUILD_TESTS=ON spineseg-worker spineseg inference_test
build=build/cuda
work=$(mktemp -d "${TMPDIR:-/tmp}/spineseg-cuda.XXXXXX")
trap 'rm -rf "$work"' EXIT

for program in $build/bin/spineseg-worker $build/bin/spineseg $build/tests/inference_test; do
    ldd "$program" >"$work/libraries"
    ! grep 'not found' "$work/libraries" >&2 || fail "$program does not find the libraries above"
    grep -q libtorch_cuda.so "$work/libraries" || fail "$program does not load libtorch_cuda.so"
done
echo "test-cuda-build: all libraries are found, libtorch_cuda.so among them"

$build/tests/inference_test --gtest_brief=1 --gtest_output="xml:$work/inference_test.xml" >"$work/tests.log" 2>&1 ||
    { tail -n 80 "$work/tests.log" >&2; fail "inference_test"; }
echo "test-cuda-build: inference_test: $(sed -n '/<testsuites/ {s/.*tests="\([0-9]*\)".*/\1/p; q}' "$work/inference_test.xml") tests passed," \
    "$(grep -c 'result="skipped"' "$work/inference_test.xml" || true) of them skipped"

$build/bin/spineseg phantom --contrast t2 --seed 7 --out "$work/phantom" >/dev/null
started=$SECONDS
$build/bin/spineseg segment "$work/phantom/dicom" --model models/lumbar-fast --out "$work/out" >"$work/segment.log" 2>&1 ||
    { cat "$work/segment.log" >&2; fail "spineseg segment on the CPU"; }
echo "test-cuda-build: spineseg segmented the phantom on the CPU in $((SECONDS - started)) s"

if [ -e /dev/nvidiactl ]; then
    echo "test-cuda-build: there is an NVIDIA GPU here, so the errors without one are not checked"
    exit
fi
refused() {  # NAME COMMAND...
    local name=$1
    shift
    if "$@" >"$work/refused.log" 2>&1; then fail "$name --device cuda runs without a GPU"; fi
    grep -qE 'no NVIDIA driver is loaded|shows LibTorch no GPU' "$work/refused.log" ||
        { cat "$work/refused.log" >&2; fail "$name --device cuda does not say that there is no GPU"; }
    ! grep -qE 'Exception raised|frame #|terminate called' "$work/refused.log" ||
        { cat "$work/refused.log" >&2; fail "$name --device cuda shows an exception"; }
}
refused spineseg $build/bin/spineseg segment "$work/phantom/dicom" --model models/lumbar-fast --device cuda --out "$work/none"
refused spineseg-worker $build/bin/spineseg-worker --socket "$work/no.sock" --model models/lumbar-fast --device cuda
echo "test-cuda-build: --device cuda without a GPU is refused: $(grep -m1 -o 'device "cuda".*' "$work/refused.log")"
exit
}
