#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The whole chain on this machine: Orthanc with the plugin, the worker, one series sent, its results fetched and shown.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/demo.sh [--once] [--series FOLDER_OR_VOLUME] [--truth LABELS] [--port N] [--dicom-port N] [--model BUNDLE] [--out DIR]

  --once            exit when the results are there; otherwise everything keeps running until Ctrl-C
  --series INPUT    a folder of DICOM instances of one series, or one .mha / .nii / .nii.gz volume
  --truth LABELS    a label map (.mha) on the volume's grid, to print the Dice against
  --port N          HTTP port of Orthanc on loopback (default: a free one)
  --dicom-port N    DICOM port of Orthanc on loopback (default: a free one)
  --model BUNDLE    model bundle (default: models/lumbar-fast)
  --out DIR         where the results are left (default: demo-out)
Without --series: SPIDER case 98 (a patient the model never saw) where ../shared/data/spider-native lies beside the
checkout, else the procedural phantom.
USAGE
}

once=no series='' truth='' http_port='' dicom_port='' model='' out=''
while [ $# -gt 0 ]; do
    case "$1" in
        --once) once=yes; shift ;;
        --series) series=$(realpath -e -- "${2:?--series needs a folder or a file}"); shift 2 ;;
        --truth) truth=$(realpath -e -- "${2:?--truth needs a file}"); shift 2 ;;
        --port) http_port=${2:?--port needs a number}; shift 2 ;;
        --dicom-port) dicom_port=${2:?--dicom-port needs a number}; shift 2 ;;
        --model) model=$(realpath -e -- "${2:?--model needs a folder}"); shift 2 ;;
        --out) out=$(realpath -m -- "${2:?--out needs a folder}"); shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done

cd "$(dirname "$0")/.."
root=$PWD
out=${out:-$root/demo-out}
model=${model:-$root/models/lumbar-fast}
spineseg=$root/build/release/bin/spineseg
# On a kernel without Landlock the programs say so and go on here; installed ones stop.
export SPINESEG_ALLOW_WEAKER_CAGE=${SPINESEG_ALLOW_WEAKER_CAGE:-true}

say() { echo "demo: $*"; }
die() { echo "demo: $*" >&2; exit 1; }

# ---- what this script starts and makes, it ends and removes ---------------------------------------------------------
work='' orthanc='' worker=''
stop_process() {  # politely, then not
    local pid=$1
    [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null || return 0
    for _ in $(seq 100); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
}
# shellcheck disable=SC2317  # reached through the trap
clean_up() {
    local status=$?
    trap - EXIT INT TERM
    stop_process "$worker"
    stop_process "$orthanc"
    [ -z "$work" ] || rm -rf "$work"
    exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

tools/install-packages.sh --build --runtime --demo
. tools/build.sh
build_preset release -DSPINESEG_BUILD_TESTS=OFF -DSPINESEG_BUILD_LAB=OFF -DSPINESEG_BUILD_BENCH=OFF \
    spineseg spineseg-worker OrthancSpineSeg
[ -f "$model/manifest.json" ] || die "no model bundle at $model"
mkdir -p "$out"
work=$(mktemp -d "${TMPDIR:-/tmp}/spineseg-demo.XXXXXX")  # short on purpose: a socket's path ends at 107 bytes

# ---- the series ----------------------------------------------------------------------------------------------------
native=$root/../shared/data/spider-native
headers=$root/../shared/data/spider-headers/overview.csv
if [ -z "$series" ] && [ -f "$native/images/98_t2_SPACE.mha" ]; then
    say "series: SPIDER case 98, T2 SPACE (van der Graaf et al. 2024, CC BY 4.0), a patient the model never saw"
    "$spineseg" dicomize "$native/images/98_t2_SPACE.mha" --headers "$headers" --row 98_t2_SPACE --out "$work/series" >/dev/null
    truth=${truth:-$native/masks/98_t2_SPACE.mha}
    series=$work/series
elif [ -z "$series" ]; then
    say "series: the procedural phantom"
    "$spineseg" phantom --contrast t2 --seed 7 --out "$work/phantom" >/dev/null
    truth=${truth:-$work/phantom/labels.mha}
    series=$work/phantom/dicom
elif [ -f "$series" ]; then
    say "series: $series, wrapped as DICOM"
    "$spineseg" dicomize "$series" --out "$work/series" >/dev/null
    series=$work/series
else
    say "series: $series"
fi

# ---- Orthanc with the plugin, and the worker ----------------------------------------------------------------------
port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        port_is_taken "$port" || break
    done
    echo "$port"
}
rest() { curl -sS --fail --max-time 30 "http://127.0.0.1:$http/$1" "${@:2}"; }

start_orthanc() {  # returns 1 when a port was taken in the meantime
    http=${http_port:-$(free_port)} dicom=${dicom_port:-$(free_port)}
    cat >"$work/orthanc.json" <<CONFIGURATION
{
  "Name": "spineseg demo ${work##*.}",
  "StorageDirectory": "$work/orthanc", "IndexDirectory": "$work/orthanc",
  "Plugins": ["$root/build/release/lib/libOrthancSpineSeg.so"],
  "HttpPort": $http, "DicomPort": $dicom, "RemoteAccessAllowed": false, "DicomCheckCalledAet": false,
  "StableAge": 2,
  "SpineSeg": {"Socket": "$work/worker.sock", "RetryBackoffSeconds": [1], "ModelFolders": ["$model"]}
}
CONFIGURATION
    /usr/sbin/Orthanc "$work/orthanc.json" >"$out/orthanc.log" 2>&1 &
    orthanc=$!
    local deadline=$((SECONDS + 60))
    while [ $SECONDS -lt $deadline ]; do
        kill -0 "$orthanc" 2>/dev/null || return 1
        [ "$(rest system 2>/dev/null | jq -r .Name)" != "spineseg demo ${work##*.}" ] || return 0
        sleep 0.1
    done
    return 1
}
for attempt in 1 2 3; do
    ! start_orthanc || break
    stop_process "$orthanc"
    if [ "$attempt" -eq 3 ] || [ -n "$http_port$dicom_port" ]; then
        tail -n 20 "$out/orthanc.log" >&2
        die "Orthanc did not start, see $out/orthanc.log"
    fi
done
"$root/build/release/bin/spineseg-worker" --socket "$work/worker.sock" --model "$model" >"$out/worker.log" 2>&1 &
worker=$!
say "Orthanc $(rest system | jq -r .Version) listens: http://127.0.0.1:$http (DICOM: ORTHANC@127.0.0.1:$dicom)"

# ---- send, follow, fetch -------------------------------------------------------------------------------------------
say "sending with storescu"
storescu -aec ORTHANC 127.0.0.1 "$dicom" +sd "$series" >"$out/storescu.log" 2>&1 || die "storescu failed, see $out/storescu.log"
source_id=$(rest 'series' | jq -r '.[0] // empty')
[ -n "$source_id" ] || die "Orthanc stored no series"

began=$SECONDS
progress() {  # $1 is said once, $2 goes on: one line, rewritten, on a terminal; elsewhere a line for each $1
    if [ -t 1 ]; then printf '\r\033[Kdemo: %4d s  %s %s' $((SECONDS - began)) "$1" "${2:-}"
    elif [ "$1" != "$said" ]; then say "$((SECONDS - began)) s  $1"; fi
    said=$1
}
said=''
deadline=$((SECONDS + 1800))
while :; do
    kill -0 "$orthanc" 2>/dev/null || die "Orthanc ended, see $out/orthanc.log"
    kill -0 "$worker" 2>/dev/null || die "the worker ended, see $out/worker.log"
    answer=$(rest "spineseg/series/$source_id" 2>/dev/null || echo '{}')
    case "$(jq -r '.State // "waiting"' <<<"$answer")" in
        "done") progress "done"; break ;;
        ineligible | rejected | failed)
            [ ! -t 1 ] || echo
            die "the series is $(jq -r '"\(.State): \(.Reason)"' <<<"$answer")" ;;
        waiting) progress "waiting for the series to become stable" ;;
        running) progress "$(jq -r .Job.Stage <<<"$answer")" "$(jq -r .Job.Progress <<<"$answer") %" ;;
        *) progress "$(jq -r .State <<<"$answer")" ;;
    esac
    [ $SECONDS -lt $deadline ] || die "no result within half an hour"
    sleep 0.3
done
[ ! -t 1 ] || echo

awk -v seconds=$((SECONDS - began)) '/^VmHWM/ {printf "demo: measured: %d s from the last instance to the result, StableAge (2 s) included; worker peak memory %.2f GiB\n", seconds, $2 / 1048576}' "/proc/$worker/status"

rest "spineseg/jobs/$(jq -r .Job.ID <<<"$answer")" | jq . >"$out/job.json"
instance_of() { jq -r --arg kind "$1" '.Results[] | select(.Kind == $kind) | .Instance' "$out/job.json"; }
rest "instances/$(instance_of segmentation)/file" -o "$out/segmentation.dcm"
rest "instances/$(instance_of parametric_map)/file" -o "$out/uncertainty.dcm"
rest "instances/$(instance_of measurement_report)/file" -o "$out/report.dcm"
mkdir -p "$work/fetched"
for instance in $(rest "series/$source_id" | jq -r '.Instances[]'); do
    rest "instances/$instance/file" -o "$work/fetched/$instance.dcm"
done

# ---- what Orthanc holds now, read back and drawn --------------------------------------------------------------------
compare=()
[ -z "$truth" ] || compare=(--truth "$truth")
"$spineseg" show --series "$work/fetched" --segmentation "$out/segmentation.dcm" \
    --uncertainty "$out/uncertainty.dcm" --out "$out/overview.png" "${compare[@]}" | sed 's/^/demo: /'

jq -r '.Summary | "demo: levels " + (if .numbering.determined then "numbered from the sacrum"
    else "not determined: " + (.numbering.doubts | join(", ")) end),
    (.structures[] | . as $s | [.measurements[]? | select(.quantity | test("middle_height|slip$|canal_diameter|disc_height_index"))
     | "\(.quantity)\(if .at then " at \(.at)" else "" end) \(.value)\(if .uncertainty then " ± \(.uncertainty)" else "" end) \(.unit)"]
     | select(length > 0) | "demo:   \($s.name): " + join("; "))' "$out/job.json"

cat <<SUMMARY
demo: in $out
        segmentation.dcm  DICOM Segmentation, as Orthanc holds it
        uncertainty.dcm   DICOM Parametric Map, as Orthanc holds it
        report.dcm        DICOM measurement report (TID 1500) that cites both
        overview.png      both laid over the image: contours, heat map, every slice
        job.json          the job's last state
SUMMARY
[ "$once" = no ] || exit 0
cat <<SUMMARY
demo: Orthanc Explorer   http://127.0.0.1:$http/app/explorer.html
demo: the queue          http://127.0.0.1:$http/spineseg/app
demo: the jobs           curl http://127.0.0.1:$http/spineseg/jobs?expand
demo: the verdict        curl http://127.0.0.1:$http/spineseg/series/$source_id
demo: once more          curl -X POST http://127.0.0.1:$http/series/$source_id/segment
demo: send your own      storescu -aec ORTHANC 127.0.0.1 $dicom +sd FOLDER
demo: serving until Ctrl-C
SUMMARY
trap 'exit 0' INT TERM
wait -n "$orthanc" "$worker" || true
die "Orthanc or the worker ended, see $out"
}
