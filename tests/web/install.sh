#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Puts playwright-core and axe-core (pinned in package-lock.json) under .cache/web, where the tests look for them. Without them
# they are skipped. Needs npm; the browser is Debian's.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$(cd "$here/../.." && pwd)/.cache/web

. "$here/../support/npm-install.sh"
npm_install "$here" "$target/node"
