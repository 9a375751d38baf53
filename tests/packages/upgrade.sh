# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: from the version before to the new one, with settings that were changed and a job that waits.

claim "the packages are purged" purge
need "the version before is installed" install_from "$old"
claim "it is the version before" is "$(dpkg-query -W -f '${Version}' spineseg-worker)" "$(version_in "$old")"

sed -i 's|^\( *\)// "KeepJobsDays" : 365,|\1"KeepJobsDays" : 30,|' "$configuration"
cp "$configuration" "$logs/settings-before"
claim "the settings were changed by hand" grep -q '^ *"KeepJobsDays" : 30' "$configuration"
need "Orthanc starts with the version before" start_orthanc
claim "another phantom is stored" send_phantom 8
claim "its series is queued, for there is no worker" wait_for 120 series_is queued
job=$(job_of_series)
claim "Orthanc stops when asked" unit_stop orthanc.service

need "the new version is installed over it" install_from "$new"
claim "all four packages have the new version" is "$(status_of_packages | grep -cF " $(version_in "$new") installed")" 4
claim "the changed settings are kept" cmp "$logs/settings-before" "$configuration"
claim "nothing was put beside them" absent "$configuration".dpkg-*

need "Orthanc starts with the new version" start_orthanc
claim "the job is still in the queue" is "$(job_of_series)" "$job"
unit_start spineseg-worker.service "$logs/worker.log"
claim "the new worker does the job that waited" wait_for 300 series_is done
claim "it was that job" is "$(job_of_series)" "$job"
stored_series=$(rest series | jq length)
claim "the worker stops when asked" unit_stop spineseg-worker.service
claim "Orthanc stops when asked" unit_stop orthanc.service
