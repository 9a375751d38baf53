#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts the readers that Debian does not package (highdicom from PyPI, OHIF's adapters from npm; pinned) under .cache/oracles,
# where the conformance tests look for them. Without them those tests are skipped. Needs python3-venv and npm.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../../.." && pwd)/.cache/oracles
mkdir -p "$target"

. "$here/../../support/pip-install.sh"
pip_install "$here" "$target/python"

. "$here/../../support/npm-install.sh"
npm_install "$here" "$target/node"
