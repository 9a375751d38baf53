# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced. Starts what a systemd unit names, as far as that can be done without systemd: command, user, groups, umask,
# niceness, capabilities, NoNewPrivileges, LimitCORE and PrivateNetwork, in an empty environment.
#
#   unit_start orthanc.service LOG     the process's id is then in unit_process[orthanc.service]
#   unit_stop orthanc.service          SIGTERM, as systemd does; fails when the process does not end within TimeoutStopSec
#   unit_not_applied FILE              the names of the settings that only systemd applies

declare -A unit_process=()

unit_file() {
    local folder
    for folder in /etc/systemd/system /usr/lib/systemd/system /lib/systemd/system; do
        if [ -f "$folder/$1" ]; then
            echo "$folder/$1"
            return
        fi
    done
    echo "unit: there is no unit $1" >&2
    return 1
}

# unit_value FILE KEY [DEFAULT]: the last value, as systemd reads it.
unit_value() {
    local line
    line=$(grep "^$2=" "$1" | tail -n 1) || { echo "${3:-}"; return; }
    echo "${line#*=}"
}

unit_start() {
    local unit=$1 log=$2 file
    file=$(unit_file "$unit")
    local user group command
    user=$(unit_value "$file" User root)
    group=$(unit_value "$file" Group "$(id -gn "$user")")
    read -ra command <<<"$(unit_value "$file" ExecStart)"
    local prefix=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin USER="$user" LOGNAME="$user")
    [ "$(unit_value "$file" PrivateNetwork)" != yes ] || prefix+=(unshare --net)
    prefix+=(nice -n "$(unit_value "$file" Nice 0)" setpriv --reuid "$user" --regid "$group" --init-groups --inh-caps=-all)
    ! grep -q '^CapabilityBoundingSet=$' "$file" || prefix+=(--bounding-set=-all)
    [ "$(unit_value "$file" NoNewPrivileges)" != yes ] || prefix+=(--no-new-privs)
    (
        cd /
        umask "$(unit_value "$file" UMask 0022)"
        ulimit -c "$(unit_value "$file" LimitCORE unlimited)"
        exec "${prefix[@]}" "${command[@]}"
    ) >>"$log" 2>&1 </dev/null &
    unit_process[$unit]=$!
}

unit_runs() { [ -n "${unit_process[$1]:-}" ] && kill -0 "${unit_process[$1]}" 2>/dev/null; }

unit_stop() {
    local unit=$1 pid=${unit_process[$1]:-} tenths
    [ -n "$pid" ] || return 0
    unset "unit_process[$unit]"
    kill -TERM "$pid" 2>/dev/null || return 1  # it has ended by itself, which is not what was asked
    tenths=$(unit_value "$(unit_file "$unit")" TimeoutStopSec 90)0
    while kill -0 "$pid" 2>/dev/null; do
        tenths=$((tenths - 1))
        if [ "$tenths" -lt 0 ]; then
            kill -KILL "$pid"
            return 1
        fi
        sleep 0.1
    done
    wait "$pid"
}

unit_not_applied() {
    sed -n '/^\[Service\]/,/^\[Install\]/s/^\([A-Za-z]*\)=.*/\1/p' "$1" | sort -u |
        grep -vxE 'ExecStart|User|Group|UMask|Nice|NoNewPrivileges|CapabilityBoundingSet|PrivateNetwork|LimitCORE|TimeoutStopSec' |
        paste -sd ' '
}
