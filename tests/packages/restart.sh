# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: an Orthanc that runs as a service, here by its init script, while packages come and go.

# Services may start now, as on a machine that runs an init system.
cp /usr/sbin/policy-rc.d "$logs/"
printf '#!/bin/sh\nexit 0\n' >/usr/sbin/policy-rc.d
orthanc_process() { cat /run/orthanc.pid; }
service_starts() { invoke-rc.d orthanc start && wait_for 60 rest system; }

need "Orthanc starts by its init script" service_starts
before=$(orthanc_process)
claim "the packages are installed while it runs" install_from "$new"
claim "the installation restarted Orthanc with the plugin" wait_for 60 rest spineseg/health
claim "it is another process" fails is "$(orthanc_process)" "$before"
claim "Orthanc runs as its own user" is "$(ps -o user= -p "$(orthanc_process)")" orthanc
claim "the packages are removed while it runs" apt_get remove "${packages[@]}"
claim "the removal restarted Orthanc" wait_for 60 rest system
claim "it runs without the plugin" is "$(status_of spineseg/health)" 404
claim "the packages are purged after the removal" purge
claim "Orthanc stops by its init script" invoke-rc.d orthanc stop
cp "$logs/policy-rc.d" /usr/sbin/
