#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian 12 packages that spineseg needs. Does nothing, quickly, when they are all there.
set -euo pipefail

usage() {
    cat <<'USAGE'
usage: tools/install-packages.sh [SET...] [--list]

  --orthanc   Orthanc, and what the plugin loads
  --worker    what the worker and the command line load
  --runtime   both of them
  --build     compiler, CMake and the libraries' headers
  --test      what the test suite needs on top
  --demo      what tools/demo.sh needs on top
  --list      print the packages of the chosen sets instead of installing them
Without a set: all of them. Needs root, or sudo that asks no password where there is no terminal.
USAGE
}

orthanc=(orthanc ca-certificates libsqlite3-0)
# Without libopenblas0-pthread LibTorch multiplies with reference BLAS, some fifty times slower.
worker=(libtorch1.13 libopenblas0-pthread libdcmtk17 libopenjp2-7 libspdlog1.10 libfmt9 libcairo2 fonts-dejavu-core zlib1g)
# libboost1.81-dev conflicts with libboost1.74-dev. Only its headers are used (Asio), so it does not clash with the 1.74
# libraries that Debian's Orthanc loads.
build=(g++ cmake ninja-build ccache pkg-config git
       orthanc-dev libdcmtk-dev libtorch-dev libopenblas0-pthread libboost1.81-dev libsqlite3-dev
       libopenjp2-7-dev nlohmann-json3-dev libcli11-dev libspdlog-dev libexpected-dev libcairo2-dev zlib1g-dev)
demo=(dcmtk curl jq)
# chromium and orthanc-dicomweb are for tests/viewer: some 410 MB of disk.
test=(libgtest-dev libgmock-dev python3 python3-venv python3-numpy python3-pydicom python3-pil dcmtk dicom3tools sqlite3
      chromium orthanc-dicomweb)

sets=()
list_only=no
for argument in "$@"; do
    case "$argument" in
        --orthanc) sets+=("${orthanc[@]}") ;;
        --worker) sets+=("${worker[@]}") ;;
        --runtime) sets+=("${orthanc[@]}" "${worker[@]}") ;;
        --build) sets+=("${build[@]}") ;;
        --demo) sets+=("${demo[@]}") ;;
        --test) sets+=("${test[@]}") ;;
        --list) list_only=yes ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
[ ${#sets[@]} -gt 0 ] || sets=("${orthanc[@]}" "${worker[@]}" "${build[@]}" "${test[@]}" "${demo[@]}")

if [ "$list_only" = yes ]; then
    printf '%s\n' "${sets[@]}" | sort -u
    exit 0
fi

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
    echo "install-packages: this script knows Debian 12 (bookworm) only; there is no apt-get here." >&2
    echo "install-packages: install the equivalents of the packages that --list names, then build with CMake (README.md)." >&2
    exit 1
fi

missing=()
for package in $(printf '%s\n' "${sets[@]}" | sort -u); do
    is_installed "$package" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

release=$(. /etc/os-release && echo "${ID:-unknown} ${VERSION_ID:-}")
if [ "$release" != "debian 12" ]; then
    echo "install-packages: made for Debian 12 (bookworm); this is $release, whose package names differ." >&2
    echo "install-packages: missing here: ${missing[*]}" >&2
    exit 1
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || { echo "install-packages: run me as root; missing: ${missing[*]}" >&2; exit 1; }
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
fi

# Debian starts a freshly installed Orthanc as a service on ports 8042 and 4242. Nobody asked for that here: while we
# install, policy-rc.d (the hook that invoke-rc.d asks) says no. A hook that is already there stays as it is.
policy=/usr/sbin/policy-rc.d
if ! is_installed orthanc && [[ " ${missing[*]} " == *" orthanc "* ]] && [ ! -e "$policy" ]; then
    trap '"${as_root[@]}" rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    [ ! -d /run/systemd/system ] ||
        echo "install-packages: the service orthanc is installed but not started now; 'systemctl disable orthanc' if you do not want it."
fi

echo "install-packages: installing ${missing[*]}"
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300)
"${apt_get[@]}" update
# --no-remove: rather stop than take something of the owner's away (libboost1.74-dev is the likely one).
if ! "${apt_get[@]}" install --no-install-recommends --no-remove "${missing[@]}"; then
    echo "install-packages: apt-get could not install everything." >&2
    if is_installed libboost1.74-dev; then
        echo "install-packages: libboost1.74-dev is installed and conflicts with libboost1.81-dev, which is needed; remove it first." >&2
    fi
    exit 1
fi
