#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the Debian packages for the Debian release that this machine runs.
set -euo pipefail
{  # read to the end before anything runs: the file may change under a long run

usage() {
    cat <<'USAGE'
usage: tools/package.sh [--out DIR] [--version VERSION] [--no-install]

  --out DIR           where the packages are left (build/packages)
  --version VERSION   version of the packages without the release's suffix (the project's)
  --no-install        do not install what building needs
Makes orthanc-spineseg, spineseg-worker, spineseg and spineseg-models, and their software bill of materials (CycloneDX);
packaging/README.md says what is in them.
USAGE
}

out='' version='' install=yes
while [ $# -gt 0 ]; do
    case "$1 $#" in
        "--out 1" | "--version 1") usage >&2; exit 2 ;;  # without its value
    esac
    case "$1" in
        --out) out=$(realpath -m -- "$2"); shift 2 ;;
        --version) version=$2; shift 2 ;;
        --no-install) install=no; shift ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
if [ -n "$version" ] && ! [[ "$version" =~ ^[0-9][0-9A-Za-z.+~]*$ ]]; then
    echo "package: \"$version\" is no version: it begins with a digit and has letters, digits and . + ~ only." >&2
    exit 2
fi

cd "$(dirname "$0")/.."
out=${out:-$PWD/build/packages}
folder=build/release
needed_mb=1000

die() { echo "package: $*" >&2; exit 1; }
free_mb() { df --output=avail -BM -- "$1" | tail -n 1 | tr -dc 0-9; }
require_space() {  # require_space FOLDER MEGABYTES
    local free
    free=$(free_mb "$1")
    [ "$free" -ge "$2" ] || die "$1 has $free MB free and $2 MB are needed: free some disk space, then try again."
}

command -v dpkg >/dev/null || die "Debian packages are made on Debian; there is no dpkg here."
mkdir -p "$folder" "$out" || die "cannot make the folders $PWD/$folder and $out (see above)."
require_space "$folder" "$needed_mb"
require_space "$out" 100
[ "$install" = no ] || tools/install-packages.sh --build --package
for program in cmake cpack dpkg-shlibdeps file python3; do
    command -v "$program" >/dev/null || die "$program is not installed: run tools/install-packages.sh --build --package"
done

. tools/build.sh
build_preset release -DSPINESEG_BUILD_PLUGIN=ON -DSPINESEG_BUILD_WORKER=ON spineseg spineseg-worker OrthancSpineSeg

log=$folder/package.log
# Said at every run: CMake remembers the version of the last one.
if [ -n "$version" ]; then named=(-DSPINESEG_PACKAGE_VERSION="$version"); else named=(-USPINESEG_PACKAGE_VERSION); fi
rm -rf "$folder/packages"
started=$SECONDS
if ! cmake "${named[@]}" "$folder" >"$log" 2>&1 ||
    ! cpack --config "$folder/CPackConfig.cmake" >>"$log" 2>&1; then
    tail -n 20 "$log" >&2
    require_space "$folder" 200
    die "cpack failed, see $PWD/$log"
fi
cp "$folder"/packages/*.deb "$out"/ || die "cannot copy the packages to $out (see above)."
echo "package: packed in $((SECONDS - started)) s"
bill=$out/spineseg_$(dpkg-deb --field "$(ls "$folder"/packages/orthanc-spineseg_*.deb)" Version).cdx.json
tools/sbom.py --out "$bill" "$folder"/packages/*.deb || die "the bill of materials cannot be written (see above)."
for package in "$folder"/packages/*.deb; do
    package=$out/$(basename "$package")
    echo "package: $package ($(du -k --apparent-size -- "$package" | cut -f 1) kB)"
done
exit
}
