#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the CUDA LibTorch of PyPI's torch wheel, and of NVIDIA's wheels what it loads, into one folder.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

version=2.15.0  # CUDA 13.2
default_folder=build/cuda-wheels
# What libtorch_cuda.so does not load at start, and no code of ours at all: linear algebra's solvers, profiling marks.
left_out='cusolver nvtx'
needed_gb=8

usage() {
    cat <<USAGE
usage: tools/install-cuda-torch.sh [FOLDER]

Installs torch $version from PyPI and NVIDIA's libraries that it loads into FOLDER (default: $default_folder, where
cmake --preset cuda looks for it). Downloads some 2.5 GB and takes 4 GB of disk. Needs python3-venv; no GPU, no CUDA toolkit and no
NVIDIA driver. Does nothing, quickly, when it is all there.
USAGE
}

say() { echo "install-cuda-torch: $*" >&2; }

[ $# -le 1 ] || { usage >&2; exit 2; }
case "${1:-}" in
    -h | --help) usage; exit 0 ;;
    -*) usage >&2; exit 2 ;;
esac
cd "$(dirname "$0")/.."
folder=${1:-$default_folder}

if [ "$(cat "$folder/installed.txt" 2>/dev/null)" = "torch $version" ]; then exit 0; fi
if [ "$(uname -m)" != x86_64 ]; then
    say "this script installs the wheel for x86-64; this machine is $(uname -m)."
    exit 1
fi
mkdir -p "$folder"
free_gb=$(($(df --output=avail -k "$folder" | tail -n 1) / 1048576))
if [ "$free_gb" -lt "$needed_gb" ]; then
    say "the disk of $folder has $free_gb GB free; $needed_gb GB are needed. Free some, or name another folder."
    exit 1
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/spineseg-wheels.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The system's own python3: another one on the path may have no venv module.
python=/usr/bin/python3
[ -x "$python" ] || python=python3
if ! "$python" -m venv "$work/venv" >"$work/venv.log" 2>&1; then
    cat "$work/venv.log" >&2
    say "cannot make a Python environment; install python3-venv (apt-get install python3-venv)."
    exit 1
fi
install() {
    if ! "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-warn-conflicts --upgrade --only-binary :all: \
        --target "$folder" "$@" >"$work/pip.log" 2>&1; then
        tail -n 20 "$work/pip.log" >&2
        say "pip could not install $*; is there a network, and does PyPI still serve it?"
        exit 1
    fi
}
say "installing torch $version into $folder"
rm -f "$folder/installed.txt"
install --no-deps "torch==$version"
# The versions are those that this wheel asks for. Its Python dependencies are left out: only its libraries are used.
mapfile -t libraries < <("$work/venv/bin/python" - "$folder" $left_out <<'PYTHON'
import importlib.metadata, re, sys
folder, *left_out = sys.argv[1:]
[torch] = [found for found in importlib.metadata.distributions(path=[folder]) if found.name == 'torch']
for requirement in torch.requires:
    named = requirement.split(';')[0].strip()
    if not re.match(r'nvidia-|cuda-toolkit', named):
        continue
    extras = re.search(r'\[(.*)\]', named)
    if extras:
        kept = [extra for extra in extras.group(1).split(',') if extra not in left_out]
        named = named.replace(extras.group(0), f"[{','.join(kept)}]")
    print(named)
PYTHON
)
[ ${#libraries[@]} -gt 0 ] || { say "torch $version names no library of NVIDIA: is it the CUDA build?"; exit 1; }
say "installing ${libraries[*]}"
install "${libraries[@]}"
missing=$(ldd "$folder/torch/lib/libtorch_cuda.so" | awk '/not found/ {print $1}' | sort -u)
if [ -n "$missing" ]; then
    say "libtorch_cuda.so does not find" $missing
    exit 1
fi
echo "torch $version" >"$folder/installed.txt"
say "done, $(du -sh "$folder" | cut -f1)"
exit
}
