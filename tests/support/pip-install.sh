# shellcheck shell=bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced by the install scripts of test-only tools.

# pip_install FROM TARGET [PIP-OPTION...]: what FROM's requirements.txt pins, as a virtual environment in TARGET. Does nothing
# where it is there already. Needs python3-venv.
pip_install() {
    local from=$1 target=$2
    ! cmp -s "$from/requirements.txt" "$target/installed" || return 0
    rm -rf "$target"
    /usr/bin/python3 -m venv "$target"
    "$target/bin/pip" install --quiet --disable-pip-version-check "${@:3}" --requirement "$from/requirements.txt"
    cp "$from/requirements.txt" "$target/installed"
}
