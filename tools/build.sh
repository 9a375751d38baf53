# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by demo.sh, test.sh and bench.sh: configures and builds a preset, quietly, with ccache where it is installed.

# build_preset PRESET [-DOPTION=VALUE...] [TARGET...]: from the root of the repository; the log stays in build/PRESET/build.log.
build_preset() {
    local preset=$1 folder=build/$1 options=() targets=()
    shift
    for argument in "$@"; do
        case "$argument" in
            -D*) options+=("$argument") ;;
            *) targets+=("$argument") ;;
        esac
    done
    [ ${#targets[@]} -eq 0 ] || targets=(--target "${targets[@]}")
    discard_foreign_build "$folder"
    if command -v ccache >/dev/null; then
        export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1
        # Decided once for a build folder: another launcher would compile everything again.
        [ -f "$folder/CMakeCache.txt" ] || options+=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
    fi
    mkdir -p "$folder"
    build_compiler >"$folder/compiler.txt"
    local log=$folder/build.log times=$folder/times.txt TIMEFORMAT='%R %U %S'
    echo "build: $folder (log: $log)"
    if ! { time { cmake --preset "$preset" "${options[@]}" &&
        cmake --build "$folder" -j "$(build_jobs)" "${targets[@]}"; } >"$log" 2>&1; } 2>"$times"; then
        tail -n 60 "$log" >&2
        if [ "$(df --output=avail -k "$folder" | tail -n 1)" -lt 102400 ]; then
            echo "build: failed, the disk of $PWD/$folder is full; a build needs 1 GB" >&2
        else
            echo "build: failed, see $log" >&2
        fi
        return 1
    fi
    awk -v machine="$(nproc) cores of $(lscpu | sed -n 's/^Model name: *//p' | head -n 1)" \
        '{printf "build: done in %d s, %d s of processor time, %s\n", $1, $2 + $3, machine}' "$times"
}

# A folder that another compiler or another checkout has made is made anew: its objects would be mixed with new ones.
discard_foreign_build() {
    local folder=$1
    [ -f "$folder/CMakeCache.txt" ] || return 0
    if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$PWD" "$folder/CMakeCache.txt"; then
        echo "build: $folder belongs to another checkout; it is made anew"
    elif [ -f "$folder/compiler.txt" ] && [ "$(cat "$folder/compiler.txt")" != "$(build_compiler)" ]; then
        echo "build: $folder was made by another compiler ($(cat "$folder/compiler.txt")); it is made anew"
    else
        return 0
    fi
    rm -rf "$folder"
}

build_compiler() { "${CXX:-c++}" --version 2>/dev/null | head -n 1; }

# One compiler per core, but no more than memory allows: several sources that include LibTorch take up to 2 GB together.
build_jobs() {
    local cores memory_gb
    cores=$(nproc)
    memory_gb=$(awk '/MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo)
    [ "$memory_gb" -ge 1 ] || memory_gb=1
    echo $((cores < memory_gb ? cores : memory_gb))
}
