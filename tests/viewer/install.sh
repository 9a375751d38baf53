#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts OHIF (the built viewer of its npm package; pinned in ohif.sha512) and playwright-core (pinned in package-lock.json)
# under .cache/viewer, where ohif_test looks for them. Without them that test is skipped. Needs npm; the browser is Debian's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/.cache/viewer
mkdir -p "$target"

. "$here/../support/npm-install.sh"
npm_install "$here" "$target/node"

# npm pack, not npm ci: what the package depends on is in the built viewer already.
if ! cmp -s "$here/ohif.sha512" "$target/ohif/installed"; then
    rm -rf "$target/ohif"
    mkdir -p "$target/ohif"
    archive=$(awk '{print $2}' "$here/ohif.sha512")
    version=${archive#ohif-app-}
    cd "$target/ohif"
    npm pack --silent --loglevel=error "@ohif/app@${version%.tgz}" >/dev/null
    sha512sum --check --quiet "$here/ohif.sha512"
    # Left out: the runtime and models of segmenting by hand, and the microscope.
    tar -xzf "$archive" --strip-components=1 --exclude='package/dist/ort' --exclude='package/dist/dicom-microscopy-viewer' package/dist
    rm "$archive"
    cp "$here/ohif.sha512" installed
fi
