#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures in one run: the networks, a series by stage, DICOM in and out, the queue, the whole chain with the worker's memory, and the load
# of a hospital on Orthanc, plugin and queue.
# Nothing here passes or fails; compare figures of one run with each other only.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/bench.sh [--model BUNDLE] [--no-install] [--only network|series|dicom|queue|chain|load]

Prints calls per second and GFLOP/s of the networks in float32 and, where the processor multiplies it, bfloat16; seconds
per slice and per series by stage; seconds and memory of reading a series and writing every result object, as parts of
what is aimed at; queue operations per second; of the whole chain (Orthanc, plugin, worker, the phantom) the seconds
from the last instance to the result and the peak memory of the worker; and under load (tools/bench/load/load_bench.py, which has
options of its own; 25 minutes, 9 GB of disk and 5 GB in /dev/shm) what the plugin costs a sender, how soon queue, routes and workers are
answered beside 100,000 ended jobs, Orthanc's memory over 1,000 jobs, and the turnaround on a busy day of a hospital.
USAGE
}

install=yes only='' model=''
while [ $# -gt 0 ]; do
    case "$1" in
        --model) model=$(realpath -e -- "${2:?--model needs a folder}"); shift 2 ;;
        --no-install) install=no; shift ;;
        --only) only=${2:?--only needs a part}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done

cd "$(dirname "$0")/.."
model=${model:-$PWD/models/lumbar-fast}
[ "$install" = no ] || tools/install-packages.sh
. tools/build.sh
build_preset release -DSPINESEG_BUILD_BENCH=ON spineseg_bench spineseg spineseg-worker OrthancSpineSeg

wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }
bin=build/release/bin
work=$(mktemp -d "${TMPDIR:-/tmp}/spineseg-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT

lscpu | awk -F': +' '/^Model name/ {print "processor: " $2}'
echo "cores: $(nproc), load before: $(cut -d' ' -f1 /proc/loadavg)"
! wanted network || $bin/spineseg_bench_network
! wanted series || $bin/spineseg_bench_series "$model"
! wanted dicom || $bin/spineseg_bench_dicom
! wanted queue || $bin/spineseg_bench_queue "$work/queue.db" 1000
if wanted chain; then
    echo "chain, the phantom through Orthanc, plugin and worker"
    $bin/spineseg phantom --contrast t2 --seed 7 --out "$work/phantom" >/dev/null
    tools/demo.sh --once --series "$work/phantom/dicom" --model "$model" --out "$work/out" | sed -n 's/^demo: measured:/ /p'
fi
! wanted load || SPINESEG_BUILD_DIR=$PWD/build/release /usr/bin/python3 tools/bench/load/load_bench.py --model "$model"
exit
}
