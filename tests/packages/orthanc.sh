# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced. What a client sees of the Orthanc on its default ports. Needs curl, jq and storescu.

rest() { curl -sS --fail --max-time 30 "http://127.0.0.1:8042/$1" "${@:2}"; }
status_of() { curl -s -o /dev/null --max-time 30 -w '%{http_code}' "http://127.0.0.1:8042/$1"; }

# wait_for SECONDS COMMAND...: until it succeeds.
wait_for() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ $SECONDS -lt $deadline ] || return 1
        sleep 0.2
    done
}

start_orthanc() {
    unit_start orthanc.service "$logs/orthanc-console.log"
    wait_for 60 rest system || return 1
    unit_runs orthanc.service
}

# send_phantom SEED: makes the phantom, sends it by C-STORE; Orthanc's id of the series is then in $series.
send_phantom() {
    local folder=/tmp/phantom-$1 uid
    LC_ALL=C spineseg phantom --contrast t2 --slices 5 --seed "$1" --out "$folder" >/dev/null || return 1
    storescu -aec ORTHANC 127.0.0.1 4242 +sd "$folder/dicom" || return 1
    uid=$(dcmdump +P SeriesInstanceUID "$(find "$folder/dicom" -type f | head -n 1)" | sed 's/.*\[\(.*\)\].*/\1/')
    series=$(rest tools/lookup --data-raw "$uid" | jq -r '.[] | select(.Type == "Series") | .ID')
    [ -n "$series" ]
}

series_is() { [ "$(rest "spineseg/series/$series" | jq -r .State)" = "$1" ]; }
job_of_series() { rest "spineseg/series/$series" | jq -r '.Job.ID // empty'; }

# result_class KIND: the SOP class of the result as Orthanc has stored it.
result_class() {
    local instance
    instance=$(rest "spineseg/series/$series" | jq -r --arg kind "$1" '.Results[] | select(.Kind == $kind) | .Instance')
    [ -n "$instance" ] && rest "instances/$instance/simplified-tags" | jq -r .SOPClassUID
}
