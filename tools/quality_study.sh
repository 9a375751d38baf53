#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Does the quality verdict find the bad cases? Good series and the same ones spoilt, through the whole pipeline.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/quality_study.sh --data FOLDER --ids IDS [--model BUNDLE] [--out FOLDER] [--slices N] [--spineseg-lab PROGRAM] [...]

  --data FOLDER      images/ and masks/ in SPIDER's layout
  --ids IDS          patients that the bundle was not trained on, e.g. 18,55,98
  --model BUNDLE     default: models/lumbar-fast
  --out FOLDER       quality.json, quality.html and quality.md (quality-study)
  --slices N         only N slices in the middle of each stack
  --spineseg-lab PROGRAM  default: the newest build
Anything else is handed to `spineseg-lab evaluate`. Each series runs as it is and changed in twelve ways, most of them at two strengths; the tables
say what each did to Dice and score, and how many of the worst tenth, by true Dice, the verdict did not pass.
USAGE
}

model=models/lumbar-fast
out=quality-study
program=
arguments=()
while [ $# -gt 0 ]; do
    case "$1" in
        --model) model=${2:?--model needs a folder}; shift 2 ;;
        --out) out=${2:?--out needs a folder}; shift 2 ;;
        --spineseg-lab) program=${2:?--spineseg-lab needs a program}; shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) arguments+=("$1"); shift ;;
    esac
done
[ ${#arguments[@]} -gt 0 ] || { usage >&2; exit 2; }
here=$(cd "$(dirname "$0")/.." && pwd)
[ -n "$program" ] || program=$(ls -t "$here"/build/bin/spineseg-lab "$here"/build/*/bin/spineseg-lab 2>/dev/null | head -1)
[ -x "$program" ] || { echo "quality_study: no program; build first or name it with --spineseg-lab" >&2; exit 1; }
changes=none,motion:0.4,motion:1,ghost:0.4,ghost:1,noise:0.3,noise:1,blur:0.5,blur:1,clip:0.4,clip:1,region:0.4,region:1
changes+=,lean:0.6,lean:1,small:0.6,small:1,metal:0.5,metal:1,lost:0.3,upside_down:1,front_to_back:1
mkdir -p "$out"
"$program" evaluate --model "$model" "${arguments[@]}" \
    --degrade "$changes" \
    --report "$out/quality.json" --page "$out/quality.html" | tee "$out/quality.md"
