# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by test.sh, demo.sh and bench.sh: configures and builds a preset, quietly, with ccache where it is installed.

# build_preset PRESET [TARGET...]: from the root of the repository; the log stays in build/PRESET/build.log.
build_preset() {
    local preset=$1
    shift
    local folder=build/$preset launcher=() targets=()
    if command -v ccache >/dev/null; then
        export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
        launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    [ $# -eq 0 ] || targets=(--target "$@")
    mkdir -p "$folder"
    local log=$folder/build.log started=$SECONDS
    echo "build: $folder (log: $log)"
    if ! cmake --preset "$preset" "${launcher[@]}" >"$log" 2>&1 ||
        ! cmake --build "$folder" -j "$(build_jobs)" "${targets[@]}" >>"$log" 2>&1; then
        tail -n 60 "$log" >&2
        echo "build: failed, see $log" >&2
        return 1
    fi
    echo "build: done in $((SECONDS - started)) s"
}

# One compiler per core, but no more than memory allows: a file that includes LibTorch takes up to 1.5 GB.
build_jobs() {
    local cores memory_gb
    cores=$(nproc)
    memory_gb=$(awk '/MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
    [ "$memory_gb" -ge 1 ] || memory_gb=1
    echo $((cores < memory_gb ? cores : memory_gb))
}
