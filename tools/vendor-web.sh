#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Renews plugin/web/vendor: the libraries of the page, each one file of its npm package. Needs npm; building the plugin does not,
# because the files are in the tree. plugin/web/vendor/VERSIONS says name, version, licence and digest of each package; a package
# of another digest is refused. With --check nothing is written: the files in the tree are compared with the packages.
set -euo pipefail
{  # read to the end before anything runs
cd "$(dirname "$0")/../plugin/web/vendor"
check=no
[ "${1:-}" != --check ] || check=yes

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# name, version, licence, sha512 of the package (npm's "integrity"); then file in the package, file here
while read -r name version licence digest; do
    [ -n "$name" ] && [ "${name#\#}" = "$name" ] || continue
    (cd "$work" && npm pack --silent --loglevel=error "$name@$version" >/dev/null)
    package=$work/$name-$version.tgz
    found=sha512-$(openssl dgst -sha512 -binary "$package" | base64 -w0)
    [ "$found" = "$digest" ] || { echo "vendor-web: $name $version has the digest $found" >&2; exit 1; }
    mkdir -p "$work/$name"
    tar -xzf "$package" -C "$work/$name" --strip-components=1
    echo "vendor-web: $name $version, $licence"
done <VERSIONS

# A browser finds modules by their address, not by a package's name. What maps the sources is not shipped.
take() {
    { printf '// SPDX-License-Identifier: %s\n// %s; see VERSIONS and LICENCES.\n' "$3" "$4"
      sed -e 's#from"preact"#from"./preact.js"#g' -e "s#from'preact'#from'./preact.js'#g" -e '/^\/\/# sourceMappingURL=/d' "$work/$1"
    } >"$work/taken"
    if [ "$check" = yes ]; then
        cmp "$work/taken" "$2"
    else
        cp "$work/taken" "$2"
    fi
}
for package in preact htm dicom-parser; do
    find "$work/$package" -maxdepth 1 -iname 'licen[sc]e*' -print0 | xargs -0 cat | sed -e 's/\r$//' >"$work/licence"
    [ -s "$work/licence" ] || { echo "vendor-web: $package has no licence" >&2; exit 1; }
    printf '%s\n%s\n\n' "$package" "$(printf '=%.0s' $(seq ${#package}))" | cat - "$work/licence"
    echo
done >"$work/licences"
if [ "$check" = yes ]; then cmp "$work/licences" LICENCES; else cp "$work/licences" LICENCES; fi
take preact/dist/preact.mjs preact.js MIT 'preact, (c) 2015-present Jason Miller'
take preact/hooks/dist/hooks.mjs hooks.js MIT 'preact/hooks, (c) 2015-present Jason Miller'
take htm/dist/htm.module.js htm.js Apache-2.0 'htm, (c) 2018 Google Inc.'
take dicom-parser/dist/dicomParser.min.js dicom-parser.js MIT 'dicom-parser, (c) 2014 Chris Hafey'
exit
}
