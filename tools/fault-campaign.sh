#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Faults of every kind happen to a real Orthanc with the plugin while series arrive; see tests/faults/fault_campaign.py.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/fault-campaign.sh [--minutes N] [--seed S] [--series N] [--pause SECONDS] [--workers N] [--without FAULT]... [--real-worker]

  --minutes N      how long faults happen (10)
  --seed S         of what is drawn (1)
  --series N       how many series arrive meanwhile (90 a minute; 3 with --real-worker)
  --pause SECONDS  between two faults, on the average (0.3)
  --workers N      scripted workers of each of the two models (1)
  --without FAULT  a kind of fault that does not happen, as the figures name it
  --real-worker    a spineseg-worker with the shipped model works on phantoms, instead of scripted workers
Needs the plugin in build/release (SPINESEG_BUILD_DIR names another folder), Orthanc, DCMTK's storescu and pydicom. As root Orthanc's
storage and the queue's database get file systems of their own, which are then full at times. The exit status is 0 when every eligible series was done
once and nothing else was changed.
USAGE
}

case "${1:-}" in
    -h | --help) usage; exit 0 ;;
esac
cd "$(dirname "$0")/.."
exec /usr/bin/python3 tests/faults/fault_campaign.py "$@"
