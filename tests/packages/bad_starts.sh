# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: installations that cannot succeed, and Orthanc after each of them.

orthanc_starts_and_stops() { start_orthanc && unit_stop orthanc.service; }

orthanc_files >"$logs/orthanc-before"
need "Orthanc starts before anything of ours is installed" orthanc_starts_and_stops

# The models need 50 MB; the disk is full before the worker can be configured.
full_disk_installation() {
    mkdir -p /usr/share/spineseg
    mount -t tmpfs -o size=8m tmpfs /usr/share/spineseg
    says 'No space left on device' install_from "$new"
    local status=$?
    umount /usr/share/spineseg
    return $status
}
claim "a full disk stops the installation with dpkg's own words" full_disk_installation
claim "Orthanc starts after half an installation" orthanc_starts_and_stops
repair_from() { apt_get --fix-broken install --no-install-recommends "$1"/*.deb; }
need "apt --fix-broken completes it once there is space" repair_from "$new"
need "all four packages are installed then" all_installed
claim "they are purged again" purge

echo '{"SpineSeg": {"Samples": 1}}' >/etc/orthanc/site.json
claim "a section SpineSeg in another file of Orthanc's folder is named and refused" \
    says '/etc/orthanc/site.json has a section "SpineSeg"' install_from "$new"
claim "Orthanc starts after the refused installation" orthanc_starts_and_stops
rm /etc/orthanc/site.json
need "the packages are installed without that section" repair_from "$new"
need "all four packages are installed" all_installed
