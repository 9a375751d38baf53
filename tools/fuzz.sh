#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the fuzz targets of tests/fuzz and runs each over a copy of its corpus; ends with one line: "N passed, N failed".
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/fuzz.sh [--seconds N] [--only NAME] [--keep] [--install] [--seeds]

  --seconds N   how long each target runs (60); 0 replays its corpus only
  --only NAME   one target, such as frame; may be given several times
  --keep        make tests/fuzz/corpus/NAME of the 40 inputs that reach most, with those that the run found
  --seeds       write the inputs that the corpora began with to build/fuzz/seeds, and start from them too
  --install     install clang and its runtime first (as root or with sudo)
Needs clang 16 or later with libFuzzer (tools/install-packages.sh --fuzz). Logs and crashes stay in
build/fuzz/runs. Exit status: 0 no target failed, 1 a target failed or nothing was built, 77 there is no such clang.
USAGE
}

seconds=60
names=()
keep=no
seeds=no
install=no
while [ $# -gt 0 ]; do
    case "$1" in
        --seconds) seconds=${2:?--seconds needs a number}; shift 2 ;;
        --only) names+=("${2:?--only needs a name}"); shift 2 ;;
        --keep) keep=yes; shift ;;
        --seeds) seeds=yes; shift ;;
        --install) install=yes; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
[[ $seconds =~ ^[0-9]+$ ]] || { echo "fuzz: --seconds needs a whole number, not \"$seconds\"" >&2; exit 2; }

cd "$(dirname "$0")/.."
known=()
for source in tests/fuzz/*_fuzz.cpp; do known+=("$(basename "$source" _fuzz.cpp)"); done
for name in "${names[@]}"; do
    [ -f "tests/fuzz/${name}_fuzz.cpp" ] || { echo "fuzz: there is no target \"$name\"; there are: ${known[*]}" >&2; exit 2; }
done
[ ${#names[@]} -gt 0 ] || names=("${known[@]}")
[ "$install" = no ] || tools/install-packages.sh --build --runtime --fuzz

# A clang without its runtime compiles and does not link.
has_libfuzzer() {
    echo 'extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }' |
        "$1" -fsanitize=fuzzer,address -x c++ - -o /dev/null 2>/dev/null
}
unset CXX CC
for candidate in clang++ clang++-19 clang++-18 clang++-17 clang++-16; do
    version=$("$candidate" -dumpversion 2>/dev/null) || continue
    if [ "${version%%.*}" -ge 16 ] && has_libfuzzer "$candidate"; then
        export CXX=$candidate CC=${candidate/clang++/clang}
        break
    fi
done
if [ -z "${CXX:-}" ]; then
    echo "fuzz: skipped, there is no clang 16 or later with libFuzzer (tools/install-packages.sh --fuzz)"
    exit 77
fi

. tools/build.sh
targets=()
for name in "${names[@]}"; do targets+=("${name}_fuzz"); done
[ "$seeds" = no ] || targets+=(fuzz_seeds)
build_preset fuzz "${targets[@]}"

runs=$PWD/build/fuzz/runs
mkdir -p "$runs"
rm -rf "$runs/seeds"
[ "$seeds" = no ] || build/fuzz/bin/fuzz_seeds "$runs/seeds"
# LibTorch, DCMTK and the other libraries are not instrumented: a container that they filled and our code reads, or the other
# way round, is no error. A leak is one.
export ASAN_OPTIONS="detect_container_overflow=0:allocator_may_return_null=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
symbolizer=$(dirname "$(readlink -f "$(command -v "$CXX")")")/llvm-symbolizer
[ ! -x "$symbolizer" ] || export ASAN_SYMBOLIZER_PATH=$symbolizer

# What one input may cost: 10 s (a slow machine under load is no finding), 2 GB, and 512 MB in one allocation.
limits=(-timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=512 -max_len=16384 -print_final_stats=1)

# run_target NAME: 0 where it ends without a finding.
run_target() {
    local name=$1 work=$runs/$1 program=build/fuzz/fuzzers/$1_fuzz options=("${limits[@]}") rc=0
    rm -rf "$work"
    mkdir -p "$work/corpus" "$work/crashes"
    cp -r "tests/fuzz/corpus/$name/." "$work/corpus/" 2>/dev/null || [ "$seeds" = yes ]
    [ ! -d "$runs/seeds/$name" ] || cp -r "$runs/seeds/$name/." "$work/corpus/"
    [ ! -f "tests/fuzz/$name.dict" ] || options+=("-dict=tests/fuzz/$name.dict")
    options+=("-artifact_prefix=$work/crashes/")
    if [ "$seconds" -eq 0 ]; then options+=(-runs=0); else options+=("-max_total_time=$seconds"); fi
    "$program" "${options[@]}" "$work/corpus" >"$work/log" 2>&1 || rc=$?
    local counts
    counts=$(grep -E 'cov: [0-9]+' "$work/log" | tail -n 1 | grep -oE '(cov|ft|corp): [0-9]+' | tr '\n' ' ') || true
    local executions
    executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/log")
    if [ "$rc" -eq 0 ]; then
        echo "fuzz: $name: ${executions:-0} executions, ${counts}no finding"
        [ "$keep" = no ] || keep_new "$name" "$work" "$program"
        return 0
    fi
    local crash
    crash=$(find "$work/crashes" -type f | head -n 1)
    grep -m 3 -E 'ERROR: |runtime error: |what\(\)|terminate called' "$work/log" >&2 || tail -n 5 "$work/log" >&2
    if [ -n "$crash" ]; then
        echo "fuzz: $name: FAILED, the input is $crash; again: $program $crash" >&2
    else
        echo "fuzz: $name: FAILED without an input, see $work/log" >&2
    fi
    return 1
}

# keep_new NAME WORK PROGRAM: the corpus becomes the 40 inputs that together reach most, out of all that the run had; those
# named found_* (of mended faults) stay.
keep_new() {
    local corpus=tests/fuzz/corpus/$1 chosen=$2/chosen
    mkdir -p "$corpus" "$chosen"
    # The first that set_cover_merge writes are those that add most.
    if ! "$3" -set_cover_merge=1 -use_counters=0 "${limits[@]}" "$chosen" "$2/corpus" >"$2/merge.log" 2>&1; then
        echo "fuzz: $1: the corpus could not be reduced, see $2/merge.log" >&2
        return
    fi
    find "$corpus" -type f ! -name 'found_*' -delete
    find "$chosen" -type f -printf '%T@ %p\n' | sort -n | head -n 40 | cut -d' ' -f2- | xargs -r -d '\n' cp -t "$corpus"
}

passed=0
failed=0
for name in "${names[@]}"; do
    echo "fuzz: $name, $seconds s"
    if run_target "$name"; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
exit
}
