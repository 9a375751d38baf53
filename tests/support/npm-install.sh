# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the install scripts of test-only tools.

# npm_install FROM TARGET: what FROM's package-lock.json pins, under TARGET/node_modules. Does nothing where it is there already.
npm_install() {
    local from=$1 target=$2
    ! cmp -s "$from/package-lock.json" "$target/installed" || return 0
    rm -rf "$target"
    mkdir -p "$target"
    cp "$from/package.json" "$from/package-lock.json" "$target/"
    npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --loglevel=error
    cp "$from/package-lock.json" "$target/installed"
}
