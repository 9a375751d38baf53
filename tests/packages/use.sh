# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by run.sh: what was installed, used as a hospital would.

worker_unit=$(unit_file spineseg-worker.service)
echo "note  without systemd these settings of spineseg-worker.service are not applied: $(unit_not_applied "$worker_unit")"

permissions() { stat -c '%U:%G %a' "$@"; }
claim "the socket's folder belongs to Orthanc's user and the worker's group" is "$(permissions /run/spineseg)" "orthanc:spineseg 2750"
claim "the queue's folder belongs to Orthanc's user" is "$(permissions /var/lib/spineseg)" "orthanc:orthanc 750"
claim "policy-rc.d is obeyed: Orthanc was not started" fails pgrep -x Orthanc
claim "policy-rc.d is obeyed: the worker was not started" fails pgrep -x spineseg-worker
claim "the unit is enabled" test -L /etc/systemd/system/multi-user.target.wants/spineseg-worker.service
claim "systemd accepts the unit" systemd-analyze verify --man=no --recursive-errors=no "$worker_unit"

commands_have_a_manual() {
    local command
    for command in $(spineseg --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\).*/\1/p'); do
        zgrep -qx ".B $command" /usr/share/man/man1/spineseg.1.gz || { echo "no manual: $command"; return 1; }
    done
}
[ ! -e /usr/share/man/man1/spineseg.1.gz ] || claim "the manual has every command" commands_have_a_manual

need "Orthanc starts with the plugin" start_orthanc
claim "the plugin answers" rest spineseg/health
unit_start spineseg-worker.service "$logs/worker.log"
worker_is_connected() { [ "$(rest spineseg/health | jq '.Workers | length')" -eq 1 ]; }
need "the worker connects" wait_for 60 worker_is_connected
doctor_is_content() { spineseg doctor | tee /dev/stderr | grep -q 'answers on /run/spineseg/worker.sock'; }
claim "spineseg doctor finds model, self-test and plugin in order" doctor_is_content
claim "the worker runs as its own user" is "$(ps -o user= -p "$(pgrep -x spineseg-worker)")" spineseg

need "the phantom is stored by C-STORE" send_phantom 7
claim "its series is segmented without any setting" wait_for 400 series_is done
claim "a Segmentation is in Orthanc" is "$(result_class segmentation)" 1.2.840.10008.5.1.4.1.1.66.4
claim "a Parametric Map is in Orthanc" is "$(result_class parametric_map)" 1.2.840.10008.5.1.4.1.1.30
claim "a measurement report is in Orthanc" is "$(result_class measurement_report)" 1.2.840.10008.5.1.4.1.1.88.34
claim "the queue is where the settings say" test -f /var/lib/spineseg/queue.db
claim "another user may not reach the socket" fails setpriv --reuid nobody --regid nogroup --clear-groups test -e /run/spineseg/worker.sock
claim "the worker stops when asked" unit_stop spineseg-worker.service
claim "Orthanc stops when asked" unit_stop orthanc.service
