#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Runs in a fresh chroot of Debian, as root, in network and process namespaces of its own: installs the packages beside Debian's Orthanc, uses them,
# upgrades them and removes them. tools/test-packages.sh prepares the chroot and starts this.
# usage: run.sh OLD_PACKAGES NEW_PACKAGES LOGS
set -uo pipefail
{
old=$1 new=$2 logs=$3
here=$(dirname "$0")
mkdir -p "$logs"
. "$here/unit.sh"
. "$here/orthanc.sh"
. "$here/claims.sh"
trap stop_all EXIT
mount -t proc proc /proc  # of the process namespace that this runs in
ip link set lo up

packages=(orthanc-spineseg spineseg-worker spineseg spineseg-models)
configuration=/etc/orthanc/spineseg.json

. "$here/bad_starts.sh"
. "$here/use.sh"
. "$here/upgrade.sh"
. "$here/removal.sh"
. "$here/restart.sh"
summary
exit
}
