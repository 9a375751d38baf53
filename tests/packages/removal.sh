# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: Orthanc after the packages are gone.

orthanc_data() { (cd /var/lib/orthanc && find . -type f ! -path '*/index*' -exec sha256sum {} + | sort -k 2); }
orthanc_data >"$logs/data-before"

claim "apt removes the packages" apt_get remove "${packages[@]}"
claim "Orthanc starts without them" start_orthanc
claim "the plugin is gone" is "$(status_of spineseg/health)" 404
claim "what was stored is still there" is "$(rest series | jq length)" "$stored_series"
claim "Orthanc stops when asked" unit_stop orthanc.service
claim "the settings and the queue are kept until they are purged" test -s "$configuration" -a -s /var/lib/spineseg/queue.db

claim "purge asks nothing" env DEBIAN_FRONTEND=readline apt-get -q -y purge orthanc-spineseg spineseg-worker
claim "purge removes queue, socket and settings" absent /var/lib/spineseg /run/spineseg "$configuration" \
    /usr/share/spineseg /usr/share/orthanc/plugins/libOrthancSpineSeg.so \
    /etc/systemd/system/multi-user.target.wants/spineseg-worker.service
claim "no package of ours is left" is "$(status_of_packages | grep -v not-installed)" ""
orthanc_files >"$logs/orthanc-after"
claim "Orthanc's own files are as they were" cmp "$logs/orthanc-before" "$logs/orthanc-after"
orthanc_data >"$logs/data-after"
claim "Orthanc's data are as they were" cmp "$logs/data-before" "$logs/data-after"
claim "Orthanc starts after the purge" orthanc_starts_and_stops
