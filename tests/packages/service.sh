#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs in a chroot that systemd was booted in, as root, after run.sh has removed the packages: what apt and systemd do with
# the services, and the worker with every setting of its unit. tools/test-packages.sh starts this.
# usage: service.sh NEW_PACKAGES LOGS
set -uo pipefail
{
export HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive
new=$1 logs=$2
here=$(dirname "$0")
. "$here/orthanc.sh"
. "$here/claims.sh"
ip link set lo up

packages=(orthanc-spineseg spineseg-worker spineseg spineseg-models)
printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d  # services may start

property() { systemctl show --property "$1" --value "$2"; }
worker_process() { property MainPID spineseg-worker.service; }
of_worker() { awk -v key="$1:" '$1 == key {print $2}' "/proc/$(worker_process)/status"; }
of_every_thread() { awk -v key="$1:" '$1 == key {print $2}' /proc/"$(worker_process)"/task/*/status | sort -u | paste -sd ' '; }
workers() { rest spineseg/health | jq -c "$1"; }
worker_is_connected() { [ "$(workers '.Workers | length')" -eq 1 ]; }
another_worker_is_connected() { [ "$(worker_process)" != "$1" ] && [ "$(worker_process)" != 0 ] && worker_is_connected; }

need "systemd starts Orthanc" systemctl start orthanc.service
claim "Orthanc answers" wait_for 60 rest system
need "apt installs the packages while systemd runs" install_from "$new"
claim "the installation started the worker" is "$(property ActiveState spineseg-worker.service)" active
claim "the installation restarted Orthanc with the plugin" wait_for 60 rest spineseg/health
need "the worker connects in its unit's sandbox" wait_for 60 worker_is_connected
claim "the plugin is told that the worker's cage is whole" is "$(workers '.Workers[0].Cage.Whole')" true
claim "every thread of the worker has filters of system calls" is "$(of_every_thread Seccomp)" 2
claim "the unit's filter and the worker's own lie on each other" test "$(of_worker Seccomp_filters)" -ge 2
claim "the worker has no capability" is "$(of_worker CapBnd)" 0000000000000000
claim "the worker runs as its own user" is "$(ps -o user= -p "$(worker_process)")" spineseg
claim "PrivateUsers hides the other users from the worker" test "$(wc -l <"/proc/$(worker_process)/uid_map")" -ge 1 \
    -a "$(awk '{sum += $3} END {print sum}' "/proc/$(worker_process)/uid_map")" -lt 100
claim "the worker sees no network but loopback" is "$(awk -F: 'NR > 2 {gsub(/ /, "", $1); print $1}' "/proc/$(worker_process)/net/dev" | paste -sd ' ')" lo
library_errors() { journalctl --no-pager -u spineseg-worker.service | grep -w ERROR; }
# On Debian 13 the log had "UCX ERROR failed to get boot id" at every start.
claim "no library complains at the worker's start" fails library_errors
claim "systemd did not have to start the worker again" is "$(property NRestarts spineseg-worker.service)" 0

need "the phantom is stored by C-STORE" send_phantom 9
claim "its series is segmented" wait_for 400 series_is done
before=$(worker_process)
kill -KILL "$before"
claim "systemd starts a killed worker again" wait_for 60 another_worker_is_connected "$before"
claim "systemctl stops the worker" systemctl stop spineseg-worker.service
claim "it ended without an error" is "$(property Result spineseg-worker.service)" success
need "the phantom of another patient is stored" send_phantom 10
claim "systemctl starts the worker" systemctl start spineseg-worker.service
claim "Orthanc is restarted beside it" systemctl restart orthanc.service
claim "the worker connects to the new Orthanc" wait_for 60 worker_is_connected
claim "the series that waited is segmented" wait_for 400 series_is done

claim "apt removes the packages" apt_get remove "${packages[@]}"
claim "the removal stopped the worker" fails pgrep -x spineseg-worker
claim "the removal restarted Orthanc without the plugin" wait_for 60 rest system
claim "the plugin is gone" is "$(status_of spineseg/health)" 404
claim "the packages are purged" purge
claim "the socket's folder is gone" absent /run/spineseg
systemctl stop orthanc.service
summary
exit
}
