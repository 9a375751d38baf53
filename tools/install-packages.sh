#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs the Debian packages that spineseg needs, on Debian 12 and 13. Does nothing, quickly, when they are all there.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/install-packages.sh [SET...] [--list [--release bookworm|trixie]]

  --orthanc      Orthanc, and what the plugin loads
  --worker       what the worker and the command line load
  --runtime      both of them
  --build        compiler, CMake and the libraries' headers
  --package      what tools/package.sh needs on top
  --test         what the test suite needs on top
  --plugin-test  what the tests of the plugin in a real Orthanc need beside --orthanc
  --cuda-test    what tools/test-cuda-build.sh needs beside --worker and --build
  --fuzz         what tools/fuzz.sh needs beside --runtime and --build
  --demo         what tools/demo.sh needs on top
  --containers   what tools/test-containers.sh needs
  --list         print the packages of the chosen sets instead of installing them
  --release      print the names of that release instead of this machine's
Without a set: all but --fuzz and --containers. Needs root, or sudo that asks no password where there is no terminal.
USAGE
}

orthanc=(orthanc ca-certificates libsqlite3-0)
# Without libopenblas0-pthread LibTorch multiplies with reference BLAS, some fifty times slower.
worker=(libopenblas0-pthread libopenjp2-7 libcairo2 libseccomp2 fonts-dejavu-core zlib1g)
build=(g++ cmake ninja-build ccache pkg-config git
       orthanc-dev libdcmtk-dev libtorch-dev libdnnl-dev libopenblas0-pthread libsqlite3-dev
       libopenjp2-7-dev nlohmann-json3-dev libcli11-dev libspdlog-dev libexpected-dev libcairo2-dev libseccomp-dev zlib1g-dev)
package=(dpkg-dev file python3)
fuzz=()
demo=(dcmtk curl jq)
containers=(buildah podman runc netavark aardvark-dns iptables catatonit debootstrap python3-venv binutils procps dcmtk curl jq)
# chromium, orthanc-dicomweb and npm are for tests/viewer and tests/web, npm is for tests/conformance/oracles too: some 600 MB of disk.
plugin_test=(binutils python3 python3-numpy python3-pydicom orthanc-dicomweb)
cuda_test=(libgtest-dev libgmock-dev python3-venv)
test=("${plugin_test[@]}" "${cuda_test[@]}" python3-pil dcmtk dicom3tools sqlite3 strace chromium npm)

# What is not the same on both releases: set, name in Debian 12, name in Debian 13; "-" where it is not needed.
# libboost1.81-dev conflicts with libboost1.74-dev. Only its headers are used (Asio), so it does not clash with the 1.74
# libraries that Debian 12's Orthanc loads. The CMake files of Debian 13's libdcmtk-dev name libtiff and libjpeg, on which
# that package does not depend; libtiff-dev brings both. The tests that need clang (format, thread_safety) are skipped where it is not.
differing='
worker  libtorch1.13      libtorch2.6
worker  libdcmtk17        libdcmtk19
worker  libspdlog1.10     libspdlog1.15
worker  libfmt9           libfmt10
build   libboost1.81-dev  libboost-dev
build   -                 libtiff-dev
test    clang-16          -
test    clang-format-14   -
fuzz    clang-16            clang-19
fuzz    libclang-rt-16-dev  libclang-rt-19-dev
fuzz    llvm-16             llvm-19
'

say() { echo "install-packages: $*" >&2; }

chosen=()
list_only=no
named_release=
while [ $# -gt 0 ]; do
    case "$1" in
        --orthanc | --worker | --build | --package | --demo | --test | --fuzz | --containers) chosen+=("${1#--}") ;;
        --plugin-test) chosen+=(plugin_test) ;;
        --cuda-test) chosen+=(cuda_test) ;;
        --runtime) chosen+=(orthanc worker) ;;
        --list) list_only=yes ;;
        --release) named_release=${2:?--release needs a name}; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done
[ ${#chosen[@]} -gt 0 ] || chosen=(orthanc worker build package test demo)
if [ -n "$named_release" ] && [ "$list_only" = no ]; then
    usage >&2
    exit 2
fi

# This machine's release as os-release has it, for example "debian 13".
release_of_machine() {
    # shellcheck source=/dev/null
    (. /etc/os-release 2>/dev/null && echo "${ID:-unknown} ${VERSION_ID:-${VERSION_CODENAME:-}}") || echo unknown
}

release=${named_release:-$(release_of_machine)}
case "$release" in
    "debian 12" | bookworm) column=2 ;;
    "debian 13" | trixie) column=3 ;;
    *)
        say "knows the packages of Debian 12 (bookworm) and Debian 13 (trixie); this is \"$release\"."
        say "use one of the two (tools/test-on.sh makes a chroot of them), or install the equivalents of what" \
            "'tools/install-packages.sh --list --release trixie' prints and build with CMake (README.md)."
        exit 1
        ;;
esac

packages_of() {
    local -n common=$1
    [ ${#common[@]} -eq 0 ] || printf '%s\n' "${common[@]}"
    awk -v set="$1" -v column="$column" '$1 == set && $column != "-" {print $column}' <<<"$differing"
}

names=$(for set in "${chosen[@]}"; do packages_of "$set"; done | sort -u)
if [ "$list_only" = yes ]; then
    echo "$names"
    exit 0
fi

is_installed() {
    # npm often comes with a nodejs from elsewhere, which conflicts with Debian's package of that name.
    [ "$1" != npm ] || ! command -v npm >/dev/null || return 0
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing=()
for name in $names; do
    is_installed "$name" || missing+=("$name")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    as_root=(sudo)
    [ -t 0 ] || as_root=(sudo -n)
    if ! command -v sudo >/dev/null || ! "${as_root[@]}" true; then
        say "packages are missing, and installing them needs root. As root, run: apt-get install ${missing[*]}"
        exit 1
    fi
fi

# Debian starts a freshly installed Orthanc as a service on ports 8042 and 4242. Nobody asked for that here: while we
# install, policy-rc.d (the hook that invoke-rc.d asks) says no. A hook that is already there stays as it is.
output=$(mktemp 2>/dev/null || echo /dev/null)
policy=/usr/sbin/policy-rc.d
remove_policy=no
clean_up() {
    [ "$output" = /dev/null ] || rm -f "$output"
    [ "$remove_policy" = no ] || "${as_root[@]}" rm -f "$policy"
}
trap clean_up EXIT
if ! is_installed orthanc && [[ " ${missing[*]} " == *" orthanc "* ]] && [ ! -e "$policy" ]; then
    remove_policy=yes
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
    "${as_root[@]}" chmod 755 "$policy"
    [ ! -d /run/systemd/system ] ||
        echo "install-packages: the service orthanc is installed but not started now; 'systemctl disable orthanc' if you do not want it."
fi

apt_get() {
    "${as_root[@]}" env LC_ALL=C DEBIAN_FRONTEND=noninteractive \
        apt-get -q -y -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" 2>&1 | tee -a "$output"
}

free_mb() { df --output=avail -BM "$1" | tail -n 1 | tr -dc 0-9; }

# Why apt-get failed, as far as its output and dpkg's own state tell, and what to do.
explain() {
    local folder conflicting broken
    for folder in / /usr /var/cache/apt/archives; do
        if [ "$(free_mb "$folder")" -lt 200 ] || grep -qE "No space left on device|enough free space" "$output"; then
            say "the disk is full: $(free_mb "$folder") MB are free at $folder. All packages together need some 3500 MB." \
                "Free some ('apt-get clean' helps), run 'dpkg --configure -a', then try again."
            return
        fi
    done
    if grep -qE "Could not get lock|Unable to acquire the dpkg" "$output"; then
        say "another program is installing packages and did not end within 5 minutes: wait for it, then try again."
        return
    fi
    broken=$(dpkg-query -W -f '${db:Status-Status} ${db:Status-Eflag} ${Package}\n' |
        awk '$1 ~ /^(half-|unpacked|triggers-)/ || $2 == "reinstreq" {printf " %s", $3}') || true
    if [ -n "$broken" ] || grep -q "dpkg was interrupted" "$output"; then
        say "a package is half installed:${broken:- see above}. As root, run 'dpkg --configure -a' and" \
            "'apt-get --fix-broken install' (or 'dpkg --remove --force-remove-reinstreq' with its name), then try again."
        return
    fi
    if grep -qE "Could not resolve|Temporary failure resolving|Could not connect|Unable to connect|Connection (failed|timed out|refused)|Failed to fetch" "$output"; then
        say "the package archive cannot be reached: check the network, the proxy (Acquire::http::Proxy in /etc/apt/apt.conf.d)" \
            "and the addresses in /etc/apt, then try again."
        return
    fi
    if grep -q "Unable to locate package" "$output"; then
        say "the archive in /etc/apt/sources.list or /etc/apt/sources.list.d lacks a package (see above): the component main of" \
            "this release is needed."
        return
    fi
    conflicting=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' 'libboost1.*-dev' 2>/dev/null | awk '$2 == "installed" {printf " %s", $1}') || true
    if grep -q "libboost" "$output" && [ -n "$conflicting" ]; then
        say "other headers of Boost are installed and conflict with those that are needed: 'apt-get remove$conflicting', then try again."
        return
    fi
    say "apt-get could not install everything; its own words are above."
}

echo "install-packages: installing ${missing[*]}"
# A failed update is not the end: an address that has nothing to do with us may be down, and the lists be recent enough.
apt_get update || true
# --no-remove: rather stop than take something of the owner's away (libboost1.74-dev is the likely one).
if ! apt_get install --no-install-recommends --no-remove "${missing[@]}"; then
    explain
    for name in "${missing[@]}"; do
        is_installed "$name" || exit 1
    done
    say "what is needed here was installed nevertheless."
fi
exit
}
